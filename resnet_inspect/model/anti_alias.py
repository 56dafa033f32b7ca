"""What halves H and W in place of a stride, so that high frequencies do not fold over (arXiv:1904.11486)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.layers import META


class BlurPool2d(nn.Module):
    """A fixed 3x3 binomial blur with a stride, on a mirrored border. It learns nothing, and has no state_dict."""

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
    """What ``config`` puts in place of ``stride``."""
    return nn.AvgPool2d(stride) if config.anti_alias == "avg" else BlurPool2d(channels, stride)
