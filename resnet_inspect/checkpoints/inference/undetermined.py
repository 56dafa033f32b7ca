"""Fields of a config that names and shapes of weights do not determine, with the reason for each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from resnet_inspect.configs.block_shapes import block_shapes, squeezed_channels
from resnet_inspect.configs.schema import ResNetConfig


@dataclass(frozen=True, slots=True)
class UndeterminedField:
    """A field of a config that names and shapes do not determine.

    Attributes:
        field: its name.
        taken: the value that the inferred config assumes.
        because: why it cannot be read.
    """

    field: str
    taken: Any
    because: str


_NO_TRACE = "has no weights"
_WITHOUT_CLASSIFIER = (
    "there is no classifier, and a network with the last pool and one without it have the same weights"
)
_OF_VALUES = "concerns values, not names or shapes"


def undetermined(config: ResNetConfig, *, missing_head: bool) -> tuple[UndeterminedField, ...]:
    """Return the fields of an inferred config that its weights do not determine, in the order of the schema."""
    because = dict(_reasons(config))
    if missing_head:
        because["head"] = _WITHOUT_CLASSIFIER
    fields = (field for field in ResNetConfig.model_fields if field in because)
    return tuple(UndeterminedField(field, getattr(config, field), because[field]) for field in fields)


def _reasons(config: ResNetConfig) -> Iterator[tuple[str, str]]:
    yield "stage_strides", "a stride has no weights; only a projection can show that there is one"
    if "bottleneck" in config.stage_kinds:
        yield "stride_in", "names and shapes are the same either way"
    yield "output_stride", "dilation has no weights"
    yield "activation", f"an activation {_NO_TRACE}"
    yield "stem_stride", "a stride has no weights"
    yield "input_size", "the weights fit any size"
    yield "zero_init_last", _OF_VALUES
    yield from _of_pools(config)
    yield from _of_shortcuts(config)
    yield from _of_widths(config)
    if config.preact:
        yield "weight_standardized", _OF_VALUES
        yield "avg_down", f"a pool {_NO_TRACE}"


def _of_shortcuts(config: ResNetConfig) -> Iterator[tuple[str, str]]:
    same_weights = "have the same weights"
    projected = [shape.projection for shapes in block_shapes(config) for shape in shapes]
    if config.shortcut == "A":
        yield "shortcut", f"no block has a projection: option A and a network without shortcuts {same_weights}"
    elif config.shortcut == "B" and not any(projected):
        yield "shortcut", f"no block needs a projection: a network with shortcuts and one without {same_weights}"
    elif config.shortcut == "B" and all(projected):
        yield "shortcut", f"every block has a projection: options B and C {same_weights}"


def _of_widths(config: ResNetConfig) -> Iterator[tuple[str, str]]:
    if config.conv_widths is not None:
        yield "stage_widths", "the widths before pruning are not kept"
    elif "bottleneck" in config.stage_kinds and _ambiguous(config, "base_width", _inner_widths):
        yield "base_width", "it is rounded, and others give these widths too"
    if config.attention == "se" and _ambiguous(config, "se_reduction", _squeezed):
        yield "se_reduction", "what it gives is rounded to a multiple of 8, and others give these widths too"


def _ambiguous(config: ResNetConfig, field: str, effect: Callable[[ResNetConfig], tuple[int, ...]]) -> bool:
    """Return whether the next smaller or larger value has an equal effect; the effect is monotonic in the value."""
    number = getattr(config, field)
    others = (config.model_copy(update={field: other}) for other in (number - 1, number + 1) if other)
    return any(effect(other) == effect(config) for other in others)


def _inner_widths(config: ResNetConfig) -> tuple[int, ...]:
    return tuple(config.inner_width(stage) for stage in range(len(config.stage_blocks)))


def _squeezed(config: ResNetConfig) -> tuple[int, ...]:
    stages = range(len(config.stage_blocks))
    return tuple(squeezed_channels(config.stage_channels(stage), config.se_reduction) for stage in stages)


def _of_pools(config: ResNetConfig) -> Iterator[tuple[str, str]]:
    pool = f"a pool {_NO_TRACE}"
    if config.stem_pool != "conv":
        for field in ("stem_pool", "stem_pool_padding", "stem_pool_ceil"):
            yield field, pool
        if config.preact:
            yield "stem_pool_border", pool
        else:
            yield "anti_alias", "average pools have no weights, and a blur's are fixed"
    elif config.anti_alias != "none":
        yield "anti_alias", "the stem has a pool; whether it is an average or a blur cannot be seen"
