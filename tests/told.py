"""What is told of a text, and what `check --fix` makes of it."""

from __future__ import annotations

from pathlib import Path

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.fixes import fix_spec
from incspec.pipeline import Compiled, compile_spec
from incspec.reading.files import SpecFile
from incspec.source import SourceFile


def spec_of(text: str) -> SpecFile:
    """A file that holds a text."""
    return SpecFile(SourceFile("spec.yaml", text), Path())


def compiled(text: str) -> tuple[Compiled | None, tuple[Diagnostic, ...]]:
    """What a text is compiled to, and all that is told of it."""
    sink = Diagnostics()
    return compile_spec(spec_of(text), sink), sink.sorted()


def told(text: str) -> list[Diagnostic]:
    """The mistakes in a text."""
    return [item for item in compiled(text)[1] if item.severity == "error"]


def mended(text: str) -> str:
    """A text with all certain fixes."""
    return fix_spec(spec_of(text)).file.source.text
