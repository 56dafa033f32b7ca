"""ResNetConfig -> nn.Module, with torchvision's module names."""
