"""Sizes: how the lengths of all tensors follow from those of the input, exactly, for every size.

`function.py` (size functions) and `size_set.py` (sets of sizes) are arithmetic; `length.py` lets an op's own rule compute
with them; `walk.py` goes through a network, `sized.py` with size functions; `legal.py` says what the network takes.
"""
