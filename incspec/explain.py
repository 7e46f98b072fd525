"""Explanations: the code of a diagnostic -> its page in `explanations/`, with a wrong and a right example."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PAGES = Path(__file__).parent / "explanations"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a diagnostic means: one sentence, and the whole page in Markdown."""

    code: str
    summary: str
    text: str


def codes() -> tuple[str, ...]:
    """The codes of all diagnostics, sorted."""
    return tuple(sorted(page.name.removesuffix(".md") for page in _PAGES.iterdir() if page.name.endswith(".md")))


def explanation(code: str) -> Explanation | None:
    """The explanation of a code, or None where there is no such code."""
    if code not in codes():
        return None
    text = (_PAGES / f"{code}.md").read_text(encoding="utf-8")
    title = text.partition("\n")[0]
    return Explanation(code, title.partition(": ")[2], text)
