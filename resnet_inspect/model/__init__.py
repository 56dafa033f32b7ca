"""ResNetConfig -> nn.Module, with torchvision's module names."""

from resnet_inspect.model.build import build

__all__ = ["build"]
