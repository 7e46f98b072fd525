"""The source as a whole: the network's classes, each once, with the helpers and imports that they need."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...ir import Call, Node, TypedGraph
from ...shapes import TensorType
from .class_text import class_lines, escaped
from .classes import ClassTable
from .collect import blocks_of, heads_of, turns_of
from .heads import outputs_lines, training_lines
from .helpers import note_calls
from .names import CLASSES_TAKEN, class_name, readable, unique
from .parts import Key
from .units import Units


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """A submodule as it was inferred: its path as in `named_modules()`, its outputs, its number of parameters.

    `op` is the name of the op that it runs, as in the network's dataflow graph, `call` that of the step whose block it is;
    empty where it is neither. With `aux` it belongs to an auxiliary head, and runs in training only.
    """

    path: str
    outputs: tuple[TensorType, ...]
    params: int
    op: str = ""
    aux: bool = False
    call: str = ""


@dataclass(frozen=True, slots=True)
class PythonSource:
    """The printed source, the name of the network's class, and its submodules in the order of the graph.

    `modules` is what a check of the executed source compares with.
    """

    text: str
    class_name: str
    modules: tuple[ModuleFacts, ...]


def python_source(network: TypedGraph, *, origin: str = "") -> PythonSource:
    """Print a network; `origin` is the file that the header names."""
    taken = set(CLASSES_TAKEN)
    network_class = unique(class_name(network.graph.title), taken)
    blocks = list(blocks_of(network))
    names = {name: unique(class_name(name), taken) if name else network_class for name, _ in blocks}
    units = Units(taken)
    heads = network.graph.aux
    table = ClassTable(units, taken, unique(f"{network_class}Outputs", taken) if heads else "")
    for name, block in blocks:
        for step, turns in turns_of(block, units, table):
            own = unique((names[name] if name else "") + class_name(readable(step)), taken)
            table.add(own, f"One turn of `{readable(step)}`" + (f" in the block `{name}`" if name else ""), turns)
        for head, use in heads_of(block, units, table):
            table.add(unique(class_name(head), taken), f"The auxiliary head `{head}`", [use])
        table.add(names[name], _title(next(iter(block.uses))), list(block.uses.values()), frozenset(block.given))
    note_calls(assign.doc for printed in table.classes for assign in printed.init)
    sections = [*units.sources(), *(class_lines(printed) for printed in table.classes)]
    if heads:
        printed = table.classes[-1]
        sections[-1:] = [outputs_lines(printed), [*sections[-1], "", *training_lines(printed)]]
    text = "\n\n\n".join("\n".join(section) for section in sections)
    return PythonSource(
        f"{_header(network, origin, text)}\n\n\n{text}\n", network_class, tuple(_modules(table, network))
    )


def _header(network: TypedGraph, origin: str, text: str) -> str:
    """The docstring of the module, its imports, and the functions of the language that the code calls."""
    graph = network.graph
    title = graph.title + (f" (arXiv:{graph.arxiv})" if graph.arxiv else "")
    shapes = ", ".join(f"[N, {', '.join(str(int(n)) for n in t.shape)}]" for t in network.input_types)
    made = f"Printed by incspec from {origin}" if origin else "Printed by incspec"
    lines = [f'"""{escaped(title)}.', ""]
    lines += [f"{escaped(made)}; shapes in comments are those of an input of {shapes}.", '"""', ""]
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    standard = ["import math"] if "math" in used else []
    standard += ["from collections.abc import Callable"] if "Callable" in used else []
    typing = [name for name in ("Any", "NamedTuple") if name in used]
    standard += [f"from typing import {', '.join(typing)}"] if typing else []
    lines += [*standard, ""] if standard else []
    if "torch" in used:
        lines.append("import torch")
    lines.append("from torch import Tensor, nn")
    if "F" in used:
        lines.append("from torch.nn import functional as F")
    if "round_to" in used:
        lines += ["", "", *_ROUND_TO]
    return "\n".join(lines)


_ROUND_TO = [
    "def round_to(x: float, m: int = 8) -> int:",
    '    """The multiple of m nearest to x, at least m, one more where that loses over a tenth."""',
    "    rounded = max(m, int(x + m / 2) // m * m)",
    "    return rounded + m if rounded < 0.9 * x else rounded",
]


def _title(typed: TypedGraph) -> str:
    """What a class's docstring says: the figure of the paper that it is."""
    graph = typed.graph
    if graph.figure:
        return f"{graph.title}, figure {graph.figure}" + (f" of arXiv:{graph.arxiv}" if graph.arxiv else "")
    return f"The block `{graph.block}`" if graph.block else graph.title


def _modules(
    table: ClassTable, key: Key, prefix: str = "", block: str = "", *, aux: bool = False
) -> Iterator[ModuleFacts]:
    """The submodules of a use; `prefix` is where its modules are, `block` where its ops are in the dataflow graph."""
    for module in table.body(key).modules:
        op = f"{block}{module.made_of.outputs[0]}" if isinstance(module.made_of, Node) else ""
        call = f"{block}{module.made_of.name}" if isinstance(module.made_of, Call) else ""
        beside = aux or module.aux
        yield ModuleFacts(f"{prefix}{module.path}", module.outputs, module.params, op, beside, call)
        if module.inner is not None:
            inside = f"{block}{module.made_of.name}/" if isinstance(module.made_of, Call) else block
            yield from _modules(table, module.inner, f"{prefix}{module.path}.", inside, aux=beside)
