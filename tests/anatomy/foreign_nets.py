"""Networks in other people's styles, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass

from subjects import detectron, kuangliu, lua_torch, mobile, odd, openmmlab, skips, split, unlike


@dataclass(frozen=True)
class Known:
    """What is expected. Layers are weighted ones; ``strided`` are the layers of main branches that stride."""

    depth: int
    stages: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    shortcuts: str = ""
    on_shortcuts: int = 0
    in_gates: int = 0
    parallel: int = 0
    version: str | None = None
    strided: tuple[str, ...] = ()


I, P, Z, N, O = "identity", "projection", "zero-pad", "none", "other"  # noqa: E741
LETTERS = {I: "i", P: "p", Z: "z", N: "n", O: "o"}
BASIC, NECK, FOUR = ("basic",), ("bottleneck",), (2, 2)
SCALES = "1x1-3x3-3x3-3x3-1x1"

SUBJECTS = {
    "Detectron2, STRIDE_IN_1X1": (
        detectron.Backbone(stride_in_1x1=True),
        Known(1 + 3 * 4, FOUR, NECK, "pipi", 2, version="v1", strided=("res3.0.conv1",)),
    ),
    "Detectron2, stride in the 3x3": (
        detectron.Backbone(stride_in_1x1=False, wanted=("res3",)),
        Known(1 + 3 * 4, FOUR, NECK, "pipi", 2, version="v1.5", strided=("res3.0.conv2",)),
    ),
    "OpenMMLab, caffe": (
        openmmlab.ResNet("caffe"),
        Known(13, (2, 1, 1), NECK, "pipp", 3, version="v1", strided=("layer2.0.conv1", "layer3.0.conv1")),
    ),
    "OpenMMLab, pytorch, checkpointed": (
        openmmlab.ResNet("pytorch", out_indices=(0, 2), checkpointed=True),
        Known(13, (2, 1, 1), NECK, "pipp", 3, version="v1.5", strided=("layer2.0.conv2", "layer3.0.conv2")),
    ),
    "Lua Torch, type B": (lua_torch.resnet("B"), Known(10, FOUR, BASIC, "iipi", 1, strided=("4.0.0.0.0",))),
    "Lua Torch, type A": (lua_torch.resnet("A"), Known(10, FOUR, BASIC, "iizi", strided=("4.0.0.0.0",))),
    "CIFAR, basic": (
        kuangliu.Net(kuangliu.BasicBlock),
        Known(12, (2, 2, 1), BASIC, "iipip", 2, strided=("layer2.0.conv1", "layer3.0.conv1")),
    ),
    "CIFAR, pre-activation": (
        kuangliu.Net(kuangliu.PreActBlock),
        Known(12, (2, 2, 1), BASIC, "iipip", 2, strided=("layer2.0.conv1", "layer3.0.conv1")),
    ),
    "CIFAR, pre-activation, bottlenecks": (
        kuangliu.Net(kuangliu.PreActBottleneck),
        Known(17, (2, 2, 1), NECK, "pipip", 3, version="v1.5", strided=("layer2.0.conv2", "layer3.0.conv2")),
    ),
    "Res2Net": (
        split.res2net(),
        Known(
            1 + (3 + 5) + (3 + 5) + 1,
            FOUR,
            (SCALES,),
            "iipi",
            1,
            parallel=4,
            version="v1.5",
            strided=(*(f"2.0.conv2.convs.{number}" for number in range(3)), "2.0.conv2.pool"),
        ),
    ),
    "SKNet": (
        split.sknet(),
        Known(
            14, FOUR, ("1x1-3x3-3x3-1x1",), "iipi", 1, 8, 4, version="v1.5", strided=("2.0.conv2.near", "2.0.conv2.far")
        ),
    ),
    "ResNeSt": (
        split.resnest(),
        Known(14, FOUR, NECK, "iipi", 1, 8, version="other", strided=("2.0.conv2.pool",)),
    ),
    "RegNetY": (
        split.regnet(),
        Known(14, FOUR, NECK, "iipi", 1, 8, version="v1.5", strided=("2.0.conv2.conv",)),
    ),
    "MobileNetV2, flat": (
        mobile.flat(),
        Known(
            2 + 2 + 3 * 5 + 2,
            (1, 2, 2, 1),
            ("3x3-1x1", "bottleneck"),
            "nninin",
            version="v1.5",
            strided=("0.2.conv.1.0", "0.4.conv.1.0"),
        ),
    ),
    "MobileNet, a list of stages": (
        mobile.Nested(5),
        Known(
            1 + 2 + 3 * 3 + 2,
            (1, 2, 1),
            ("3x3-1x1", "1x1-5x5-1x1"),
            "nnin",
            version="v1.5",
            strided=("blocks.1.0.conv.1.0",),
        ),
    ),
    "MobileNetV1": (mobile.without_shortcuts(), Known(7)),
    "VGG": (unlike.vgg(), Known(4)),
    "DenseNet": (unlike.densenet(), Known(1 + 2 * 5 + 1 + 1)),
    "Inception": (unlike.inception(), Known(1 + 2 * 2 + 1, parallel=4)),
    "ConvNeXt": (unlike.convnext(), Known(1 + 3 * 4 + 1 + 1, FOUR, ("7x7",), "iiii")),
    "U-Net": (skips.UNet(residual=False), Known(2 * 5 + 2 + 1)),
    "U-Net of residual blocks": (
        skips.UNet(residual=True),
        Known(2 * 5 + 2 + 1, (1, 1, 1, 1, 1), BASIC, "ppppp", 5),
    ),
    "feature pyramid": (
        skips.Pyramid(),
        Known(1 + 12 + 2, (2, 2, 2), BASIC, "iipipi", 2, parallel=4, strided=("body.layer2.0.a", "body.layer3.0.a")),
    ),
    "auxiliary head, early": (
        skips.Auxiliary(early=True),
        Known(1 + 12 + 1, (2, 2, 2), BASIC, "iipipi", 2, parallel=2, strided=("body.layer2.0.a", "body.layer3.0.a")),
    ),
    "auxiliary head, late": (
        skips.Auxiliary(early=False),
        Known(1 + 12 + 1, (2, 2, 2), BASIC, "iipipi", 2, parallel=2, strided=("body.layer2.0.a", "body.layer3.0.a")),
    ),
    "residual within residual": (skips.LongSkip(), Known(1 + 8 + 2, (4,), BASIC, "iiii")),
    "two resolutions": (skips.Streams(), Known(1 + 1 + 4 + 1, FOUR, BASIC, "iiii", parallel=5)),
    "weights of its own": (odd.Net(odd.OwnWeights()), Known(4, (1,), BASIC, "i")),
    "one convolution twice": (odd.Net(odd.SharedConvolution()), Known(4, (1,), BASIC, "i")),
    "stochastic depth": (odd.Net(odd.Dropped()), Known(4, (1,), BASIC, "i")),
    "added to a part": (odd.Net(odd.PartlyAdded(), out=12), Known(4)),
    "small skips inside": (odd.Net(odd.InnerSkips()), Known(1 + 5 + 1, (1,), ("3x3-1x1-3x3-1x1-3x3",), "i")),
    "a block that enlarges": (odd.Net(odd.Enlarges()), Known(1 + 3 + 1, (1,), ("1x1-2x2-1x1",), "p", 1)),
    "written into zeros": (odd.Net(odd.WritesZeros(), out=16), Known(4, (1,), BASIC, "z")),
    "every second pixel": (odd.Net(odd.Strided(pooled=False)), Known(4, (1,), BASIC, "o", strided=("body.0.a",))),
    "a pool for a shortcut": (odd.Net(odd.Strided(pooled=True)), Known(4, (1,), BASIC, "o", strided=("body.0.a",))),
    "a gate that adds": (odd.Net(odd.ChannelAttention()), Known(2, in_gates=4)),
    "a gate between blocks": (
        odd.Net(odd.Dropped(), odd.ChannelAttention(), odd.Dropped()),
        Known(6, (2,), BASIC, "ii", in_gates=4),
    ),
}
