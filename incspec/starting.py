"""Starting: the text of a spec to begin with, of a small network or of a variant of another spec."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote

from .model import Model
from .reading.files import find_spec, shipped_files
from .rendering.view import visible

# What plain YAML text may hold, whatever stands around it; `*` and `%` mean something else at its beginning.
_PLAIN = re.compile(r"[\w./()+][\w ./()+*%<>=-]*")
_NULLS = ("null", "~")

_SMALL = """\
# A small network of Inception modules, to change at will.
#
#   incspec check {file}      tells all mistakes
#   incspec summary {file}    tells shapes and costs
#   incspec build {file}      writes the module, figures and a page to explore them in
#   incspec ops{blank}         lists what can stand in a body
incspec: 1
name: {name}
input: [3, 32, 32]                       # channels, height, width
params: {{classes: 10, dropout: 0.2}}      # numbers with names; `--set classes=100` sets one
defaults:
  conv: {{norm: batch_norm, act: relu}}    # what follows each convolution, unless its step says otherwise

blocks:
  inception:                             # a part that is used several times, with a parameter of its own
    params: {{n: required}}
    body:
      - concat:                          # branches side by side; each gets the whole input
          - [1x1 conv n]                 # a list of steps, one after the other
          - [1x1 conv n, 3x3 conv 2*n]   # a convolution's number is its output's channels; those of its input are inferred
          - [3x3 max_pool, 1x1 conv n]

network:
  - 3x3 conv 32
  - inception: {{n: 16}}                   # 16 + 32 + 16 = 64 channels
  - 3x3 max_pool stride 2                # half as high and wide
  - inception: {{n: 32, repeat: 2}}        # two of them, each with weights of its own
  - 3x3 max_pool stride 2
  - inception: {{n: 64, expect: [256, 8, 8]}}    # what you expect is compared with what comes out
  - global_avg_pool
  - dropout: {{p: dropout}}
  - linear classes
"""


def small_spec(path: Path) -> str:
    """The text of a small network, for a file at `path`."""
    file = visible(quote(path.as_posix()))
    return _SMALL.format(file=file, blank=" " * len(file), name=_quoted(_name(path)))


def variant(path: Path, base: Model, named: str) -> str:
    """The text of a variant of `base`, which is what `named` means, for a file at `path`."""
    return "\n".join((*_variant(path, base, named), ""))


def _variant(path: Path, base: Model, named: str) -> Iterator[str]:
    yield f"# A variant of {visible(base.name)}: what stands here changes it, all else is as it is there."
    yield f"extends: {_quoted(_reference(path, named))}"
    yield f"name: {_quoted(_name(path))}"
    spec = base.compiled.spec
    params = _stated(spec.params)
    if params:
        yield "params:   # as they are there"
        yield from (f"  {name}: {text}" for name, text in params.items())
    if spec.blocks:
        yield ""
        yield f"# Its blocks: {', '.join(spec.blocks)}."
    changeable = {name: stated for name, block in spec.blocks.items() if (stated := _stated(block.params))}
    if changeable:
        yield "# Theirs are changed under `blocks`, as is a whole block, by its `body`:"
        yield "# blocks:"
    for block, stated in changeable.items():
        yield f"#   {block}: {{params: {{{', '.join(f'{name}: {text}' for name, text in stated.items())}}}}}"


def _stated(params: Mapping[str, str]) -> dict[str, str]:
    """Parameters that have values, as YAML; `none` would take one away."""
    return {name: _quoted(text) for name, text in params.items() if text not in ("required", "none")}


def _reference(path: Path, named: str) -> str:
    """How a file at `path` names a spec: a shipped one by its name, else a file from its folder on."""
    found = find_spec(named)
    for name, shipped in shipped_files().items():
        if shipped == found:
            return name
    return Path(os.path.relpath(found, path.parent)).as_posix()


def _name(path: Path) -> str:
    """What a network is called by the name of its file."""
    words = " ".join(re.findall(r"[^\W_]+", path.stem))
    return words[:1].upper() + words[1:] or "Network"


def _quoted(text: str) -> str:
    """A text as YAML, in quotes where it needs them."""
    if _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _NULLS:
        return text
    return "'" + text.replace("'", "''") + "'"
