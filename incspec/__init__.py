"""A compiler for convolutional network architectures: YAML in; graph, module, source, figures and report out.

    model = incspec.load("specs/inception_v4.yaml")
    model.module(), model.source(), model.report(), model.draw()

    module = incspec.create("inception_v4", classes=10)

Nothing here imports torch; `Model.module` and `incspec.losses` do. The compiler itself is imported when a name is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import losses
    from .creation import create
    from .diagnostics import CompileError, Diagnostic, WeightsError
    from .limits import Limits
    from .loading import load
    from .model import Model

__version__ = "0.3.0"

__all__ = ["CompileError", "Diagnostic", "Limits", "Model", "WeightsError", "__version__", "create", "load", "losses"]

# Where names are defined that are not in `model`; a module of the same name would hide a function.
_HOMES = {
    "CompileError": "diagnostics",
    "Diagnostic": "diagnostics",
    "Limits": "limits",
    "WeightsError": "diagnostics",
    "create": "creation",
    "load": "loading",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "losses":
        return import_module(".losses", __name__)
    return getattr(import_module(f".{_HOMES.get(name, 'model')}", __name__), name)
