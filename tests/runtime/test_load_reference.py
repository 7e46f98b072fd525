"""Loading a reference: what is named is imported and called, and what can go wrong is told in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from incspec.runtime.reference import NoReferenceError, load_reference, reference

NET = """\
import torch
from torch import nn
import urllib.error


class Net(nn.Module):
    def __init__(self, width=4, *, act="relu"):
        super().__init__()
        self.fc = nn.Linear(width, 2)
        self.act = act

    @classmethod
    def wide(cls):
        return cls(width=8)


READY = Net()


def build(depth, width):
    return nn.Sequential(*[nn.Linear(width, width) for _ in range(depth)])


def downloads():
    try:
        raise urllib.error.URLError("Name or service not known")
    except urllib.error.URLError as error:
        raise RuntimeError("no weights") from error


def breaks():
    return 1 / 0


def leaves():
    raise SystemExit(3)


def pair():
    return [1, 2]


def nothing():
    pass


def lazy():
    return nn.Sequential(nn.LazyLinear(3))


def scripted():
    return torch.jit.script(Net())


def on_meta():
    return nn.Linear(2, 2, device="meta")


SIZE = 4
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "some_nets"
    package.mkdir()
    (package / "__init__.py").write_text("from . import models\n")
    (package / "models.py").write_text("from .small import Net\nfrom . import small\n")
    for path in (package / "small.py", tmp_path / "net.py"):
        path.write_text(NET)
    (tmp_path / "beside.py").write_text("from net import Net\n")
    (tmp_path / "wrong.py").write_text("x = 1\nx = undefined\n")
    (tmp_path / "syntax.py").write_text("def f(:\n")
    (tmp_path / "needs.py").write_text("import no_such_package_of_ours\n")
    (tmp_path / "script.py").write_text("import sys\nsys.exit('usage: script')\n")
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.partition(".")[0] in ("some_nets", "net") or str(tmp_path) in name:
            del sys.modules[name]


@pytest.mark.parametrize(
    ("target", "arguments", "features"),
    [
        ("net.py:Net", {}, 4),
        ("./net.py:Net", {"width": 3, "act": "gelu"}, 3),
        ("net.py:Net.wide", {}, 8),
        ("net.py:READY", {}, 4),
        ("beside.py:Net", {}, 4),
        ("some_nets.small:Net", {}, 4),
        ("some_nets:Net", {"width": 5}, 5),  # it is in some_nets.models
    ],
)
def test_a_callable_is_found_and_called(target: str, arguments: dict[str, object], features: int) -> None:
    module = load_reference(target, arguments)
    assert module.fc.in_features == features


@pytest.mark.parametrize(
    ("target", "arguments", "message", "help"),
    [
        ("net.py", {}, "`net.py` names no callable", "package:callable"),
        (":Net", {}, "`:Net` names no callable", "package:callable"),
        ("some nets:Net", {}, "`some nets` is no package", "package:callable"),
        ("nett.py:Net", {}, "there is no file `nett.py`", "did you mean `net.py`?"),
        ("timn:inception_v4", {}, "there is no package `timn`", "did you mean `timm`?"),
        ("qqqqqqq:Net", {}, "there is no package `qqqqqqq`", "install it"),
        ("some_nets.smal:Net", {}, "`some_nets` has no module `smal`", "did you mean `small`?"),
        ("net.py:Nett", {}, "`net.py` has no callable `Nett`", "did you mean `Net`?"),
        ("net.py:Qqqq", {}, "`net.py` has no callable `Qqqq`", "there is `Net`, `READY`, `build`"),
        ("some_nets:small", {}, "`some_nets` has no callable `small`", None),
        ("net.py:SIZE", {}, "`net.py:SIZE` is an int, which cannot be called", None),
        ("net.py:build", {"depth": 2}, "`net.py:build` needs `width`", "give it: --with width=..."),
        ("net.py:build", {}, "`net.py:build` needs `depth`, `width`", "--with depth=... --with width=..."),
        ("net.py:Net", {"widht": 2}, "`net.py:Net` has no argument `widht`", "did you mean `width`?"),
        ("net.py:pair", {}, "`net.py:pair` returned a list, not an nn.Module", None),
        ("net.py:nothing", {}, "`net.py:nothing` returned nothing, not an nn.Module", None),
        ("net.py:breaks", {}, "calling `net.py:breaks` failed: ZeroDivisionError: division by zero", None),
        ("net.py:lazy", {}, "`net.py:lazy` is a lazy module without weights", "run it once"),
        ("net.py:on_meta", {}, "`net.py:on_meta` is a module on the meta device, without weights", None),
        ("net.py:scripted", {}, "`net.py:scripted` is a scripted module, which cannot be watched", "made of"),
        ("net.py:leaves", {}, "calling `net.py:leaves` failed: SystemExit: 3", None),
        ("net.py:downloads", {}, "`net.py:downloads` could not reach the network: RuntimeError: no weights", "its own"),
        (
            "wrong.py:Net",
            {},
            "importing `wrong.py` failed: NameError: name 'undefined' is not defined (wrong.py, line 2)",
            None,
        ),
        ("syntax.py:Net", {}, "importing `syntax.py` failed: SyntaxError: ", None),
        (
            "needs:Net",
            {},
            "importing `needs` failed: ModuleNotFoundError: No module named 'no_such_package_of_ours'",
            None,
        ),
        ("script.py:Net", {}, "importing `script.py` failed: SystemExit: usage: script", None),
    ],
)
def test_what_goes_wrong_is_told(target: str, arguments: dict[str, object], message: str, help: str | None) -> None:
    with pytest.raises(NoReferenceError) as caught:
        load_reference(target, arguments)
    assert caught.value.message.startswith(message)
    assert "\n" not in caught.value.message
    assert (help or "") in (caught.value.help or "")
    assert (caught.value.help is None) == (help is None)


def test_the_weights_are_the_same_every_time_and_no_random_state_is_changed() -> None:
    state = torch.get_rng_state()
    one, two = (load_reference("net.py:Net", {}).fc.weight for _ in range(2))
    assert torch.equal(one, two)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_module_that_is_given_is_copied() -> None:
    given = nn.Linear(2, 3)
    module, name = reference(given, {})
    assert name == "Linear"
    with pytest.raises(NoReferenceError, match="`RecursiveScriptModule` is a scripted module"):
        reference(torch.jit.script(given), {})
    assert module is not given
    assert torch.equal(module.weight, given.weight)


def test_a_folder_does_not_stay_on_the_path(folder: Path) -> None:
    load_reference("beside.py:Net", {})
    assert str(folder) not in sys.path


def test_what_is_installed_comes_before_the_current_folder(folder: Path) -> None:
    (folder / "torch.py").write_text("raise RuntimeError('executed, though nobody named it')\n")
    (folder / "colorsys.py").write_text("raise RuntimeError('executed, though nobody named it')\n")
    with pytest.raises(NoReferenceError, match="needs `r`, `g`, `b`"):
        load_reference("colorsys:rgb_to_hsv", {})


@pytest.mark.parametrize("target", ["torchvision:resnet18", "timm:resnet18"])
def test_torchvision_is_imported_beside_a_torch_that_its_compiled_part_does_not_fit(target: str) -> None:
    program = (
        "from incspec.runtime.reference import load_reference\n"
        f"print(type(load_reference({target!r}, {{}})).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert (done.stdout, done.stderr) == ("ResNet\n", "")
