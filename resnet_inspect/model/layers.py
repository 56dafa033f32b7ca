"""torch's own layers, made on the meta device and left uninitialised.

Meta tensors have no values to initialise, and asking for it is dear: the first ``nn.init`` call on meta imports
some 800 modules. ``initialise.py`` gives values when a model is put on a real device.
"""

from __future__ import annotations

from torch import nn

META = "meta"


class Conv2d(nn.Conv2d):
    """A convolution on the meta device whose padding keeps the size at stride 1."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel,
            stride=stride,
            padding=(kernel - 1) // 2,
            groups=groups,
            bias=bias,
            device=META,
        )

    def reset_parameters(self) -> None:
        """Leave the values alone: see the module's docstring."""


class Linear(nn.Linear):
    """A linear layer on the meta device."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features, device=META)

    def reset_parameters(self) -> None:
        """Leave the values alone: see the module's docstring."""


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation on the meta device."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, device=META)

    def reset_parameters(self) -> None:
        """Leave the values alone: see the module's docstring."""
