"""The source backend: what it prints computes what the graph says, and reads, lints and types as it should."""

from __future__ import annotations

import ast
import copy
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
import torch
from interpreter import interpret
from shape_comments import check_comments
from torch import Tensor, nn

import incspec
from incspec.backends.module import module_class
from incspec.backends.python.names import _MODULE_ATTRIBUTES
from incspec.build import verify_module

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOLDEN = HERE.parent / "golden"
CONSTRUCTS = GOLDEN / "constructs" / "spec.yaml"
# Each spec holds one kind of construct, with all that can go wrong with it.
SPECS = {path.stem: path for path in sorted((HERE / "specs").glob("*.yaml"))} | {"constructs": CONSTRUCTS}
WHOLE = {"constructs": str(CONSTRUCTS), "inception_v4": "inception_v4", "inception_v4_tf": "inception_v4_tf"}
# torch warns of the even kernel in it.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
# No names are that long, and where they are, ruff and we break lines in different places.
TOO_LONG = "long_names"


@pytest.fixture(scope="module")
def models() -> dict[str, incspec.Model]:
    return {name: incspec.load(path) for name, path in SPECS.items()}


def inputs_of(model: incspec.Model, batch: int = 2) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(1)
    return tuple(torch.randn(batch, *t.shape, generator=generator, dtype=torch.float64) for t in model.inputs)


def without_drops(module: nn.Module) -> nn.Module:
    """Two runs drop different elements, so nothing is dropped."""
    for child in module.modules():
        if "Drop" in type(child).__name__:
            child.eval()
    return module


def run(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    result = module(*inputs)
    return result if isinstance(result, tuple) else (result,)


def close(found: tuple[Tensor | None, ...], wanted: tuple[Tensor | None, ...]) -> bool:
    return len(found) == len(wanted) and all(
        a is b is None or (a is not None and b is not None and torch.allclose(a, b, rtol=1e-9, atol=1e-11))
        for a, b in zip(found, wanted, strict=True)
    )


# --- what the source computes


@pytest.mark.parametrize("name", SPECS)
def test_the_source_has_the_inferred_shapes_and_counts(models: dict[str, incspec.Model], name: str) -> None:
    verify_module(models[name])


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_the_source_computes_what_the_graph_says(models: dict[str, incspec.Model], name: str, training: bool) -> None:
    """Outputs and all gradients equal those of an interpreter that reads the graph node by node."""
    model = models[name]
    module = without_drops(model.module(seed=0, dtype=torch.float64).train(training))
    twin = copy.deepcopy(module)
    results = []
    for compute, owner in ((run, module), (interpreted(model), twin)):
        inputs = tuple(tensor.requires_grad_() for tensor in inputs_of(model))
        outputs = compute(owner, inputs)
        sum(output.square().sum() for output in outputs).backward()
        gradients = [tensor.grad for tensor in (*inputs, *owner.parameters())]
        results.append(tuple(tensor.detach() for tensor in outputs) + tuple(gradients))
    assert close(*results)


def interpreted(model: incspec.Model) -> object:
    return lambda module, inputs: interpret(model.network, model.printed, module, *inputs)


@pytest.mark.parametrize("name", SPECS)
def test_the_module_scripts_copies_and_pickles(models: dict[str, incspec.Model], name: str) -> None:
    model = models[name]
    module = model.module(seed=0, dtype=torch.float64).eval()
    inputs = inputs_of(model)
    with torch.no_grad():
        wanted = run(module, inputs)
        for other in (torch.jit.script(module), copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
            assert close(run(other, inputs), wanted)


@pytest.mark.parametrize(
    "name",
    [
        "constructs",
        "several_outputs",
        *(pytest.param(name, marks=pytest.mark.nightly) for name in ("cells", "conditions", "repeats_from_afar")),
    ],
)
def test_the_module_exports_with_a_free_batch_and_compiles_in_one_graph(
    models: dict[str, incspec.Model], name: str
) -> None:
    model = models[name]
    module = model.module(seed=0, dtype=torch.float64).eval()
    inputs = inputs_of(model)
    free = tuple({0: torch.export.Dim("batch", max=64)} for _ in inputs)
    exported = torch.export.export(module, inputs, dynamic_shapes=free).module()
    torch._dynamo.reset()
    compiled = torch.compile(module, backend="eager", fullgraph=True)
    larger = inputs_of(model, batch=5)
    with torch.no_grad():
        assert close(run(exported, larger), run(module, larger))
        assert close(run(compiled, inputs), run(module, inputs))


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("constructs", {"classes": 3, "growth": 8, "width": 1.5}),
        ("densenet", {"growth": 6}),
        ("conditions", {"use": False, "off": True}),
        ("file_parameters", {"width": 6, "deep": 3}),
        ("shadowed_names", {"width": 6, "channels": 5, "k": 5}),
        ("resnet", {"classes": 3, "drop_path": 0.3}),
        ("unet", {"base": 4}),
    ],
)
def test_the_networks_parameters_do_what_those_of_the_spec_do(name: str, params: dict[str, float]) -> None:
    """The class with other arguments is the class of the spec with other parameters."""
    printed = incspec.load(SPECS[name]).printed
    with torch.device("meta"):
        found = module_class(printed.text, printed.class_name)(**params)
    wanted = incspec.load(SPECS[name], params=params).module(device="meta")
    assert {k: v.shape for k, v in found.state_dict().items()} == {k: v.shape for k, v in wanted.state_dict().items()}


# --- how the source reads


@pytest.mark.parametrize("name", ["constructs"])
def test_the_source_is_the_one_that_is_committed(name: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / name / "model.py"
    source = incspec.load(SPECS[name]).source()
    if request.config.getoption("--update-golden"):
        path.write_text(source, encoding="utf-8")
    assert path.read_text("utf-8") == source


@pytest.fixture(scope="module")
def sources(models: dict[str, incspec.Model], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all printed sources."""
    folder = tmp_path_factory.mktemp("sources")
    for name, model in models.items():
        (folder / f"{name}.py").write_text(model.source(), encoding="utf-8")
    for name in ("inception_v4", "inception_v4_tf"):
        (folder / f"{name}.py").write_text(incspec.load(name).source(), encoding="utf-8")
    return folder


def tool(folder: Path, *arguments: str) -> str:
    """What a tool says in a folder that knows nothing of this project's settings."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_ruff_has_nothing_to_say_of_the_sources(sources: Path) -> None:
    assert tool(sources, "ruff", "check", "--isolated", "--no-cache", ".") == ""


def test_ruff_would_break_no_line_elsewhere(sources: Path) -> None:
    names = [f"{name}.py" for name in (*SPECS, *WHOLE) if name != TOO_LONG]
    assert tool(sources, "ruff", "format", "--isolated", "--no-cache", "--check", "--diff", *names) == ""


def test_mypy_has_nothing_to_say_of_the_sources(sources: Path, tmp_path: Path) -> None:
    """As of this project's own code, but for what torch leaves untyped: `make lint` has then looked at torch already."""
    names = list({**SPECS, **WHOLE})
    lenient = f"module = {names}\nwarn_return_any = false\ndisallow_untyped_calls = false\n"
    settings = tmp_path / "pyproject.toml"
    settings.write_text(f"{(ROOT / 'pyproject.toml').read_text('utf-8')}\n[[tool.mypy.overrides]]\n{lenient}", "utf-8")
    options = ("--config-file", str(settings), "--cache-dir", str(ROOT / ".mypy_cache"))
    assert tool(sources, "mypy", *options, *(f"{name}.py" for name in names)) == ""


def test_the_sources_import_nothing_but_torch_and_the_standard_library(sources: Path) -> None:
    for path in sources.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert module in ("torch", "torch.nn", "math", "typing", "collections.abc"), path.name


def test_no_class_is_printed_twice(sources: Path) -> None:
    for path in sources.glob("*.py"):
        classes = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
        for one, other in combinations(classes, 2):
            assert code_of(one) != code_of(other), f"{path.name}: {one.name} and {other.name}"


def code_of(node: ast.ClassDef) -> str:
    """A class without its name."""
    return "".join(map(ast.dump, node.body))


def test_nothing_in_the_sources_is_unused(sources: Path) -> None:
    """Every helper is called, every constructor's parameter read, every attribute used."""
    for path in sources.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        *helpers, network = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        assert {node.name for node in helpers} <= read, path.name
        for node in (*helpers, network):
            assert list(unused_in(node)) == [], f"{path.name}: {node.name}"


def unused_in(definition: ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    functions = [node for node in ast.walk(definition) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        if function.name == "__init__":
            yield from (arg.arg for arg in function.args.args if arg.arg not in read | {"self"})
        stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        yield from (name for name in stored - read if not name.startswith("_"))
    attributes = [node for node in ast.walk(definition) if isinstance(node, ast.Attribute)]
    loaded = {node.attr for node in attributes if isinstance(node.ctx, ast.Load)}
    yield from (node.attr for node in attributes if isinstance(node.ctx, ast.Store) and node.attr not in loaded)


# Blocks whose uses need several classes, since they differ in more than widths, settings, turns and conditions.
DIFFERING = {
    "conditions_around_merges": {"b"},  # in one use it is not known what `concat` would be
    "expressions": {"c"},  # with and without a bias
    "mobilenet3": {"bneck"},  # another activation
    "number_types": {"b"},  # another activation
    "ranks": {"b"},  # one and two spatial axes
    "repeats": {"loop"},  # widths that follow no simple rule
    "repeats_from_afar": {"r", "concat1"},  # the first turn reads its own input
}


@pytest.mark.parametrize("name", SPECS)
def test_a_block_is_one_class_unless_its_uses_differ_in_their_ops(models: dict[str, incspec.Model], name: str) -> None:
    blocks = re.findall(r'"""(?:The block|One turn of) `([^`]*)`', models[name].source())
    assert {block for block in blocks if blocks.count(block) > 1} == DIFFERING.get(name, set())


# --- shape comments


@pytest.mark.parametrize("name", {**SPECS, **WHOLE})
def test_every_shape_comment_is_true(name: str) -> None:
    model = incspec.load(SPECS.get(name, name))
    check_comments(model.source(), model.printed.class_name, model.inputs)


def test_a_wrong_shape_comment_is_found() -> None:
    model = incspec.load(CONSTRUCTS)
    for right, wrong in (
        ("  # [N, 48, 64, 64]", "  # [N, 49, 64, 64]"),
        ("  # [N, C, 8, 8] -> [N, 32, 8, 8]", "  # [N, C, 8, 8] -> [N, C, 8, 8]"),
        ("y = self.conv2(y)  # [N, C', H', W']", "y = self.conv2(y)  # [N, C', H', W]"),
    ):
        source = model.source().replace(right, wrong)
        assert source != model.source()
        with pytest.raises(AssertionError, match="is not"):
            check_comments(source, "Constructs", model.inputs)


# --- names


def keys_of(text: str) -> set[str]:
    return set(incspec.load(text).module(device="meta").state_dict())


def test_a_layer_more_in_one_block_renames_nothing_in_others() -> None:
    text = CONSTRUCTS.read_text("utf-8")
    more = text.replace("- 3x3 conv 16 name skip\n", "- 3x3 conv 16 name skip\n      - 3x3 conv 16\n")
    more = more.replace("- [batch_norm, relu, 3x3 conv growth]", "- [batch_norm, relu, 3x3 conv 8, 3x3 conv growth]")
    assert more != text
    before, after = keys_of(text), keys_of(more)
    assert {key for key in before if not key.startswith(("unet.", "dense"))} == {
        key for key in after if not key.startswith(("unet.", "dense"))
    }
    assert "unet.skip.conv.weight" in before & after


def test_keys_are_short_and_say_where_a_layer_is() -> None:
    keys = keys_of((Path(incspec.__file__).parent.parent / "specs" / "inception_v4.yaml").read_text("utf-8"))
    assert max(map(len, keys)) <= len("inception_c.0.branch4_branch1.bn.num_batches_tracked")
    assert {"stem.conv1.conv.weight", "inception_a.3.branch4.2.bn.running_mean", "linear.bias"} <= keys


def test_no_step_hides_what_a_module_of_torch_has() -> None:
    own = {name for name in dir(nn.Module()) if re.fullmatch("[a-z][a-z0-9_]*", name)}
    assert own <= _MODULE_ATTRIBUTES


def test_the_network_is_called_as_the_spec_calls_it() -> None:
    assert incspec.load("inception_v4").printed.class_name == "InceptionV4"
    assert incspec.load("inception_v4_tf").printed.class_name == "InceptionV4TFSlim"
    text = "incspec: 1\nname: {}\ninput: [3, 8, 8]\nnetwork: [relu]\n"
    names = {"3D net": "Net3DNet", "tensor": "TensorModule", "F": "FModule", "été": "T", "none": "NoneModule"}
    for name, wanted in names.items():
        assert incspec.load(text.format(name)).printed.class_name == wanted


def test_docstrings_and_comments_survive_any_title() -> None:
    text = 'incspec: 1\nname: "a \\"quoted\\" \\\\ title"\ninput: [3, 8, 8]\nnetwork: [relu]\n'
    module = incspec.load(text).module()
    assert type(module).__doc__ == 'a "quoted" \\ title.'


REPEATED = """\
incspec: 1
name: Net
input: [3, 8, 8]
params: {depth: 1, width: 8}
blocks:
  narrow: {params: {out: required}, body: [3x3 conv out]}
  same: {body: [residual: [3x3 conv in]]}
  late: {params: {out: required}, body: [3x3 conv out, dropout: {p: call/calls}]}
network: [NETWORK]
"""


@pytest.mark.parametrize(
    ("network", "free"),
    [
        ("3x3 conv width, same: {repeat: depth}", True),  # a turn gives what it takes: more of them are like it
        ("narrow: {repeat: depth, out: width}", False),  # a second turn would take another width, which nothing shows
        ("narrow: {repeat: depth+1, out: width}", True),
        ("late: {repeat: depth+1, out: width}", False),  # `calls` would be another number
    ],
)
def test_parameters_of_the_source_hold_for_any_value(network: str, free: bool) -> None:
    text = REPEATED.replace("NETWORK", network)
    printed = incspec.load(text).printed
    construct = module_class(printed.text, printed.class_name)
    names = construct.__init__.__code__.co_varnames  # type: ignore[misc]
    assert ("depth" in names) is free
    given = {"width": 12} | ({"depth": 3} if free else {})
    with torch.device("meta"):
        found = construct(**given)
        found(torch.empty(2, 3, 8, 8))
    wanted = incspec.load(text, params=given).module(device="meta").state_dict()
    assert {key: t.shape for key, t in found.state_dict().items()} == {key: t.shape for key, t in wanted.items()}
