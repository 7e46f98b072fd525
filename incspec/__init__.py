"""A compiler for convolutional network architectures: YAML in; graph, module, source, figures and report out.

    model = incspec.load("specs/inception_v4.yaml")
    model.module(), model.source(), model.report(), model.draw()

Nothing here imports torch; `Model.module` and `incspec.losses` do. The compiler itself is imported when a name is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import losses
    from .diagnostics import CompileError, Diagnostic, WeightsError
    from .model import Model, load

__version__ = "0.1.0"

__all__ = ["CompileError", "Diagnostic", "Model", "WeightsError", "__version__", "load", "losses"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "losses":
        return import_module(".losses", __name__)
    home = "diagnostics" if name in ("CompileError", "Diagnostic", "WeightsError") else "model"
    return getattr(import_module(f".{home}", __name__), name)
