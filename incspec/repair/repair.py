"""Repair: the mistakes of shapes -> the same, each with the change that mends it, as far as there is one.

A mistake that goes away with another one's is not told: one cause, one message. Where a single change mends everything,
its place is what is underlined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..diagnostics import Diagnostic, Label
from ..elaboration.calls import BuiltBlocks
from ..inference.context import Context, Place
from ..ir import Graph
from ..record import record
from ..resolution.resolve import Resolved
from ..shapes import TensorType
from ..source import Span
from ..spec import ModelSpec
from ..syntax import Scalar, SyntaxTree
from .features import flattened
from .fixes import fixes_of
from .program import TooLong
from .proposals import Proposal
from .replay import Replay
from .scopes import Unknown
from .search import Mend, search
from .sites import sites
from .trial import Bench, Verdict

_MOST_SHOWN = 3  # places
_MOST_MENDED = 3  # mistakes: who has made more of them is better off reading them one by one


@record
class Repaired:
    """The messages, and whether a change of the file itself mends everything."""

    items: tuple[Diagnostic, ...]
    mended: bool


def repair(
    told: Sequence[Diagnostic],
    resolved: Resolved,
    network: Graph,
    inputs: tuple[TensorType, ...],
    built: BuiltBlocks,
    context: Context,
) -> Repaired:
    """Look for what mends that which inference has told, with `context`; `built` are the blocks of the network."""
    bench = Bench(resolved, network, built, context)
    try:
        replay = Replay(resolved.spec, network, inputs, bench.context)
    except (TooLong, Unknown):
        return Repaired(tuple(told), mended=False)
    own = context.tree.root.span.source
    items, mended = list[Diagnostic](), False
    for item, mend in _mended_all(told, bench, replay, context):
        items.append(item)
        mended = mended or (
            mend is not None and mend.whole and item.primary is not None and item.primary.span.source is own
        )
    return Repaired(tuple(_told_once(items, resolved.spec, context)), mended)


def _mended_all(
    items: Sequence[Diagnostic], bench: Bench, replay: Replay, context: Context
) -> Iterator[tuple[Diagnostic, Mend | None]]:
    """The messages with their changes, without those of mistakes that go away with others."""
    errors = frozenset(place for item in items if (place := _place(item)) is not None)
    base = Verdict(context.mistakes, errors, len(items) - len(errors))
    gone: frozenset[Place] = frozenset()
    searched = 0
    for item in items:
        place = _place(item)
        if place in gone:
            continue
        mistake = context.mistakes.get(place) if place is not None else None
        made = flattened(replay, mistake.path) if mistake is not None and item.code == "wrong-rank" else None
        if made is not None:
            shown = (*item.secondary, made.label(context.tree))
            item = replace(item, secondary=shown, help=made.help or item.help)
        mend = None
        if place is not None and mistake is not None and searched < _MOST_MENDED:
            searched += 1
            mend = search(place, bench, replay, base)
        if mend is not None and (mend.whole or not _is_stated_width(item, context)):
            gone |= errors - mend.verdict.errors
            item = _mended(item, mend, context.tree)
        yield item, mend


def _told_once(items: Sequence[Diagnostic], spec: ModelSpec, context: Context) -> Iterator[Diagnostic]:
    """Widths that at least half of the uses of a block do not get from it are the block's mistake, and one."""
    makers = {site.path: site.step.op for site in sites(spec) if site.step.op in spec.blocks}
    uses = Counter(makers.values())
    told: dict[str, list[Diagnostic]] = {}
    for item in items:
        mistake = context.mistakes.get(place) if (place := _place(item)) is not None else None
        if mistake is not None and mistake.made_at in makers and mistake.of == "width":
            told.setdefault(makers[mistake.made_at], []).append(item)
    told = {block: same for block, same in told.items() if len(same) > 1 and 2 * len(same) >= uses[block]}
    for item in items:
        block = next((block for block, same in told.items() if item in same), None)
        if block is None:
            yield item
        elif item is told[block][0]:
            yield _of_block(block, told[block], spec, context.tree)


def _of_block(block: str, same: Sequence[Diagnostic], spec: ModelSpec, tree: SyntaxTree) -> Diagnostic:
    """One message for what several uses of a block do not get from it."""
    last = tree.span_at(("blocks", block, "body", len(spec.blocks[block].body) - 1, "op"))
    labels = [Label(item.primary.span, item.message) for item in same if item.primary is not None]
    return Diagnostic(
        same[0].code,
        f"the block `{block}` gives another width than {len(same)} of its uses expect",
        Label(last.first_line, "its width is made here"),
        secondary=tuple(labels[:_MOST_SHOWN]),
        help="look for a branch that is missing or stands twice, or correct what is expected",
    )


def _is_stated_width(item: Diagnostic, context: Context) -> bool:
    """Whether a width is not as stated: what is stated may as well be wrong, unless a change makes all else right."""
    mistake = context.mistakes.get(place) if (place := _place(item)) is not None else None
    return item.code == "expectation-failed" and mistake is not None and mistake.of == "width"


def _place(item: Diagnostic) -> Place | None:
    """Where a mistake is told; None for a note."""
    return (item.code, item.primary.span) if item.severity == "error" and item.primary is not None else None


def _mended(item: Diagnostic, mend: Mend, tree: SyntaxTree) -> Diagnostic:
    """The message with its help, and the change underlined if nothing else is wrong."""
    proposal = mend.proposal
    item = replace(item, fixes=(*item.fixes, *fixes_of(proposal, tree)))
    assert item.primary is not None
    what, question = _words(proposal, tree)
    at = _span(proposal, tree).first_line
    if at == item.primary.span:
        return replace(item, help=question)
    secondary = tuple(label for label in item.secondary if label.span != at)
    if not mend.whole:
        return replace(item, secondary=(Label(at, f"{what} this one is mended"), *secondary), help=question)
    label = Label(at, f"{what} everything fits")
    return replace(item, primary=label, secondary=(item.primary, *secondary), help=question)


def _words(proposal: Proposal, tree: SyntaxTree) -> tuple[str, str]:
    """How a change is called in a label, and the question in `help`."""
    short = not _is_mapping(proposal, tree)
    shown = {"valid": "V"} if short else {}
    fields = " ".join(
        shown.get(value, f"{name} {value}" if short else f"{name}: {value}") for name, value in proposal.fields
    )
    if proposal.kind == "write" and proposal.part is None:
        return f"with `{proposal.text}` here", f"channels come first; did you mean `{proposal.text}`?"
    if proposal.kind == "write":
        return f"with `{proposal.text}` here", f"did you mean `{proposal.text}`?"
    if proposal.kind == "add":
        meant = f"{proposal.text} {fields}" if short and proposal.text else fields
        return f"with `{fields}` here", f"did you mean `{meant}`?"
    if proposal.kind == "omit":
        return f"without `{fields}`", f"did you mean it without `{fields}`?"
    if proposal.kind == "project":
        listed = tree.span_at((*proposal.path, "body"), key=True) == tree.span_at((*proposal.path, "op"))
        meant = f"residual: {{body: [...], {proposal.text}}}" if listed else proposal.text
        return f"with `{proposal.text}` here", f"did you mean `{meant}`?"
    if proposal.kind == "once":
        return "without this", "did you mean it to stand once?"
    if proposal.kind == "drop":
        return "without this", f"did you mean it without `{proposal.text}`?"
    if proposal.kind == "lower":
        return f"right before `{proposal.text}`", f"did you mean it to stand right before `{proposal.text}`?"
    return "before what stands above it", "did you mean it to stand before what is above it?"


def _is_mapping(proposal: Proposal, tree: SyntaxTree) -> bool:
    """Whether a step is written as a mapping."""
    depth = len(proposal.path) - (2 if proposal.kind == "omit" else 0)
    op = tree.span_at((*proposal.path[:depth], "op"))
    return op.source.text[op.end : op.end + 1] == ":"


def _span(proposal: Proposal, tree: SyntaxTree) -> Span:
    """What of the text a change is about."""
    if proposal.kind == "write":
        node = tree.node_at(proposal.path)
        return node.part(*proposal.part) if isinstance(node, Scalar) and proposal.part else node.span
    if proposal.kind == "omit":
        return tree.span_at(proposal.path)
    if proposal.kind == "project" and tree.has((*proposal.path, "shortcut")):
        return tree.span_at((*proposal.path, "shortcut"))
    return tree.span_at((*proposal.path, "op"))
