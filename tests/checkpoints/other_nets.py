"""Names and shapes of small nets that are almost ResNets, as people save them."""

from __future__ import annotations

from checkpoints.styled_names import tensors, without

NET = {"block": "bottleneck", "stage_blocks": [1, 2], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5}
SMALL = tensors(NET)


def with_inside(**found):
    """The net with further tensors in each block."""
    blocks = ("layer1.0", "layer2.0", "layer2.1")
    return {
        **SMALL,
        **{f"{block}.{name.replace('_', '.')}": shape for block in blocks for name, shape in found.items()},
    }


def folded():
    """As torch.fx's fuse leaves it: no normalisation, and a bias beside every convolution."""
    weights = {name: shape for name, shape in SMALL.items() if len(shape) == 4}
    biases = {name.replace("weight", "bias"): shape[:1] for name, shape in weights.items()}
    return {**weights, **biases, **{name: shape for name, shape in SMALL.items() if name.startswith("fc")}}


def without_norms():
    """As with nn.InstanceNorm2d, which has no parameters by default."""
    return {name: shape for name, shape in SMALL.items() if len(shape) == 4 or name.startswith("fc")}


def with_head(**found):
    """The net with another head."""
    return {**without(SMALL, "fc."), **{name.replace("_", "."): shape for name, shape in found.items()}}


def pruned():
    """As torch.nn.utils.prune leaves it: weight_orig and weight_mask in place of each weight."""
    found = {}
    for name, shape in SMALL.items():
        new = (f"{name}_orig", f"{name}_mask") if len(shape) == 4 else (name,)
        found |= dict.fromkeys(new, shape)
    return found


def weight_normed():
    """As torch.nn.utils.parametrizations.weight_norm leaves it."""
    found = {}
    for name, shape in SMALL.items():
        if len(shape) == 4:
            layer = name.removesuffix(".weight")
            found[f"{layer}.parametrizations.weight.original0"] = (shape[0], 1, 1, 1)
            found[f"{layer}.parametrizations.weight.original1"] = shape
        else:
            found[name] = shape
    return found


def clip_image_tower():
    """CLIP's ModifiedResNet: three convolutions with numbers for a stem, attention for a head."""
    deep = tensors({**NET, "stem": "deep_tiered", "avg_down": True})
    names = {
        "conv1.0": "conv1",
        "conv1.1": "bn1",
        "conv1.3": "conv2",
        "conv1.4": "bn2",
        "conv1.6": "conv3",
        "bn1": "bn3",
    }
    found = {}
    for name, shape in without(deep, "fc.").items():
        module, _, leaf = name.rpartition(".")
        theirs = (
            names.get(module, module).replace("downsample.1", "downsample.0").replace("downsample.2", "downsample.1")
        )
        found[f"visual.{theirs}.{leaf}"] = shape
    projections = {f"visual.attnpool.{part}_proj.weight": (64, 64) for part in "qkvc"}
    return {**found, **projections, "visual.attnpool.positional_embedding": (50, 64), "logit_scale": ()}


def behind(prefix, shapes):
    return {f"{prefix}{name}": shape for name, shape in shapes.items()}
