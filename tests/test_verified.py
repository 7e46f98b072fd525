"""Each spec that somebody else has written, too, held against theirs by `verify`, the weights mapped as it finds them.

Every run takes a few of them at a small size; `make nightly` takes all at their own sizes, in training mode too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec

import pytest

import incspec
from incspec.reading.files import shipped_specs
from incspec.runtime.comparison import Comparison


@dataclass(frozen=True)
class Reference:
    """A spec, and what gives somebody else's module."""

    spec: str
    against: str
    arguments: dict[str, object] = field(default_factory=dict)
    # A size for every run, where it is one of the sample.
    quick: int | None = None
    # The sizes that theirs accepts, if not any; and whether it accepts those in training mode, too.
    sizes: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.spec}-{self.against.rpartition('/')[2]}" + "".join(f"-{name}" for name in self.arguments)


def cadene(file: str) -> str:
    """A file of pretrainedmodels: the package as a whole needs more than torch."""
    package = find_spec("pretrainedmodels")
    assert package is not None
    assert package.submodule_search_locations
    return f"{package.submodule_search_locations[0]}/models/{file}.py:{file}"


# torchvision's own initialisation of these takes longer than all the rest, and is drawn over.
PLAIN = {"init_weights": False}
REFERENCES = (
    Reference("googlenet_tv", "torchvision:googlenet", PLAIN, quick=64),
    Reference("googlenet_tv", "torchvision:googlenet", PLAIN | {"aux_logits": False}),
    Reference("inception_v3", "torchvision:inception_v3", PLAIN),
    Reference("inception_v3", "torchvision:inception_v3", PLAIN | {"aux_logits": False}),
    Reference("inception_v3", "timm:inception_v3"),
    Reference("inception_v4_tf", "timm:inception_v4"),
    Reference("inception_v4_tf", cadene("inceptionv4"), {"num_classes": 1000, "pretrained": None}, sizes=(299,)),
    Reference("inception_resnet_v2_tf", "timm:inception_resnet_v2"),
    Reference("bn_inception", cadene("bninception"), {"pretrained": None}, sizes=(224,)),
    Reference("zoo/resnet50", "torchvision:resnet50"),
    Reference("zoo/densenet121", "torchvision:densenet121", quick=32),
    Reference("zoo/mobilenet_v2", "torchvision:mobilenet_v2", quick=32),
    Reference("zoo/efficientnet_b0", "torchvision:efficientnet_b0"),
    Reference("zoo/convnext_tiny", "torchvision:convnext_tiny"),
    Reference("zoo/xception", "timm:legacy_xception"),
    Reference("zoo/inception_next_tiny", "timm:inception_next_tiny"),
)


def check(reference: Reference, found: Comparison) -> None:
    assert found.equal, found.first
    assert found.ours == found.theirs
    assert all(run.our_macs == run.their_macs for run in found.runs)
    assert all(stage.output <= found.tolerance for run in found.runs for stage in run.stages)
    lacking = [note for note in found.notes if "auxiliary heads" not in note]
    assert lacking == []


def test_every_reference_is_of_a_spec_that_there_is() -> None:
    assert {reference.spec for reference in REFERENCES} <= shipped_specs().keys()
    assert len({reference.name for reference in REFERENCES}) == len(REFERENCES)


@pytest.mark.parametrize("reference", [each for each in REFERENCES if each.quick], ids=lambda each: each.name)
def test_a_sample_is_equal_in_both_modes_at_a_small_size(reference: Reference) -> None:
    assert reference.quick
    model = incspec.load(reference.spec)
    check(
        reference, model.verify(reference.against, arguments=reference.arguments, sizes=[reference.quick], train=True)
    )


@pytest.mark.nightly
@pytest.mark.parametrize("reference", REFERENCES, ids=lambda each: each.name)
def test_all_are_equal_in_both_modes_at_their_own_and_other_sizes(reference: Reference) -> None:
    model = incspec.load(reference.spec)
    found = model.verify(reference.against, arguments=reference.arguments, sizes=reference.sizes or None, train=True)
    check(reference, found)
    own = next(run for run in found.runs if run.shapes[0] == model.inputs[0].shape)
    assert (found.ours.eval, own.our_macs) == (model.params, model.macs)
    assert len(found.runs) == 2 if reference.sizes else 4
