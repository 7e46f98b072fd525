"""How figures look, as data: a style is a small YAML file; the shipped ones lie here.

style.py    `Style`, all that a style says
read.py     a file or the name of a shipped style -> Style, with every mistake told at its place
"""
