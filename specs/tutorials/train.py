"""Train a tutorial's network on images made on the spot: ten shapes in random places, sizes, angles and colours.

    python specs/tutorials/train.py                  # SimpleInception, in a minute or two on two cores
    python specs/tutorials/train.py --help

Nothing is downloaded, and the same seed gives the same images. What is trained is an ordinary `nn.Module`; incspec is
needed to build it, no longer to use it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from torch import Tensor, nn

import incspec
from incspec.losses import training_loss

TEST_IMAGES = 300
# Where a point belongs to the shape: x to the right, y down, the shape about as large as the unit circle.
SHAPES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "disc": lambda x, y: x**2 + y**2 < 0.8,
    "ring": lambda x, y: ((x**2 + y**2).sqrt() - 0.8).abs() < 0.2,
    "square": lambda x, y: torch.maximum(x.abs(), y.abs()) < 0.75,
    "frame": lambda x, y: (torch.maximum(x.abs(), y.abs()) - 0.7).abs() < 0.18,
    "triangle": lambda x, y: (y < 0.6) & (x.abs() < 0.55 * (y + 0.9)),
    "plus": lambda x, y: (torch.minimum(x.abs(), y.abs()) < 0.22) & (torch.maximum(x.abs(), y.abs()) < 0.95),
    "rows": lambda x, y: (torch.maximum(x.abs(), y.abs()) < 0.9) & (torch.sin(7 * y) > 0),
    "board": lambda x, y: (torch.maximum(x.abs(), y.abs()) < 0.9) & (torch.sin(5 * x) * torch.sin(5 * y) > 0),
    "moon": lambda x, y: (x**2 + y**2 < 0.9) & ((x - 0.5) ** 2 + y**2 > 0.6),
    "drop": lambda x, y: (x**2 + (y - 0.3) ** 2 < 0.35) | ((y < 0.3) & (x.abs() < 0.45 * (y + 0.95))),
}


@dataclass(frozen=True)
class Images:
    """Images as [N, 3, 32, 32], and which of `SHAPES` is on each."""

    pixels: Tensor
    labels: Tensor


def draw_images(count: int, size: int, generator: torch.Generator) -> Images:
    """Images of random shapes, in noise."""

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=generator)

    labels = torch.randint(len(SHAPES), (count,), generator=generator)
    angle, radius = uniform(-0.3, 0.3, count, 1, 1), uniform(0.5, 0.8, count, 1, 1)
    centre_x, centre_y = uniform(-0.15, 0.15, 2, count, 1, 1)
    line = torch.linspace(-1, 1, size)
    x, y = (line[None, None, :] - centre_x) / radius, (line[None, :, None] - centre_y) / radius
    x, y = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    inside = torch.stack([shape(x, y) for shape in SHAPES.values()])[labels, torch.arange(count)]
    ground, paint = uniform(0, 0.5, count, 3, 1, 1), uniform(0.5, 1, count, 3, 1, 1)
    pixels = torch.where(inside[:, None], paint, ground)
    return Images((pixels + 0.1 * torch.randn(pixels.shape, generator=generator) - 0.5) / 0.3, labels)


def accuracy(network: nn.Module, images: Images, batch: int = 100) -> float:
    """The share of images whose shape is recognised."""
    network.eval()
    with torch.inference_mode():
        right = sum(
            int((network(pixels).argmax(1) == labels).sum())
            for pixels, labels in zip(images.pixels.split(batch), images.labels.split(batch), strict=True)
        )
    return right / len(images.labels)


def train(network: nn.Module, images: Images, test: Images, *, epochs: int, batch: int, rate: float) -> list[float]:
    """Train with a progress bar, or a line for each epoch if nobody watches; the accuracy on `test` after each."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate)
    steps = math.ceil(len(images.labels) / batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, epochs * steps)
    reached: list[float] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[loss]}"), TimeElapsedColumn())
    console = Console()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        for epoch in range(1, epochs + 1):
            bar = progress.add_task(f"epoch {epoch}", total=steps, loss="")
            network.train()
            for chosen in torch.randperm(len(images.labels)).split(batch):
                loss = training_loss(network, network(images.pixels[chosen]), images.labels[chosen])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                progress.update(bar, advance=1, loss=f"loss {loss.item():.3f}")
            reached.append(accuracy(network, test))
            progress.update(bar, loss=f"accuracy {reached[-1]:.1%}")
            if not console.is_terminal:
                print(f"epoch {epoch}: loss {loss.item():.3f}, accuracy {reached[-1]:.1%}", flush=True)
    return reached


def _positive(text: str) -> int:
    """A whole number of at least 1."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> float:
    """Build, train and test; the accuracy after the last epoch."""
    parser = argparse.ArgumentParser(description="Train a network on ten shapes, drawn on the spot.")
    parser.add_argument("--spec", default="t2_simple_inception", help="a file or the name of a shipped spec")
    parser.add_argument("--epochs", type=_positive, default=3)
    parser.add_argument("--images", type=_positive, default=1000)
    parser.add_argument("--batch", type=_positive, default=20)
    parser.add_argument("--rate", type=float, default=5e-4, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    try:
        model = incspec.load(options.spec, params={"classes": len(SHAPES)})
    except incspec.CompileError as error:
        raise SystemExit(str(error)) from None
    size = model.inputs[0].shape[-1]
    if [each.shape for each in model.inputs] != [(3, size, size)]:
        parser.error(f"{model.name} does not take a square image of three colours")
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    images, test = (draw_images(count, size, generator) for count in (options.images, TEST_IMAGES))
    Console().print(f"{model.name}: {model.params:,} parameters, {options.images} images of {', '.join(SHAPES)}")
    network = model.module(seed=options.seed)
    return train(network, images, test, epochs=options.epochs, batch=options.batch, rate=options.rate)[-1]


if __name__ == "__main__":
    main()
