"""Opening checkpoints: what is taken off, and what is refused without being executed."""

from __future__ import annotations

import os
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from incspec.diagnostics import WeightsError
from incspec.runtime.checkpoint import read_checkpoint

STATE = OrderedDict({"b.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)})


class Code:
    """What would make a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def refusal(weights: object) -> str:
    with pytest.raises(WeightsError) as caught:
        read_checkpoint(weights)  # type: ignore[arg-type]
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "weights-unreadable"
    return diagnostic.message


def test_reads_what_torch_saves_in_its_order(tmp_path: Path) -> None:
    torch.save(STATE, tmp_path / "x.pth")
    found = read_checkpoint(tmp_path / "x.pth")
    assert list(found.tensors) == ["b.weight", "a.bias"]
    assert torch.equal(found.tensors["b.weight"], STATE["b.weight"])


def test_reads_the_format_of_before_torch_1_6(tmp_path: Path) -> None:
    torch.save(STATE, tmp_path / "x.pth", _use_new_zipfile_serialization=False)
    assert list(read_checkpoint(tmp_path / "x.pth").tensors) == list(STATE)


def test_reads_safetensors_whatever_the_file_is_called(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "weights.bin")
    assert torch.equal(read_checkpoint(str(tmp_path / "weights.bin")).tensors["a.bias"], STATE["a.bias"])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"state_dict": state, "epoch": 3, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}},
        lambda state: {"model": {"state_dict": state}},
        lambda state: {"module." + name: tensor for name, tensor in state.items()},
        lambda state: {"model": {"module._orig_mod." + name: tensor for name, tensor in state.items()}},
        lambda state: {"n_averaged": torch.tensor(7), **{"module." + name: t for name, t in state.items()}},
        lambda state: {"state_dict_ema": state, "model": {name: tensor + 1 for name, tensor in state.items()}},
    ],
)
def test_takes_off_what_training_wraps_round_the_weights(wrap, tmp_path: Path) -> None:
    torch.save(wrap(STATE), tmp_path / "x.pth")
    assert list(read_checkpoint(tmp_path / "x.pth").tensors) == list(STATE)


def test_says_what_was_taken_off_and_what_was_passed_over() -> None:
    found = read_checkpoint({"model": {"module." + name: tensor for name, tensor in STATE.items()}, "ema": STATE})
    assert found.notes == (
        "the weights are under `model` in the file, not `ema`",
        "all names in the file begin with `module.`, which is left out",
    )


def test_code_in_a_pickle_is_refused_and_not_executed(tmp_path: Path) -> None:
    made = tmp_path / "made"
    for new in (True, False):
        torch.save({"state_dict": STATE, "x": Code(made)}, tmp_path / "x.pth", _use_new_zipfile_serialization=new)
        assert "would have to be executed" in refusal(tmp_path / "x.pth")
    assert not made.exists()


def test_a_whole_module_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 3), tmp_path / "x.pth")
    assert "would have to be executed" in refusal(tmp_path / "x.pth")


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_that_was_cut_off_is_refused(new: bool, part: float, tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(1000)}, tmp_path / "x.pth", _use_new_zipfile_serialization=new)
    data = (tmp_path / "x.pth").read_bytes()
    (tmp_path / "x.pth").write_bytes(data[: int(len(data) * part)])
    assert "cut off or damaged" in refusal(tmp_path / "x.pth")


def test_safetensors_that_were_cut_off_are_refused(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "x.safetensors")
    data = (tmp_path / "x.safetensors").read_bytes()
    (tmp_path / "x.safetensors").write_bytes(data[:-4])
    assert "no whole safetensors file" in refusal(tmp_path / "x.safetensors")


def test_files_that_hold_no_weights_are_refused(tmp_path: Path) -> None:
    for name, data in {"empty": b"", "text": b"weights: none\n", "zeros": b"\0" * 4096}.items():
        (tmp_path / name).write_bytes(data)
    assert refusal(tmp_path / "empty") == "`empty` is empty"
    assert "neither a safetensors file nor" in refusal(tmp_path / "text")
    assert "neither a safetensors file nor" in refusal(tmp_path / "zeros")
    assert refusal(tmp_path) == f"`{tmp_path.name}` is a folder"
    assert refusal(tmp_path / "missing") == "`missing` cannot be read: no such file or directory"
    assert "holds no tensors" in refusal({})
    torch.save([torch.zeros(2)], tmp_path / "list.pth")
    assert "holds a list" in refusal(tmp_path / "list.pth")


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "`pipe` is no file"
    assert "null byte" in refusal("a\0b")
    with pytest.raises(TypeError, match=r"not a Linear: give its `state_dict\(\)`"):
        read_checkpoint(nn.Linear(2, 3))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not a list"):
        read_checkpoint([torch.ones(2)])  # type: ignore[arg-type]


def test_safetensors_of_an_impossible_shape_are_refused(tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,0]}}'
    (tmp_path / "x").write_bytes(len(header).to_bytes(8, "little") + header)
    assert "no whole safetensors file" in refusal(tmp_path / "x")


def test_a_file_of_a_terabyte_of_nothing_is_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "huge.pth").open("wb") as file:
        file.truncate(2**40)
    assert "neither a safetensors file nor" in refusal(tmp_path / "huge.pth")


def test_a_compressed_archive_is_refused(tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(10_000)}, tmp_path / "x.pth")
    packed = zipfile.ZipFile(tmp_path / "packed.pth", "w", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(tmp_path / "x.pth") as source, packed:
        for entry in source.infolist():
            packed.writestr(entry.filename, source.read(entry))
    assert "compressed" in refusal(tmp_path / "packed.pth")


def test_tensors_larger_than_their_memory_are_refused(tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(1).expand(10**12)}, tmp_path / "x.pth")
    assert "share their memory" in refusal(tmp_path / "x.pth")


def test_tied_tensors_are_read() -> None:
    tied = torch.zeros(4)
    assert len(read_checkpoint({"a": tied, "b": tied, "c": tied[:2]}).tensors) == 3


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_what_is_no_ordinary_tensor_is_refused_by_name() -> None:
    assert refusal({"a": torch.ones(2), "step": 3}) == "`the state dictionary` holds what is no tensor: `step`"
    assert "`a`" in refusal({"a": torch.ones(2, 2).to_sparse()})
    assert "`a`" in refusal({"a": torch.ones(2, dtype=torch.complex64)})
    assert "`a`" in refusal({"a": torch.ones(2, device="meta")})
    assert "`a`" in refusal({"a": torch.ones(2).to(torch.float8_e4m3fn)})
    assert "`a`" in refusal({"a": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])})
    assert "`weight`" in refusal(nn.LazyLinear(3).state_dict())
