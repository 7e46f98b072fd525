"""Losses for training: `from incspec.losses import training_loss`. Imports torch."""

from .runtime.losses import Criterion, training_loss

__all__ = ["Criterion", "training_loss"]
