"""The font of the figures: Source Sans Pro from its package, on any machine, whatever is installed there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from xml.sax.saxutils import escape

FONT = "Source Sans Pro"
# For a reader's machine that lacks it: fonts whose letters are about as wide.
FALLBACKS = ("Source Sans 3", "Source Sans", "Helvetica Neue", "Arial", "sans-serif")
_PACKAGE, _FILE = "font_source_sans_pro", "SourceSansPro-Regular.otf"
_VARIABLES = ("FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT")

_CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <selectfont>
    <rejectfont><glob>*</glob></rejectfont>
    <acceptfont><glob>*/{file}</glob></acceptfont>
  </selectfont>
  <config><rescan><int>0</int></rescan></config>
</fontconfig>
"""


@contextmanager
def only_font() -> Iterator[None]:
    """Let fontconfig, if it starts in here, know our font and no other, and leave nothing behind."""
    before = {name: os.environ.pop(name) for name in _VARIABLES if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="incspec-fonts-") as folder, as_file(files(_PACKAGE) / "files") as fonts:
        config = Path(folder, "fonts.conf")
        places = {"fonts": escape(str(fonts)), "cache": escape(str(Path(folder, "cache")))}
        config.write_text(_CONFIG.format(**places, file=_FILE), encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(config)
        try:
            yield
        finally:
            del os.environ["FONTCONFIG_FILE"]
            os.environ.update(before)
