"""What ``identify`` says in words."""

from __future__ import annotations

import pytest
from checkpoints.styled_names import tensors, without

from resnet_inspect.checkpoints.checkpoint import Checkpoint, TensorInfo
from resnet_inspect.checkpoints.identify import identify_checkpoint, identify_shapes
from resnet_inspect.commands.identify import identify_report
from resnet_inspect.commands.weights.file import CANNOT_BE_READ, NO_CHOICE


def report_of(shapes):
    infos = tuple(TensorInfo(name, shape, "float32") for name, shape in shapes.items())
    return identify_report(Checkpoint("w.pth", "torch", infos, "", {}, ()), identify_shapes(shapes))


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
                "no variant has these weights; the nearest is resnet50, except for 1 input channel instead of 3, 10 classes instead of 1,000",
            ),
        ),
        (
            tensors("resnet50", stage_widths=[32, 64, 128, 256]),
            (
                "no variant has these weights; the nearest is resnet50, except for widths [32, 64, 128, 256] instead of [64, 128, 256, 512]",
            ),
        ),
        (
            tensors("resnet50", attention="se", stem="deep"),
            ("no variant has these weights; the nearest is seresnet50, except for stem deep instead of single",),
        ),
        (
            {**tensors("resnet18"), "layer1.0.conv1.bias": (64,)},
            ("like resnet18, but not exactly any ResNet that a config describes",),
        ),
        (
            {
                **tensors("resnet18"),
                **{f"layer1.{n}.{name}": (1,) for n in (0, 1) for name in ("ca.fc.0.weight", "g.w")},
            },
            ("like resnet18, with something else inside the blocks: ca.fc.0, g",),
        ),
        (
            {
                name: shape
                for name, shape in tensors("resnet50", num_classes=9).items()
                if len(shape) == 4 or "fc" in name
            },
            (
                "like resnet50, except for 9 classes instead of 1,000, without its normalisation: it has no parameters, as InstanceNorm by default, or there is none",
            ),
        ),
        (
            {**without(tensors("seresnet101"), "fc."), "fc.1.weight": (7, 2048)},
            (
                "equals seresnet101",
                "no classifier that a config can describe; judging by its shape, this reads the features: fc.1 (2,048 → 7)",
            ),
        ),
    ],
)
def test_verdict(shapes, verdict):
    assert report_of(shapes).verdict == verdict


def test_what_differs_is_said_of_every_variant():
    report = report_of(tensors("resnet50", num_classes=10))
    assert {known.differs for known in report.variants if known.name.startswith("resnet50")} == {
        ("10 classes instead of 1,000",)
    }
    assert not any(known.equal for known in report.variants)


def test_placement():
    assert report_of(tensors("resnet34")).placement == NO_CHOICE
    assert report_of(tensors("resnet50")).placement.startswith(f"{CANNOT_BE_READ}; torchvision and timm")


def test_types_are_counted_and_further_nets_named():
    infos = tuple(
        TensorInfo(name, shape, "int64" if name.endswith("tracked") else "bfloat16")
        for name, shape in tensors("resnet18").items()
    )
    checkpoint = Checkpoint("w.pth", "torch", infos, "model", {}, (), ("model_ema.module.",))
    report = identify_report(checkpoint, identify_checkpoint(checkpoint))
    assert [(count.dtype, count.tensors) for count in report.file.dtypes] == [("bfloat16", 102), ("int64", 20)]
    assert report.beside == ("model_ema.module.",)


def test_a_classifier_that_was_not_read_is_not_called_missing():
    infos = tuple(TensorInfo(name, shape, "float32") for name, shape in without(tensors("resnet18"), "fc.").items())
    note = "1 tensor of a kind that is not read: fc._packed_params (quantized)"
    checkpoint = Checkpoint("w.pth", "torch", infos, "", {}, (note,))
    report = identify_report(checkpoint, identify_checkpoint(checkpoint))
    assert report.verdict[-1] == "the classifier is not among the tensors that were read"


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/moco.pth.tar", "moco"), ("w.pth", "w"), ("m.safetensors.index.json", "m"), ("net.v2.bin", "net.v2")],
)
def test_the_config_is_called_as_the_file_is(path, name):
    infos = tuple(TensorInfo(name, shape, "float32") for name, shape in tensors("resnet18").items())
    assert identify_checkpoint(Checkpoint(path, "torch", infos, "", {}, ())).inference.config.name == name
