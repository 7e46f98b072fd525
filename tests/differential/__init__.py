"""The compiler against torch, on random networks.

generator.py   draws a network, and what torch says of each step decides how it goes on (structure.py, draw_ops.py,
               draws.py)
writing.py     data -> YAML, in the forms that the language has
plain.py       YAML -> data, with nothing but PyYAML and the rule for one-line steps
eager.py       data -> what torch does: the language read step by step, without a word of incspec (values.py)
eager_ops.py   each op, as torch alone would be called (eager_layers.py, eager_shapes.py, flow.py)
comparison.py  one text, read by both: they must agree
shrinking.py   a small spec that has what a large one has
summary.py     what was found
"""
