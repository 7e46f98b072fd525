"""The import rule: imports go down this list only, those hidden in functions included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import incspec

PACKAGE = Path(incspec.__file__).parent

# In order of processing, the lowest first. A module imports from lines above its own, and from its own.
LAYERS = (
    (
        "record",
        "source",
        "arguments",
        "telling",
        "edits",
        "diagnostics",
        "limits",
        "garbage",
        "spelling",
        "syntax",
        "shapes",
        "expressions",
    ),
    ("ops",),
    ("spec", "ir", "steps", "explain", "rendering"),
    # the passes, each with its parts, in the order of pipeline.py
    ("reading",),
    ("styles",),
    ("sizes",),
    ("resolution",),
    ("inference",),
    ("elaboration",),  # follows types along the way by the rules of inference
    ("lints",),
    ("repair",),  # tries changes by elaborating and inferring again
    ("pipeline", "fixes", "dataflow", "tensors", "select"),
    ("backends",),
    ("page",),
    ("runtime",),
    ("reference", "schema"),
    (
        "losses",
        "build",
        "model",
        "pictures",
        "narrowing",
        "loading",
        "starting",
        "checking",
        "watching",
        "catalogue",
        "gallery",
    ),
    ("creation", "preview"),
    ("", "cli", "__main__"),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# What a backend may see of the compiler: the graph and what it is made of, not how it came about; and terminals.
SEEN_BY_BACKENDS = {
    "backends",
    "styles.style",
    "shapes",
    "syntax",
    "ops.base",
    "ir",
    "steps",
    "dataflow",
    "expressions",
    "diagnostics",
    "rendering.terminal",
    "rendering.view",
}
# A CompileError prints itself as the command line would.
UPWARD = {("diagnostics", "rendering.text")}
TORCH_FILES = {"backends/module.py", "runtime"}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part(module: str) -> str:
    """The entry of LAYERS that a module belongs to."""
    return module.partition(".")[0]


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def imports(path: Path) -> tuple[tuple[int, str], ...]:
    """Line and full name of every module that a file imports, but for type checkers only."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    package = ("incspec", *path.relative_to(PACKAGE).parent.parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in without_type_checking(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join((*base, *(node.module or "").split("."))).strip(".")
            for alias in node.names:  # `from . import x` imports the module x, but the version is anybody's
                if alias.name == "__version__":
                    continue
                inside = PACKAGE.joinpath(*name.split(".")[1:], alias.name)
                is_module = inside.with_suffix(".py").exists() or inside.is_dir()
                yield node.lineno, f"{name}.{alias.name}" if name.startswith("incspec") and is_module else name


def without_type_checking(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from without_type_checking(node)


def own_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and name within the package of what a file imports from it."""
    for line, name in imports(path):
        if name == "incspec" or name.startswith("incspec."):
            yield line, name.removeprefix("incspec").removeprefix(".")


def test_every_module_has_its_layer() -> None:
    unknown = {part(module_name(path)) for path in files()} - LEVEL.keys()
    assert not unknown
    assert not LEVEL.keys() - {part(module_name(path)) for path in files()}


def test_imports_go_down_only() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for path in files()
        for line, name in own_imports(path)
        if LEVEL[part(name)] > LEVEL[part(module_name(path))] and (module_name(path), name) not in UPWARD
    ]
    assert not wrong


def test_no_two_modules_import_each_other() -> None:
    graph = {module_name(path): {name for _, name in own_imports(path)} for path in files()}
    cycles = {(a, b) for a, found in graph.items() for b in found if a < b and a in graph.get(b, ())}
    assert cycles == UPWARD


def test_backends_see_the_graph_and_not_the_passes() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for path in files()
        for line, name in own_imports(path)
        if part(module_name(path)) == "backends" and part(name) not in SEEN_BY_BACKENDS and name not in SEEN_BY_BACKENDS
    ]
    assert not wrong


def test_torch_is_imported_by_the_module_backend_and_the_runtime_alone() -> None:
    importing = {
        path.relative_to(PACKAGE).as_posix()
        for path in files()
        for _, name in imports(path)
        if part(name) in ("torch", "torchvision", "timm")
    }
    assert {
        name for name in importing if name not in TORCH_FILES and name.partition("/")[0] not in TORCH_FILES
    } == set()


def test_this_test_sees_imports_in_functions(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "ops").mkdir()
    path = tmp_path / "ops" / "bad.py"
    path.write_text("def f():\n    import torch\n    from ..cli import app\n    from . import base\n")
    monkeypatch.setattr("test_layers.PACKAGE", tmp_path)
    assert {name for _, name in imports(path)} == {"torch", "incspec.cli", "incspec.ops"}
