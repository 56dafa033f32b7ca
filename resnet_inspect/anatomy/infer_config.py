"""Infer the config that describes any network.

Names and shapes of its weights give the widths, blocks and stem; its anatomy gives the fields that they do not
determine: strides, pools, activation.
"""

import math
from collections.abc import Sequence
from typing import Any

from resnet_inspect.anatomy.records import Anatomy, Block
from resnet_inspect.checkpoints.identify import explained
from resnet_inspect.checkpoints.inference.infer import Inference
from resnet_inspect.checkpoints.inference.layout import Shapes
from resnet_inspect.checkpoints.translate import Translation, translations
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


def infer_config(tensors: Shapes, anatomy: Anatomy) -> ResNetConfig:
    """Infer the config that describes a network.

    Weight standardisation and initial values are not recognised.

    Args:
        tensors: name -> shape, as in its state_dict, in any known style.
        anatomy: anatomy of the same network, from a forward that did not fail.

    Raises:
        RequestError: if no config describes it.
    """
    translation, inference = _explained(tensors, anatomy)
    config = inference.config
    if unexplained := len(tensors) - len(translation.names):
        first = sanitise(next(name for name in tensors if name not in translation.names))
        raise _indescribable(anatomy, f"{unexplained:,} of its tensors are not part of a ResNet; the first is {first}")
    if inference.mismatches:
        first = inference.mismatches[0].name
        raise _indescribable(anatomy, f"{len(inference.mismatches)} tensors differ; the first is {first}")
    firsts = [block for block in anatomy.blocks if block.index == 0]
    if len(firsts) != len(config.stage_blocks) or len(anatomy.blocks) != sum(config.stage_blocks):
        shown = f"{len(anatomy.blocks)} blocks in {len(firsts)} stages"
        raise _indescribable(anatomy, f"its data flow shows {shown}, its names {sum(config.stage_blocks)}")
    seen = {
        **_stem(config, anatomy),
        **_placement(anatomy),
        **_strides(anatomy, firsts),
        **_shortcut(config, anatomy),
        **_activation(anatomy),
        **_head(config, anatomy),
    }
    name = sanitise(anatomy.model, 199) or config.name
    size = tuple(anatomy.input_shape[-2:])
    return ResNetConfig.model_validate({**dict(config), **seen, "name": name, "input_size": size})


def _explained(tensors: Shapes, anatomy: Anatomy) -> tuple[Translation, Inference]:
    if not anatomy.blocks:
        raise _indescribable(anatomy, "its data flow shows no blocks")
    if not translations(tuple(tensors)):
        some = ", ".join(sanitise(name, 60) for name in list(tensors)[:3])
        raise _indescribable(anatomy, f"its tensor names follow no known style; they begin with {some}")
    try:
        return explained(tensors)
    except RequestError as error:
        raise _indescribable(anatomy, str(error)) from error


def _indescribable(anatomy: Anatomy, why: str) -> RequestError:
    return RequestError(f"no config describes {anatomy.model}: {why}")


def _stem(config: ResNetConfig, anatomy: Anatomy) -> dict[str, Any]:
    layers = [layer for layer in anatomy.operations if layer.stage == "stem"]
    strided = next((layer for layer in layers if layer.weighted), None)
    fields: dict[str, Any] = {"stem_stride": strided.stride[0]} if strided and strided.stride else {}
    if config.stem_pool == "conv":
        return fields
    pools = [layer for layer in layers if layer.pooling]
    if not pools:
        return {**fields, "stem_pool": "none"}
    padded = any(layer.op in {"pad", "constant_pad_nd"} for layer in layers)
    fields |= {"stem_pool": "max", "stem_pool_ceil": pools[0].ceil_mode}
    if "max_pool" in (pools[0].op or ""):
        fields["stem_pool_padding"] = 1 if padded else (pools[0].padding or (1,))[0]
    return {**fields, "stem_pool_border": "zeros" if padded and config.preact else "none"}


def _placement(anatomy: Anatomy) -> dict[str, Any]:
    """Read the field for stride placement, or for the pools that reduce H and W instead of strides."""
    smoothing = [
        layer for layer in anatomy.layers if layer.pooling and layer.role == "main" and layer.block is not None
    ]
    if smoothing:
        return {"anti_alias": "avg" if "avg_pool" in (smoothing[0].op or "") else "blur"}
    version = anatomy.placement.version
    if version is None:
        return {}
    if version == "other":
        raise _indescribable(anatomy, anatomy.placement.text)
    return {"stride_in": STRIDE_IN[version]}


def _strides(anatomy: Anatomy, firsts: Sequence[Block]) -> dict[str, Any]:
    """Read the strides that the stages would have without dilation, and the output stride at which dilation begins."""
    if not all(block.stride for block in firsts) or (anatomy.stem and not anatomy.stem.stride):
        raise _indescribable(anatomy, "H and W grow in it")
    dilations = [_dilation(anatomy, stage.name) for stage in anatomy.stages]
    before = [1, *dilations[:-1]]
    strides = [block.stride[0] * now // then for block, now, then in zip(firsts, dilations, before, strict=True)]
    if max(dilations) == 1:
        return {"stage_strides": tuple(strides), "output_stride": UNLIMITED}
    reduced = (anatomy.stem.stride[0] if anatomy.stem else 1) * math.prod(block.stride[0] for block in firsts)
    return {"stage_strides": tuple(strides), "output_stride": reduced}


def _dilation(anatomy: Anatomy, stage: str) -> int:
    layers = (layer for layer in anatomy.layers if layer.stage == stage and layer.role == "main" and layer.weighted)
    return max((max(layer.dilation) for layer in layers if layer.dilation), default=1)


def _shortcut(config: ResNetConfig, anatomy: Anatomy) -> dict[str, Any]:
    kinds = {block.shortcut for block in anatomy.blocks}
    if kinds == {"none"}:
        return {"shortcut": "none"}
    if "zero-pad" in kinds:
        return {"shortcut": "A"}
    pooled = any(anatomy.operations[n].pooling for block in anatomy.blocks for n in block.shortcut_layers)
    return {"avg_down": pooled} if config.preact else {}


def _head(config: ResNetConfig, anatomy: Anatomy) -> dict[str, Any]:
    """Read the head of a network without a classifier: a pool or mean over H and W, or none."""
    if config.classifies:
        return {}
    layers = (layer for layer in anatomy.operations if layer.role == "head")
    pooled = any(math.prod(layer.output_shape) < math.prod(layer.input_shape) for layer in layers)
    return {"head": config.head if pooled else "none"}


def _activation(anatomy: Anatomy) -> dict[str, Any]:
    found = {layer.op for layer in anatomy.operations if layer.role in {"stem", "main"}}
    named = {_ACTIVATIONS[op.rstrip("_")] for op in found if op and op.rstrip("_") in _ACTIVATIONS}
    if len(named) > 1:
        raise _indescribable(anatomy, f"it has several activations: {', '.join(sorted(named))}")
    return {"activation": named.pop()} if named else {}
