"""Figures: TypedGraph -> pictures in the papers' manner.

In order of processing:

    drawing.py      what a figure shows: boxes and arrows; labels.py has the words, uses.py how blocks are used
    dot.py          all figures of a model, as texts in Graphviz's language
    render.py       a figure -> SVG, PNG, PDF or DOT bytes; fonts.py is the font
"""
