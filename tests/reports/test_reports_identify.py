"""What ``identify`` says in words."""

from __future__ import annotations

import pytest
from checkpoints.styled_names import tensors, without

from resnet_inspect.checkpoints.identify import identify
from resnet_inspect.checkpoints.records import Checkpoint, TensorInfo
from resnet_inspect.reports.identify import CANNOT_BE_READ, NO_CHOICE, identify_report


def report_of(shapes):
    infos = tuple(TensorInfo(name, shape, "float32") for name, shape in shapes.items())
    return identify_report(Checkpoint("w.pth", "torch", infos, "", {}, ()), identify(shapes))


@pytest.mark.parametrize(
    ("shapes", "verdict"),
    [
        (tensors("resnet50d"), ("equals resnet50d, and by its weights also resnetaa50d, resnetblur50d",)),
        (tensors("seresnet101"), ("equals seresnet101",)),
        (
            without(tensors("seresnet101"), "fc."),
            ("equals seresnet101", "the classifier is missing: these are the weights of a backbone"),
        ),
        (
            tensors("resnet50", in_channels=1, num_classes=10),
            (
                "no variant has these weights; the nearest is resnet50, but for 1 input channel in place of 3, 10 classes in place of 1,000",
            ),
        ),
        (
            tensors("resnet50", stage_widths=[32, 64, 128, 256]),
            (
                "no variant has these weights; the nearest is resnet50, but for widths [32, 64, 128, 256] in place of [64, 128, 256, 512]",
            ),
        ),
        (
            tensors("resnet50", attention="se", stem="deep"),
            ("no variant has these weights; the nearest is seresnet50, but for stem deep in place of single",),
        ),
        (
            {**tensors("resnet18"), "layer1.0.conv1.bias": (64,)},
            ("like resnet18, and not quite any ResNet that a config describes",),
        ),
    ],
)
def test_verdict(shapes, verdict):
    assert report_of(shapes).verdict == verdict


def test_what_differs_is_said_of_every_variant():
    report = report_of(tensors("resnet50", num_classes=10))
    assert {known.differs for known in report.variants if known.name.startswith("resnet50")} == {
        ("10 classes in place of 1,000",)
    }
    assert not any(known.equal for known in report.variants)


def test_placement():
    assert report_of(tensors("resnet34")).placement == NO_CHOICE
    assert report_of(tensors("resnet50")).placement.startswith(f"{CANNOT_BE_READ}; torchvision and timm")
