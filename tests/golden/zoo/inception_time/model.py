"""InceptionTime (arXiv:1909.04939).

Printed by incspec from inception_time.yaml; shapes in comments are those of an input of [N, 1, 500].
"""

import torch
from torch import Tensor, nn


class ConvBn(nn.Module):
    """Conv1d without bias, then BatchNorm1d."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(
            in_channels, out_channels, kernel_size=kernel_size, bias=False
        )
        self.bn = nn.BatchNorm1d(out_channels, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class Inception(nn.Module):
    """Inception, figure 2 of arXiv:1909.04939."""

    def __init__(self, in_channels: int, n: int) -> None:
        super().__init__()
        self.branch1_conv = (
            nn.Conv1d(in_channels, n, kernel_size=1, bias=False)
            if in_channels > 1
            else nn.Identity()
        )
        channels = n if in_channels > 1 else in_channels
        self.branch1_branch1 = nn.Conv1d(
            channels, n, kernel_size=40, padding="same", bias=False
        )
        self.branch1_branch2 = nn.Conv1d(
            channels, n, kernel_size=20, padding="same", bias=False
        )
        self.branch1_branch3 = nn.Conv1d(
            channels, n, kernel_size=10, padding="same", bias=False
        )
        self.branch2 = nn.Sequential(
            nn.MaxPool1d(3, stride=1, padding=1),
            nn.Conv1d(in_channels, n, kernel_size=1, bias=False),
        )
        self.batch_norm = nn.BatchNorm1d(4 * n, eps=0.001, momentum=0.01)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 500] -> [N, 128, 500]
        branch1 = self.branch1_conv(x)  # [N, C', 500]
        branch1 = torch.cat(
            [
                self.branch1_branch1(branch1),
                self.branch1_branch2(branch1),
                self.branch1_branch3(branch1),
            ],
            dim=1,
        )  # [N, 96, 500]
        x = torch.cat([branch1, self.branch2(x)], dim=1)  # [N, 128, 500]
        x = self.batch_norm(x)  # [N, 128, 500]
        return self.relu(x)


class Inceptions(nn.Module):
    """Inceptions, figure 1 of arXiv:1909.04939."""

    def __init__(self, in_channels: int, n: int) -> None:
        super().__init__()
        self.shortcut = ConvBn(in_channels, 4 * n, kernel_size=1)
        self.body = nn.Sequential(
            Inception(in_channels, n=n),
            Inception(4 * n, n=n),
            Inception(4 * n, n=n),
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:  # [N, C, 500] -> [N, 128, 500]
        x = self.shortcut(x) + self.body(x)  # [N, 128, 500]
        return self.relu(x)


class InceptionTime(nn.Module):
    """InceptionTime."""

    def __init__(self, classes: int = 2, n: int = 32) -> None:
        super().__init__()
        self.inceptions = nn.Sequential(
            Inceptions(1, n=n),
            Inceptions(4 * n, n=n),
        )
        self.linear = nn.Linear(4 * n, classes)

    def forward(self, x: Tensor) -> Tensor:  # [N, 1, 500] -> [N, 2]
        x = self.inceptions(x)  # [N, 128, 500]
        x = x.mean(dim=2)  # [N, 128]
        return self.linear(x)
