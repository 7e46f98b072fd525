"""The source backend: TypedGraph -> Python source of a `torch.nn.Module`.

The source stands alone (it imports torch and nothing of ours) and is what the module is made of: module.py
executes it. In order of processing: `classes.py` prints a block as a class (`lasting.py`: which tensors need a
name, `loops.py`: repeats), `units.py` the helper classes that layers share, `source.py` puts them together
(`signature.py`: constructors' parameters, `hoist.py`: widths that get a name, `comments.py`: shapes);
`values.py`, `names.py` and `layout.py` print expressions, choose identifiers and break lines.
"""

from .source import PythonSource, python_source

__all__ = ["PythonSource", "python_source"]
