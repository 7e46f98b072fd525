"""The page: a document -> one HTML file that needs nothing else, neither a network nor files beside it.

The script and the style are those that `app/` is bundled to. Only they may run: the page's policy names their hashes, and
forbids all that would leave the page. The document stands in the page as data, in which no `<` is left that could end it.

Not here: what is in the document (document.py), how it is shown (app/).
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from pathlib import Path

from .rules import Json

_ASSETS = Path(__file__).parent / "assets"

# `wasm-unsafe-eval` lets Graphviz run, which is WebAssembly; images and `blob:` are the exported figure.
_POLICY = (
    "default-src 'none'; script-src '{script}' 'wasm-unsafe-eval'; style-src '{style}'; font-src data:; "
    "img-src data: blob:; connect-src {connect}; base-uri 'none'; form-action 'none'"
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="incspec">{events}
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This page draws {title} with JavaScript, which is switched off here.</noscript>
<script type="application/json" id="incspec-document">{document}</script>
<script>{script}</script>
</body>
</html>
"""


def page(document: dict[str, Json], *, events: str = "") -> bytes:
    """The page of a document, or of what is wrong with a spec; `events` is where a server tells of newer ones, as server-sent events."""
    script, style = asset("app.js"), asset("app.css")
    hint = f'\n<meta name="incspec-events" content="{html.escape(events)}">' if events else ""
    policy = _POLICY.format(
        script=source_hash(script), style=source_hash(style), connect="'self'" if events else "'none'"
    )
    filled = _PAGE.format(
        policy=policy,
        events=hint,
        title=html.escape(str(document["name"])),
        style=style,
        document=script_data(document),
        script=script,
    )
    return filled.encode("utf-8", "replace")


def script_data(document: dict[str, Json]) -> str:
    """A document as JSON that can stand in a `script` element, whatever texts are in it."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def asset(name: str) -> str:
    """A file that the page is made of."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def source_hash(text: str) -> str:
    """What a page's policy calls a script or style that stands in the page and may be used."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
