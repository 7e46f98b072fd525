"""A checked network, and what can be made of it. `loading.py` makes it, `incspec.load`.

    facts.py      what is known of it: types, counts, sizes, the source; and parts of it
    modules.py    its `nn.Module`, weights for it, the comparison with a reference
    pictures.py   figures, charts, the page

Backends are imported when they are asked for, torch only by what gives or takes a module.
"""

from __future__ import annotations

from dataclasses import dataclass

from .modules import Modules
from .pictures import Pictures


@dataclass(frozen=True, eq=False, repr=False)
class Model(Modules, Pictures):
    """A network whose spec has no mistakes. `diagnostics` are the notes and warnings that remain."""

    def __repr__(self) -> str:
        inputs, outputs = (", ".join(str(t) for t in types) for types in (self.inputs, self.outputs))
        return f"<Model {self.name}: {inputs} -> {outputs}, {self.params:,} parameters, {self.macs:,} multiply-adds>"
