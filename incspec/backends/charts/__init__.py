"""Charts: what a network costs and how its tensors change along its depth, as pictures for print.

In order of processing:

    stages.py       a network's steps in order, with what each costs and gives
    cost.py         -> bars: parameters, multiply-adds, memory
    slabs.py        -> the tensors as slabs, by their sizes
    field.py        -> receptive field and stride, as lines
    kinds.py        the kinds by name

axis.py, sheet.py, names.py and key.py are what they share: ticks and units, a sheet of paper, names that keep clear of
each other, the key where they cannot.
"""
