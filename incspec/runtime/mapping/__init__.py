"""Mapping: which tensor of a checkpoint is which tensor of a network, whatever they are called.

In order of processing:

    target.py     the network as a tree of ops with the tensors of their modules; names.py reads names
    totals.py     whether both sides hold the same bag of tensors
    sequence.py   what the order of the file tells
    descent.py    what the structure of names tells; tree.py and found.py are shared by both
    search.py     both, and the user's `map`, to one mapping
    branches.py   the order in which the checkpoint's network joins its branches
    channels.py   where that is another one: the order of the channels behind them
    assignment.py the mapping, and its application to tensors
    table.py      the mapping to read
    refusal.py    what to say of a checkpoint that does not fit, or is not certain
"""

from .assignment import Assignment
from .search import find_mapping

__all__ = ["Assignment", "find_mapping"]
