"""Identifiers of the printed source: what the spec calls things, as far as Python and torch leave the name free."""

from __future__ import annotations

import keyword
import re

# What a module of torch has already: a submodule of this name would hide it.
_MODULE_ATTRIBUTES = frozenset(
    [
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)
# What the printed source uses itself, as locals, imports or built-ins.
FORWARD_TAKEN = frozenset(("self", "torch", "nn", "F", "math"))
_TAKEN = FORWARD_TAKEN | {"range", "super", "int", "float", "bool", "str", "tuple", "l"}  # no `l`: PEP 8
# What a network with auxiliary heads has besides: its argument, its output in training, its method.
AUX, LOGITS, LOSS = "aux", "logits", "loss"
_HELPERS = frozenset(("ChannelLayerNorm", "DropPath", "LayerScale"))
CLASSES_TAKEN = _HELPERS | {"Tensor", "NamedTuple", "Callable", "Any", "None", "True", "False", "F"}


def readable(name: str) -> str:
    """A step's name without the numbers of turns in it: `residual.0_conv.then` is `residual_conv`."""
    return re.sub(r"\.(\d+|then)(?=[._]|$)", "", name).replace(".", "_")


def attribute(name: str) -> str:
    """A submodule's name."""
    plain = readable(name)
    return f"{plain}_" if keyword.iskeyword(plain) or plain in _MODULE_ATTRIBUTES else plain


def variable(name: str) -> str:
    """A parameter's or local's name."""
    plain = readable(name)
    return f"{plain}_" if keyword.iskeyword(plain) or plain in _TAKEN else plain


def class_name(title: str) -> str:
    """`inception_a` and `Inception-A` as `InceptionA`."""
    parts = re.findall(r"[A-Za-z0-9]+", title)
    joined = "".join(part[0].upper() + part[1:] for part in parts)
    if not joined or not joined[0].isalpha():
        joined = f"Net{joined}"
    return f"{joined}Module" if joined in CLASSES_TAKEN or keyword.iskeyword(joined) else joined


def unique(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken already; it is taken from then on."""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}{number}"
    taken.add(candidate)
    return candidate
