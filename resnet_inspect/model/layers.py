"""The layers that blocks and stems are made of: torch's own, on the meta device and uninitialised.

They are of torch's classes, not of subclasses, because ``torch.fx`` takes a layer of torch alone as one step.

Meta tensors have no values to initialise, and the attempt is expensive: the first ``nn.init`` call on meta imports some
800 modules. ``build.py`` initialises a model when it is put on a real device.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_inspect.configs.schema import NORM_GROUPS, ResNetConfig
from resnet_inspect.model.prebuilt import prebuilt

META = "meta"


def conv2d(
    in_channels: int,
    out_channels: int,
    kernel: int,
    *,
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
    bias: bool = False,
    kind: type[nn.Conv2d] = nn.Conv2d,
) -> nn.Conv2d:
    """Return a convolution of the class ``kind`` whose padding keeps the size at stride 1."""
    padding = dilation * (kernel - 1) // 2
    return prebuilt(kind, in_channels, out_channels, kernel, stride, padding, dilation, groups, bias)


def conv1d(kernel: int) -> nn.Conv1d:
    """Return a 1-D convolution of one channel, without bias, that keeps the length."""
    return prebuilt(nn.Conv1d, 1, 1, kernel, padding=(kernel - 1) // 2, bias=False)


def linear(in_features: int, out_features: int) -> nn.Linear:
    """Return a linear layer."""
    return prebuilt(nn.Linear, in_features, out_features)


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Return a batch normalisation."""
    return prebuilt(nn.BatchNorm2d, channels)


def group_norm(channels: int) -> nn.GroupNorm:
    """Return a group normalisation with 32 groups."""
    return prebuilt(nn.GroupNorm, NORM_GROUPS, channels)


NORMS: dict[str, Callable[[int], nn.Module]] = {"batch": batch_norm, "group": group_norm}

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.01, inplace=True),
    "gelu": nn.GELU,
    "silu": lambda: nn.SiLU(inplace=True),
    "mish": lambda: nn.Mish(inplace=True),
    "hard_swish": lambda: nn.Hardswish(inplace=True),
}


def norm(config: ResNetConfig, channels: int) -> nn.Module:
    """Return the normalisation that ``config`` asks for."""
    return NORMS[config.norm](channels)


def activation(config: ResNetConfig) -> nn.Module:
    """Return the activation that ``config`` asks for."""
    return ACTIVATIONS[config.activation]()


class BlurPool2d(nn.Module):
    """A fixed 3x3 binomial blur with a stride and mirrored padding. It has no weights and no state_dict."""

    blur: Tensor

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.register_buffer("blur", torch.empty(channels, 1, 3, 3, device=META), persistent=False)

    def reset_buffers(self) -> None:
        """Set the blur's values: the outer product of (1, 2, 1) / 4 with itself."""
        line = torch.tensor([1.0, 2.0, 1.0], device=self.blur.device) / 4
        with torch.no_grad():
            self.blur.copy_((line[:, None] * line[None, :]).expand_as(self.blur))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, ceil(H / stride), ceil(W / stride))."""
        mirrored = functional.pad(x, (1, 1, 1, 1), mode="reflect")
        return functional.conv2d(mirrored, self.blur, stride=self.stride, groups=x.shape[1])


def anti_alias(config: ResNetConfig, channels: int, stride: int) -> nn.Module:
    """Return the pool or blur that halves H and W in place of a stride (arXiv:1904.11486)."""
    return nn.AvgPool2d(stride) if config.anti_alias == "avg" else BlurPool2d(channels, stride)
