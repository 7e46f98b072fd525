"""Networks of the Inception family as others wrote them: who wrote which, and how to build it without dropout."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from references import import_torchvision_and_timm
from torch import Tensor, nn


def unchanged(output: Tensor) -> Tensor:
    return output


Build = Callable[[], nn.Module]


@dataclass(frozen=True)
class Other:
    """A spec under settings, and somebody else's module that computes the same."""

    spec: str
    build: Build
    settings: dict[str, object] = field(default_factory=dict)
    # Small sizes, and those at which floors, ceilings and odd lengths count; the first, in training.
    sizes: tuple[int, ...] = (75, 107)
    # What theirs does to the output and ours does not.
    after: Callable[[Tensor], Tensor] = unchanged
    # Their auxiliary heads, which stand before the classifier, and what these are called in the output, in our order.
    heads: dict[str, str] = field(default_factory=dict)
    # Whether it is compared in training, too; once for each spec is enough.
    trains: bool = True


def package_file(package: str, file: str) -> Path:
    """A file of an installed package, which is not imported for it."""
    found = find_spec(package)
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / file


def classes(path: Path) -> list[ast.ClassDef]:
    """The classes that a file defines."""
    return [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]


def class_of(package: str, file: str, name: str) -> type[nn.Module]:
    """A class of a file, run without what the file imports for downloads."""
    path = package_file(package, file)
    scope: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "os": os, "__name__": path.stem}
    exec(compile(ast.Module(list(classes(path)), []), str(path), "exec"), scope)
    found: type[nn.Module] = scope[name]
    return found


# The files of these implementations.
PYTHON = (
    ("torchvision", "models/googlenet.py"),
    ("torchvision", "models/inception.py"),
    ("timm", "models/inception_v3.py"),
    ("timm", "models/inception_v4.py"),
    ("timm", "models/inception_resnet_v2.py"),
    ("pretrainedmodels", "models/bninception.py"),
    ("pretrainedmodels", "models/inceptionv4.py"),
    ("pretrainedmodels", "models/inceptionresnetv2.py"),
    ("facenet_pytorch", "models/inception_resnet_v1.py"),
)


def torchvision_googlenet(**settings: Any) -> nn.Module:
    import_torchvision_and_timm()
    from torchvision.models import GoogLeNet

    return GoogLeNet(**{"aux_logits": False, "init_weights": False, "dropout": 0.0, "dropout_aux": 0.0} | settings)


def torchvision_inception_v3(**settings: Any) -> nn.Module:
    import_torchvision_and_timm()
    from torchvision.models import Inception3

    return Inception3(**{"aux_logits": False, "init_weights": False, "dropout": 0.0} | settings)


def timm_model(name: str) -> nn.Module:
    import_torchvision_and_timm()
    import timm

    module: nn.Module = timm.create_model(name, pretrained=False)
    return module


def cadene_bninception() -> nn.Module:
    module = class_of("pretrainedmodels", "models/bninception.py", "BNInception")()
    module.global_pool = nn.AdaptiveAvgPool2d(1)  # theirs is for 224x224 alone
    return module


def cadene_inceptionv4() -> nn.Module:
    module = class_of("pretrainedmodels", "models/inceptionv4.py", "InceptionV4")(num_classes=1000)
    module.avg_pool = nn.AdaptiveAvgPool2d(1)  # theirs is for 299x299 alone
    return module


def cadene_inceptionresnetv2() -> nn.Module:
    module = class_of("pretrainedmodels", "models/inceptionresnetv2.py", "InceptionResNetV2")(num_classes=1000)
    module.avgpool_1a = nn.AdaptiveAvgPool2d(1)  # theirs is for 299x299 alone
    return module


def facenet() -> nn.Module:
    return class_of("facenet_pytorch", "models/inception_resnet_v1.py", "InceptionResnetV1")(dropout_prob=0.0)


TRANSFORM = {"transform_input": True}
OTHERS = {
    "torchvision googlenet": Other("googlenet_tv", torchvision_googlenet, sizes=(33, 64)),
    "torchvision googlenet, transform_input": Other(
        "googlenet_tv", lambda: torchvision_googlenet(**TRANSFORM), TRANSFORM, sizes=(32,)
    ),
    "torchvision inception_v3": Other("inception_v3", torchvision_inception_v3),
    "torchvision inception_v3, transform_input": Other(
        "inception_v3", lambda: torchvision_inception_v3(**TRANSFORM), TRANSFORM, sizes=(75,), trains=False
    ),
    "torchvision googlenet, aux": Other(
        "googlenet_tv",
        lambda: torchvision_googlenet(aux_logits=True),
        {"dropout_aux": 0},
        sizes=(64,),
        heads={"aux1": "aux_logits1", "aux2": "aux_logits2"},
    ),
    "torchvision inception_v3, aux": Other(
        "inception_v3",
        lambda: torchvision_inception_v3(aux_logits=True),
        sizes=(299,),  # the least that the head takes
        heads={"AuxLogits": "aux_logits"},
    ),
    "timm inception_v3": Other("inception_v3", lambda: timm_model("inception_v3"), sizes=(75,), trains=False),
    "timm inception_v4": Other("inception_v4_tf", lambda: timm_model("inception_v4")),
    "timm inception_resnet_v2": Other("inception_resnet_v2_tf", lambda: timm_model("inception_resnet_v2")),
    "Cadene bninception": Other("bn_inception", cadene_bninception, sizes=(32, 96)),
    "Cadene inceptionv4": Other("inception_v4_tf", cadene_inceptionv4, sizes=(75,), trains=False),
    "Cadene inceptionresnetv2": Other("inception_resnet_v2_tf", cadene_inceptionresnetv2, sizes=(75,), trains=False),
    "facenet InceptionResnetV1": Other("inception_resnet_v1_facenet", facenet, after=F.normalize),
}
