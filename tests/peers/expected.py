"""What a network's own arguments say of it, by the definitions in the papers: plain arithmetic, no module is looked at."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from itertools import groupby

V1, V15, OTHER, NONE = "v1", "v1.5", "other", "none"


@dataclass(frozen=True)
class Facts:
    """Depth, blocks per stage, convolutions on shortcuts, and which convolution of a bottleneck strides."""

    depth: int
    blocks: tuple[int, ...]
    shortcuts: int
    placement: str


def bound(made, arguments):
    """Arguments with the defaults of the class that they are for."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(made.__init__).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    return {**defaults, **arguments}


def projections(widths, stem, strides):
    """A stage's first block needs a convolution on its shortcut where channels or size change."""
    before = (stem, *widths[:-1])
    return sum(one != two or stride > 1 for one, two, stride in zip(before, widths, strides, strict=True))


def usual_strides(stages):
    return (1, *[2] * (stages - 1))


# --- timm ---


def timm_resnet(made, arguments):
    """ResNet, and what others build of it with blocks of their own: Res2Net, ResNeSt, SKNet."""
    given = bound(made, arguments)
    layers, options = tuple(given["layers"]), given["block_args"] or {}
    blocks = given["block"] if isinstance(given["block"], (list, tuple)) else [given["block"]] * len(layers)
    bottleneck = [block.expansion > 1 for block in blocks]
    per_stage = [count * (3 if wide else 2) for count, wide in zip(layers, bottleneck, strict=True)]
    if blocks[0].__name__ == "Bottle2neck":
        # Three 1x1-3x3-1x1 in a stage's first block, whose 3x3 run side by side; in a row in the others.
        per_stage = [3 + (count - 1) * (2 + max(1, options["scale"] - 1)) for count in layers]
    deep = "deep" in given["stem_type"]
    stem = (3 if deep else 1) + bool(given["replace_stem_pool"])
    stem_width = 2 * given["stem_width"] if deep else 64
    widths = [width * block.expansion for width, block in zip(given["channels"], blocks, strict=True)]
    strides = usual_strides(len(layers))
    striding = any(wide and stride > 1 for wide, stride in zip(bottleneck, strides, strict=True))
    pooled = given["aa_layer"] is not None or options.get("avd", False)
    placement = NONE if not striding else OTHER if pooled else V15
    return Facts(stem + sum(per_stage) + 1, layers, projections(widths, stem_width, strides), placement)


def timm_resnetv2(made, arguments):
    given = bound(made, arguments)
    layers = tuple(given["layers"])
    stem = 3 if given["stem_type"] in {"deep", "deep_fixed", "deep_same", "tiered"} else 1
    widths = [width * given["width_factor"] for width in given["channels"]]
    shortcuts = projections(widths, given["stem_chs"] * given["width_factor"], usual_strides(len(layers)))
    inside = sum(layers) * (2 if given["basic"] else 3)
    return Facts(stem + inside + 1, layers, shortcuts, NONE if given["basic"] else V15)


def timm_senet(made, arguments):
    given = bound(made, arguments)
    layers, block = tuple(given["layers"]), given["block"]
    basic = block.expansion == 1
    widths = [width * block.expansion for width in (64, 128, 256, 512)]
    stem = 3 if given["input_3x3"] else 1
    placement = NONE if basic else V1 if block.__name__ == "SEResNetBottleneck" else V15
    shortcuts = projections(widths, given["inplanes"], usual_strides(len(layers)))
    return Facts(stem + sum(layers) * (2 if basic else 3) + 1, layers, shortcuts, placement)


def regnet_blocks(depth, w0, wa, wm):
    """Blocks per stage by the RegNet paper's equations 2 to 4: runs of equal width, in multiples of 8."""
    widths = [round(w0 * wm ** round(math.log(1 + wa * block / w0) / math.log(wm)) / 8) for block in range(depth)]
    return tuple(len(list(run)) for _, run in groupby(widths))


def timm_regnet(config):
    """Every stage strides, so that each has one projection; RegNetZ has none, and a last convolution."""
    blocks = regnet_blocks(config.depth, config.w0, config.wa, config.wm)
    depth = 1 + 3 * config.depth + bool(config.num_features) + 1
    return Facts(depth, blocks, len(blocks) if config.downsample else 0, V15)


# --- torchvision ---


def torchvision_resnet(block, layers):
    basic = block.expansion == 1
    widths = [width * block.expansion for width in (64, 128, 256, 512)]
    shortcuts = projections(widths, 64, usual_strides(len(layers)))
    return Facts(2 + sum(layers) * (2 if basic else 3), tuple(layers), shortcuts, NONE if basic else V15)


def torchvision_regnet(parameters):
    return Facts(2 + 3 * sum(parameters.depths), tuple(parameters.depths), len(parameters.depths), V15)


# --- transformers ---


def transformers_resnet(config, *, stem=1, head=1, always_projected=False):
    """``always_projected``: a stage's first basic block has a projection though nothing changes (RT-DETR)."""
    basic = config.layer_type == "basic"
    depths = tuple(config.depths)
    first = 2 if config.downsample_in_first_stage else 1
    shortcuts = projections(config.hidden_sizes, config.embedding_size, (first, *[2] * (len(depths) - 1)))
    if always_projected and basic:
        shortcuts = len(depths)
    placement = NONE if basic else V1 if config.downsample_in_bottleneck else V15
    return Facts(stem + sum(depths) * (2 if basic else 3) + head, depths, shortcuts, placement)


def transformers_regnet(config):
    return Facts(2 + 3 * sum(config.depths), tuple(config.depths), len(config.depths), V15)


def transformers_bit(config):
    """A projection at the start of every stage; ``width_factor`` does not change that."""
    return Facts(2 + 3 * sum(config.depths), tuple(config.depths), len(config.depths), V15)


def transformers_convnext(config):
    """A 7x7 and two 1x1 in a block; the stride is between the stages, in a convolution of its own."""
    depths = tuple(config.depths)
    return Facts(1 + 3 * sum(depths) + len(depths) - 1 + 1, depths, 0, NONE)
