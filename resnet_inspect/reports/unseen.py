"""What a model computes that no weights show: where it strides, and how its first pool reckons."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_inspect.anatomy.facts import Anatomy
from resnet_inspect.config.schema import ResNetConfig

_STRIDES = {"1x1": "v1: the first 1×1 convolution strides", "3x3": "v1.5: the 3×3 convolution strides"}
_NO_POOL = "its stem has no pool"


def unseen_in_config(config: ResNetConfig) -> tuple[str, ...]:
    """Say it of a model that is built from a config."""
    return tuple(_of_config(config))


def _of_config(config: ResNetConfig) -> Iterator[str]:
    if config.anti_alias != "none":
        yield f"a pool strides instead of a convolution (anti_alias = {config.anti_alias})"
    elif "bottleneck" in config.stage_kinds:
        yield _STRIDES[config.stride_in]
    if config.stem_pool == "max":
        yield _pool(config.stem_pool_padding, ceil=config.stem_pool_ceil)
    else:
        yield _NO_POOL


def unseen_in_anatomy(anatomy: Anatomy) -> tuple[str, ...]:
    """Say it of a model that has run."""
    return tuple(_of_anatomy(anatomy))


def _of_anatomy(anatomy: Anatomy) -> Iterator[str]:
    if anatomy.placement.version is not None:
        yield anatomy.placement.text
    pools = [layer for layer in anatomy.operations if layer.stage == "stem" and layer.pooling]
    if pools and "max_pool" in (pools[0].op or ""):
        yield _pool((pools[0].padding or (0,))[0], ceil=bool(pools[0].ceil_mode))
    elif not pools and anatomy.blocks:
        yield _NO_POOL


def _pool(padding: int, *, ceil: bool) -> str:
    padded = f"pads by {padding}" if padding else "does not pad"
    return f"its max pool {padded} and rounds {'up' if ceil else 'down'}"
