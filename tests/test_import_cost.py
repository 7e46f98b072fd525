"""What a command imports: torch only where a module is wanted, heavy libraries only where they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_PROBE = """
import sys
sys.argv = ["incspec", *{arguments!r}]
from incspec.cli import main
try:
    main()
except SystemExit as done:
    code = done.code
print("MODULES", *sorted(name for name in {heavy!r} if name in sys.modules), "EXIT", code)
"""
HEAVY = ("torch", "networkx", "fontTools", "fpdf", "resvg_py", "PIL", "numpy")


def imported(*arguments: str, among: tuple[str, ...] = HEAVY) -> set[str]:
    """Which of the heavy libraries a command has imported when it ends."""
    program = _PROBE.format(arguments=arguments, heavy=among)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    last = done.stdout.splitlines()[-1].split()
    assert last[0] == "MODULES", done.stderr
    assert last[-1] in ("0", "None"), done.stderr
    return set(last[1:-2])


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "inception_v4"),
        ("summary", "inception_v4"),
        ("list",),
        ("ops",),
        ("schema",),
        ("explain", "unknown-op"),
    ],
)
def test_commands_that_need_no_module_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert imported(*arguments) == set()


def test_a_check_that_finds_nothing_imports_neither_what_mends_mistakes_nor_what_starts_processes() -> None:
    parts = ("incspec.repair.repair", "incspec.watching", "incspec.rendering.sarif", "multiprocessing", "glob")
    assert imported("check", "inception_v4", among=(*parts, "incspec.checking")) == {"incspec.checking"}


@pytest.mark.parametrize("arguments", [("--version",), ("check", "--help")])
def test_help_does_not_wait_for_the_compiler(arguments: tuple[str, ...]) -> None:
    assert imported(*arguments, among=("typer", "yaml", "incspec.pipeline", "incspec.ops")) == {"typer"}


def test_draw_imports_what_writes_its_format_alone(tmp_path: Path) -> None:
    assert imported("draw", "inception_v4", "-o", "-", "-f", "dot") == set()
    assert imported("draw", "inception_v4", "-q", "-o", str(tmp_path)) == {"fontTools"}


def test_build_without_verification_imports_no_torch(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = str(tmp_path_factory.mktemp("out") / "x")
    assert "torch" not in imported("build", "inception_v4", "--no-verify", "-q", "-o", folder)


def test_the_probe_sees_torch_where_it_is_imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = str(tmp_path_factory.mktemp("out") / "x")
    assert "torch" in imported("build", "tutorials/t2_simple_inception", "-q", "-o", folder)
