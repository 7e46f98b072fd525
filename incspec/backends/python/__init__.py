"""The source backend: TypedGraph -> Python source of a `torch.nn.Module`.

The source stands alone (it imports torch and nothing of ours) and is what the module is made of: module.py executes it.
In order of processing:

    collect.py      which blocks there are, and how each is used
    body.py         a use -> code, the statements of `__init__` and `forward`; statements.py collects these, modules.py
                    prints steps that are modules, loops.py repeats, units.py layers; reads.py says which tensors need
                    a name
    classes.py      the uses of a block -> one class; lift.py makes parameters of what differs, signature.py orders them
    class_text.py   a class -> its lines; hoist.py names widths, comments.py prints shapes
    source.py       everything -> one text

`code.py` is code as a tree, with values at its leaves that know what they stand for; `values.py` prints these,
`layout.py` breaks lines, `names.py` chooses identifiers, `helpers.py` are functions and classes of the source's own.
"""

from .source import ModuleFacts, PythonSource, python_source

__all__ = ["ModuleFacts", "PythonSource", "python_source"]
