"""Values for the parameters of a model that leaves the meta device."""

from __future__ import annotations

from torch import nn


def initialise(model: nn.Module) -> None:
    """Give every parameter and buffer of ``model`` a value, in place.

    Convolutions: He et al.'s normal distribution over the fan-out, for ReLU; normalisations: weight 1, bias 0, mean 0,
    variance 1. Source: torchvision ``resnet.py``.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.Linear.reset_parameters(module)
        elif isinstance(module, nn.BatchNorm2d):
            nn.BatchNorm2d.reset_parameters(module)
