"""Values for the parameters and buffers of a model that leaves the meta device."""

from __future__ import annotations

from torch import nn

from resnet_inspect.model.anti_alias import BlurPool2d
from resnet_inspect.model.blocks import ResidualBlock
from resnet_inspect.model.preact_blocks import PreactBlock


def initialise(model: nn.Module, *, zero_init_last: bool) -> None:
    """Give every parameter and buffer of ``model`` a value, in place.

    Convolutions: He et al.'s normal distribution over the fan-out, for ReLU; normalisations: weight 1, bias 0, mean 0,
    variance 1; with ``zero_init_last``, weight 0 for the last one of each block
    (pre-activation: the last convolution). Source: torchvision ``resnet.py``.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Conv1d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, BlurPool2d):
            module.reset_buffers()
        else:
            _reset_as_torch_does(module)
    if zero_init_last:
        for module in model.modules():
            _zero_last(module)


def _reset_as_torch_does(module: nn.Module) -> None:
    """Our layers leave ``reset_parameters`` out while they are on the meta device."""
    for kind in (nn.Linear, nn.BatchNorm2d, nn.GroupNorm):
        if isinstance(module, kind):
            kind.reset_parameters(module)  # type: ignore[arg-type]  # the kind is the one just asked for


def _zero_last(block: nn.Module) -> None:
    """Let a block start as the identity."""
    if isinstance(block, ResidualBlock):
        nn.init.zeros_(getattr(block, block.last_norm).weight)
    elif isinstance(block, PreactBlock):
        nn.init.zeros_(getattr(block, block.last_convolution).weight)
