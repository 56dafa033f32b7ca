"""A stand-in for tests, and not timm: see README.md."""

from torch import nn

print("timm's stand-in is imported")  # noqa: T201  # as libraries do

_MODELS = ["resnet50", "seresnext50_32x4d"]


def is_model(name):
    return name in _MODELS


def list_models():
    return list(_MODELS)


def create_model(name, pretrained=True, in_chans=3, num_classes=1000):
    assert not pretrained, "weights would be fetched"
    net = nn.Sequential(nn.Conv2d(in_chans, 8, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, num_classes))
    net.pretrained_cfg = {"input_size": (3, 256, 288), "tag": name.partition(".")[2]}
    return net
