"""The command line. Data goes to standard output, messages to standard error.

Exit codes: 0 fine, 1 the spec has mistakes, 2 wrong usage, 70 a fault of incspec itself. Each verb is a module here;
`app.py` is what they register with, `common.py` what they share.
"""

from . import build, catalogue, check, common, draw, gallery, new, preview, reference, sizes, summary, verify, weights
from .app import app, main

__all__ = [
    "app",
    "build",
    "catalogue",
    "check",
    "common",
    "draw",
    "gallery",
    "main",
    "new",
    "preview",
    "reference",
    "sizes",
    "summary",
    "verify",
    "weights",
]
