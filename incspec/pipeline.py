"""The compiler, from text to checked graph: the passes in their order. Read this first.

    file            a path, a shipped spec's name or a text                       reading/files.py
    -> Linked       one syntax tree: the file, what it extends, what it imports   reading/link.py
    -> SyntaxTree   parameters overridden                                         reading/override.py
    -> SyntaxTree   every step in one form                                        reading/shorthand.py
    -> ModelSpec    the form of the document is valid                             resolution/validate.py
    -> Resolved     every name means something                                    resolution/resolve.py
    -> Graph        blocks, repeats and expressions resolved                      elaboration/elaborate.py
    -> TypedGraph   every tensor has a type                                       inference/infer.py
    -> warnings     what is most likely not meant, but for what the author allows lints/
       mistakes     with the single change that mends them, as far as one does    repair/repair.py
    -> source, module, report, figures                                            backends/

Every pass reports to the sink and goes on as far as the mistakes let it, so that one run tells them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .diagnostics import Diagnostics, InternalError
from .elaboration.calls import BuiltBlocks
from .elaboration.elaborate import elaborate
from .garbage import collection_paused
from .inference.conflicts import find_conflicts
from .inference.context import Context
from .inference.expect import check_totals, is_as_expected
from .inference.infer import infer
from .ir import TypedGraph
from .limits import DEFAULT, Limits
from .lints.allow import allowances, silence
from .lints.lint import lint
from .reading.batch import without_batch_of_one
from .reading.files import SpecFile
from .reading.link import link
from .reading.override import override
from .reading.settings import Setting
from .reading.shorthand import desugar
from .resolution.resolve import resolve
from .resolution.validate import validate
from .sizes.declared import Declared
from .sizes.held import check_open_axes
from .sizes.stated import blame_input
from .spec import ModelSpec
from .syntax import SyntaxTree


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A checked network: what was written, where, its typed graph, and the files it was made of."""

    spec: ModelSpec
    tree: SyntaxTree
    network: TypedGraph
    declared: Declared
    files: tuple[SpecFile, ...]
    settings: tuple[Setting, ...]


def compile_spec(
    file: SpecFile, sink: Diagnostics, settings: Sequence[Setting] = (), limits: Limits = DEFAULT
) -> Compiled | None:
    """Run all passes. Mistakes, warnings and notes go to `sink`; None where there are mistakes.

    Raises:
        InternalError: a pass gave up without saying why.
    """
    with collection_paused():  # what a compilation makes is kept, nearly all of it
        compiled = _run(file, sink, settings, limits)
    if compiled is None and not sink.failed:
        raise InternalError("the spec was refused without a reason")
    return compiled


def _run(file: SpecFile, sink: Diagnostics, settings: Sequence[Setting], limits: Limits) -> Compiled | None:
    linked = link(file, sink, limits)
    if linked is None:
        return None
    tree = desugar(override(linked.tree, settings, sink), sink)
    spec, tree = validate(tree, sink)
    if spec is None:
        return None
    allowed = allowances(spec, tree, linked.allowances, sink)
    context = Context(Diagnostics(), tree, linked.inherited, overridden=bool(settings), limits=limits)
    checked = _batched_or_not(spec, context, sink)
    if checked is not None:
        lint(spec, tree, *checked, sink)
    silence(allowed, sink, told=checked is not None and not settings, own=tree.root.span)
    return None if checked is None else Compiled(spec, tree, *checked, linked.files, tuple(settings))


def _batched_or_not(spec: ModelSpec, context: Context, sink: Diagnostics) -> tuple[TypedGraph, Declared] | None:
    """The network; where its layers refuse `[1, 3, 32, 32]` for its axes, what is told is what the input is without the 1."""
    other = Diagnostics()
    other.extend(sink)
    batchless = without_batch_of_one(context.tree, other)
    if batchless is None:
        return _network(spec, context, sink)
    told = Diagnostics()
    told.extend(sink)
    checked = _network(spec, context, told)
    if checked is None and (refused := _of_axes(told)):
        changed, tree = validate(batchless, other)
        if changed is not None:
            fresh = Context(
                Diagnostics(), tree, context.inherited, overridden=context.overridden, limits=context.limits
            )
            _network(changed, fresh, other)
            told = other if _of_axes(other) < refused else told
    sink.extend(told)
    return checked


def _of_axes(told: Diagnostics) -> int:
    """How many of the mistakes say that a tensor has other axes than wanted."""
    return sum(item.code in ("wrong-axis-count", "wrong-rank") for item in told)


def _network(spec: ModelSpec, context: Context, sink: Diagnostics) -> tuple[TypedGraph, Declared] | None:
    """The network and its inputs, or None where there are mistakes; what inference finds goes to the context first."""
    tree = context.tree
    resolved, built = resolve(spec, tree, sink), BuiltBlocks()
    told = len(sink)
    elaborated = elaborate(resolved, tree, sink, context.limits, built)
    if elaborated is None:
        return None
    graph, declared, network = elaborated.graph, elaborated.declared, elaborated.typed
    find_conflicts(spec, graph, context)
    if network is None or not is_as_expected(network):  # follow the types again, and say what is wrong
        network = infer(graph, declared.types, context)
    if network is not None and not sink.failed:
        check_totals(spec, network, context)
    found = blamed = tuple(context.sink)
    if network is None and context.sink.failed:
        blamed = blame_input(graph, declared.types, found, tree, whole=not sink.failed)
    if context.sink.failed and len(sink) == told:
        from .repair.repair import repair  # the import alone takes 30 ms, and most specs have nothing to mend

        # Where it is not the layers that are told, but the input of another file, a change of this file comes first.
        layers = {item.code for item in blamed} <= {item.code for item in found}
        repaired = repair(blamed if layers else found, resolved, graph, declared.types, built, context)
        blamed = repaired.items if layers or repaired.mended else blamed
    sink.extend(blamed)
    if network is not None and not sink.failed:
        check_open_axes(network, declared, tree, sink)
    return None if network is None or sink.failed else (network, declared)
