"""Infer the config of a network from its anatomy: names of modules and tensors do not matter.

What no field expresses is not looked at here: ``config_differences.py`` compares the network that the config builds
with the one that it was inferred from.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from resnet_inspect.anatomy.records import Anatomy, Block
from resnet_inspect.anatomy.shapes_by_structure import layout_of, main_convolutions, of_role, stages_of
from resnet_inspect.checkpoints.inference.infer import config_of, fields_of
from resnet_inspect.configs.block_shapes import UNLIMITED
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.words import STRIDE_IN
from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

_ACTIVATIONS = {
    "relu": "relu",
    "leaky_relu": "leaky_relu",
    "gelu": "gelu",
    "silu": "silu",
    "mish": "mish",
    "hardswish": "hard_swish",
}
"""ATen name -> the config's name."""

_KINDS = frozenset({"basic", "bottleneck"})

NEVER_SEEN = frozenset({"zero_init_last"})
"""Fields that no run shows."""


def infer_config(anatomy: Anatomy, *, standardised: bool = False) -> ResNetConfig:
    """Infer the config whose network has the blocks, widths and strides of another.

    Args:
        anatomy: anatomy of the network, from a forward that did not fail.
        standardised: ``True`` if its convolutions standardise their weights.

    Raises:
        RequestError: if no config describes it; the message says why.
    """
    try:
        return _inferred(anatomy, standardised=standardised)
    except RequestError as error:
        raise indescribable(anatomy, str(error)) from error


def indescribable(anatomy: Anatomy, why: str) -> RequestError:
    """Return the error for a network that no config describes."""
    return RequestError(f"no config describes {anatomy.model}: {sanitise(why)}")


def _inferred(anatomy: Anatomy, *, standardised: bool) -> ResNetConfig:
    _require_blocks(anatomy)
    stages = stages_of(anatomy)
    found = layout_of(anatomy)
    fields = fields_of(found, whole_stem=False)
    seen = {
        **_stem(fields, anatomy),
        **_placement(anatomy),
        **_strides(anatomy, stages),
        **_shortcut(anatomy, stages, preact=found.preact),
        **_activation(anatomy),
        **_head(anatomy),
    }
    name = sanitise(anatomy.model, 199) or "custom"
    standardised = standardised and found.preact
    return config_of(
        {**fields, **seen, "weight_standardized": standardised, "name": name, "input_size": anatomy.input_shape[2:]}
    )


def _require_blocks(anatomy: Anatomy) -> None:
    """Require blocks of images, one after another, each of a kind that a config has."""
    if len(anatomy.input_shape) != 4:
        raise RequestError("its input is not a batch of images")
    if not anatomy.blocks:
        raise RequestError(anatomy.placement.text if anatomy.undecided else "its data flow shows no blocks")
    for number, block in enumerate(anatomy.blocks, start=1):
        label = f"block {block.name or number}"
        if block.kind not in _KINDS or len(block.input_shape) != 4:
            kind = "without a convolution" if block.kind == "none" else block.kind
            raise RequestError(f"{label} is {kind}, neither basic (3x3-3x3) nor a bottleneck (1x1-3x3-1x1)")
        if not block.follows and number > 1:
            raise RequestError(f"{label} does not depend on the one before it")
        if not block.stride:
            raise RequestError(f"H and W grow in {label}")
    _require_one_number_of_groups(anatomy)


def _require_one_number_of_groups(anatomy: Anatomy) -> None:
    bottlenecks = (block for block in anatomy.blocks if block.kind == "bottleneck")
    inner = [main_convolutions(anatomy, block)[1] for block in bottlenecks]
    for layer in inner:
        if layer.groups != inner[0].groups:
            numbers = f"{inner[0].groups} in {inner[0].name}, {layer.groups} in {layer.name}"
            raise RequestError(f"the groups of its bottlenecks vary, which no config expresses: {numbers}")


def _stem(fields: Mapping[str, Any], anatomy: Anatomy) -> dict[str, Any]:
    layers = [layer for layer in anatomy.operations if layer.role == "stem"]
    strided = next((layer for layer in layers if layer.weighted), None)
    found: dict[str, Any] = {"stem_stride": strided.stride[0]} if strided and strided.stride else {}
    if fields.get("stem_pool") == "conv":
        return found
    pools = [layer for layer in layers if layer.pooling]
    if not pools:
        return {**found, "stem_pool": "none"}
    padded = any(layer.op in {"pad", "constant_pad_nd"} for layer in layers)
    found |= {"stem_pool": "max", "stem_pool_ceil": pools[0].ceil_mode}
    if "max_pool" in (pools[0].op or ""):
        found["stem_pool_padding"] = 1 if padded else min((pools[0].padding or (1,))[0], 1)
    return {**found, "stem_pool_border": "zeros" if padded and fields["preact"] else "none"}


def _placement(anatomy: Anatomy) -> dict[str, Any]:
    """Read the field for stride placement, or for the pools that reduce H and W after the convolution that would."""
    pools = {
        _spot(anatomy, block, number) for block in anatomy.blocks for number in block.main if _pools(anatomy, number)
    }
    version = anatomy.placement.version
    if len(pools) == 1:
        ((kind, behind),) = pools
        if behind:
            return {"anti_alias": kind}
    if pools or version == "other":
        raise RequestError(
            anatomy.placement.text if version == "other" else "the main branches of its blocks hold pools"
        )
    return {} if version is None else {"stride_in": STRIDE_IN[version]}


def _pools(anatomy: Anatomy, number: int) -> bool:
    return anatomy.operations[number].pooling


def _spot(anatomy: Anatomy, block: Block, number: int) -> tuple[str, bool]:
    """Return the kind of a pool, and whether it follows the block's first 3x3 convolution."""
    weighted = sum(anatomy.operations[n].weighted for n in block.main if n < number)
    kind = "avg" if "avg_pool" in (anatomy.operations[number].op or "") else "blur"
    return kind, weighted == (1 if block.kind == "basic" else 2)


def _strides(anatomy: Anatomy, stages: Sequence[Sequence[Block]]) -> dict[str, Any]:
    """Read the strides that the stages would have without dilation, and the output stride at which dilation begins."""
    dilations = [max(_dilation(anatomy, block) for block in stage) for stage in stages]
    before = [1, *dilations[:-1]]
    own = [stage[0].stride[0] for stage in stages]
    strides = tuple(step * now // then for step, now, then in zip(own, dilations, before, strict=True))
    if max(dilations) == 1:
        return {"stage_strides": strides, "output_stride": UNLIMITED}
    stem = anatomy.stem.stride if anatomy.stem else ()
    reduced = (stem[0] if stem else 1) * math.prod(own)
    if reduced not in {4, 8, 16}:
        raise RequestError(f"it dilates at an output stride of {reduced}; a config can at 4, 8 or 16")
    return {"stage_strides": strides, "output_stride": reduced}


def _dilation(anatomy: Anatomy, block: Block) -> int:
    return max(max(layer.dilation or (1,)) for layer in main_convolutions(anatomy, block))


def _shortcut(anatomy: Anatomy, stages: Sequence[Sequence[Block]], *, preact: bool) -> dict[str, Any]:
    """Read the option, and the kernel and pool of the projections."""
    kinds = {block.shortcut for block in anatomy.blocks}
    layers = [anatomy.operations[number] for block in anatomy.blocks for number in block.shortcut_layers]
    projections = [layer for layer in layers if layer.weighted]
    pooled = any(layer.pooling for layer in layers) and bool(projections)
    if preact:
        return {"shortcut": "B", "shortcut_kernel": 1, "avg_down": pooled}
    if not projections:
        option = "none" if kinds == {"none"} else "A" if "zero-pad" in kinds else "B"
        return {"shortcut": option, "shortcut_kernel": 1, "avg_down": False}
    everywhere = any(block.shortcut == "projection" for stage in stages for block in stage[1:])
    kernel = max(max(layer.kernel or (1,)) for layer in projections)
    return {
        "shortcut": "C" if everywhere else "B",
        "shortcut_kernel": kernel,
        "avg_down": pooled,
    }


def _head(anatomy: Anatomy) -> dict[str, Any]:
    """Read whether a network without a classifier ends with a pool, or with a mean over H and W."""
    if of_role(anatomy, "head"):
        return {}
    layers = (layer for layer in anatomy.operations if layer.role == "head")
    pooled = any(math.prod(layer.output_shape) < math.prod(layer.input_shape) for layer in layers)
    return {} if pooled else {"head": "none"}


def _activation(anatomy: Anatomy) -> dict[str, Any]:
    """Read the activation; of several, the most frequent one."""
    ops = (layer.op or "" for layer in anatomy.operations if layer.role in {"stem", "main"})
    found = Counter(_ACTIVATIONS[op] for op in ops if op in _ACTIVATIONS)
    return {"activation": found.most_common(1)[0][0]} if found else {}
