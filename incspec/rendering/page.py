"""Pages of Markdown as terminal text: paragraphs in the width of the terminal, examples set in, headings in bold."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

_SET_IN = "    "


def render_page(markdown: str, *, width: int = 80, color: bool = False) -> str:
    """A page of headings, paragraphs and fenced examples, which are not broken."""
    return "\n".join(_lines(markdown, max(width, 40), "\x1b[1m{}\x1b[0m" if color else "{}")) + "\n"


def _lines(markdown: str, width: int, heading: str) -> Iterator[str]:
    paragraph: list[str] = []
    in_example = False
    for line in [*markdown.strip().splitlines(), ""]:
        is_fence = line.startswith("```")
        if in_example and not is_fence:
            yield (_SET_IN + line).rstrip()
            continue
        if line and not is_fence and not line.startswith("#"):
            paragraph.append(line)
            continue
        yield from textwrap.wrap(" ".join(paragraph), width, break_long_words=False, break_on_hyphens=False)
        paragraph = []
        if is_fence:
            in_example = not in_example
        elif line.startswith("#"):
            yield from (heading.format(each) for each in textwrap.wrap(line.lstrip("# "), width))
        else:
            yield ""
