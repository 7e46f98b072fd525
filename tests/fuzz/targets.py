"""Targets: what is done with each input. An exception is a finding, and so are more than two seconds."""

from __future__ import annotations

import ast
import json
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

from incspec.backends.formats import json_text
from incspec.diagnostics import CompileError, Diagnostics
from incspec.expressions import ExpressionError, evaluate, parse_expression, to_python
from incspec.limits import Limits
from incspec.loading import load_text
from incspec.reading.files import SpecFile, decode
from incspec.reading.link import link
from incspec.reading.parse import parse
from incspec.reading.shorthand import desugar
from incspec.rendering.json import render_json
from incspec.rendering.text import render_text
from incspec.resolution.resolve import resolve
from incspec.resolution.validate import validate

# What an input of a few kilobytes may ask for is bounded, so that two seconds are enough for all that is right.
LIMITS = Limits(bytes=2**16, files=4, values=10_000, repeat=100, steps=1_000, variants=100, ops=20_000)
SECONDS = 2.0
NOWHERE = Path("/nonexistent")
NAMES = {"in": 64, "k": 3, "n": 8, "ratio": 0.25, "flag": True, "kind": "max"}


def parsing(data: bytes) -> None:
    """YAML -> syntax tree, and the messages of it."""
    sink = Diagnostics()
    source = decode(data, "fuzz.yaml", sink, LIMITS)
    if source is not None:
        parse(source, sink, LIMITS)
    render_text(sink.sorted(), width=80, color=True)
    json.dumps(render_json(sink.sorted()))


def validation(data: bytes) -> None:
    """YAML -> resolved spec."""
    sink = Diagnostics()
    source = decode(data, "fuzz.yaml", sink, LIMITS)
    linked = link(SpecFile(source, NOWHERE), sink, LIMITS) if source is not None else None
    if linked is not None:
        spec, tree = validate(desugar(linked.tree, sink), sink)
        if spec is not None:
            resolve(spec, tree, sink)
    render_text(sink.sorted(), width=80, color=False)


def expressions(data: bytes) -> None:
    """Text -> expression -> value, and the Python that is printed for it."""
    text = data.decode("utf-8", "replace")
    try:
        expr = parse_expression(text)
        ast.parse(to_python(expr, "v_{}".format), mode="eval")
        evaluate(expr, NAMES)
    except ExpressionError as error:
        if not 0 <= error.at[0] <= error.at[1] <= len(text):
            raise ValueError(f"{error.at} is no place in the text") from error


def everything(data: bytes) -> None:
    """YAML -> model, its source, report and figures."""
    try:
        model = load_text(data, "fuzz.yaml", limits=LIMITS)
    except CompileError as error:
        render_text(error.diagnostics, width=80, color=False)
        return
    ast.parse(model.source())
    json.loads(json_text(model.report()))
    figure = model.figures()[0]
    if len(figure.drawing.boxes) < 60 and sum(data) % 8 == 0:  # drawing takes longer than all the rest
        ET.fromstring(model.draw())


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (parsing, validation, expressions, everything)
}

if __name__ == "__main__":  # how long one of them takes for what stands on standard input, in seconds of the processor
    given = sys.stdin.buffer.read()
    TARGETS[sys.argv[1]](b"")  # imports
    started = time.process_time()
    TARGETS[sys.argv[1]](given)
    print(time.process_time() - started)
