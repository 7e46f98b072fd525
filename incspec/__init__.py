"""A compiler for convolutional network architectures: YAML in; graph, module, source, figures and report out.

    model = incspec.load("specs/inception_v4.yaml")
    model.module(), model.source(), model.report(), model.draw()

Nothing here imports torch; `Model.module` does.
"""

from .diagnostics import CompileError, Diagnostic
from .model import Model, load

__version__ = "0.1.0"

__all__ = ["CompileError", "Diagnostic", "Model", "__version__", "load"]
