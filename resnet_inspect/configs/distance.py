"""The distance between two configs, field by field, and the variants that are closest to a config."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resnet_inspect.configs.arithmetic import figures
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.variants import variant, variant_names

_WEIGHTS: Mapping[str, float] = {
    "zero_init_last": 0.02,
    "input_size": 0.02,
    "num_classes": 0.02,
    "in_channels": 0.1,
    "head": 0.1,
}
"""Weights of the fields that hardly shape the network; all others have weight 1."""

_LEAST = 0.5
"""Cost of any difference, as a share of its field's weight; the rest grows with the ratio of the numbers."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field in which two configs differ.

    Attributes:
        field: its name.
        left, right: its values.
    """

    field: str
    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A variant, and its distance from a config.

    Attributes:
        config: the variant.
        distance: 0 if no field differs; a choice that differs adds 1, a number 0.5 to 1.
        fields: the fields that differ, the variant on the left.
    """

    config: ResNetConfig
    distance: float
    fields: tuple[FieldDifference, ...]


def closest(config: ResNetConfig, count: int, unknown: Collection[str] = ()) -> tuple[Neighbour, ...]:
    """Return the ``count`` variants closest to ``config``; of two at one distance, the more similar in size first.

    The fields in ``unknown`` do not count.
    """
    params = figures(config).params
    neighbours = (_neighbour(variant(name), config, unknown) for name in variant_names())
    by_distance = sorted(neighbours, key=lambda found: found.distance)
    if count < len(by_distance):
        # Figures are summed for those that may be shown, not for the whole table.
        limit = by_distance[count - 1].distance
        by_distance = [found for found in by_distance if found.distance <= limit]

    def order(found: Neighbour) -> tuple[float, float]:
        return found.distance, abs(math.log(figures(found.config).params / params))

    return tuple(sorted(by_distance, key=order)[:count])


def differences(left: ResNetConfig, right: ResNetConfig) -> tuple[FieldDifference, ...]:
    """Return the fields that differ, in the order of the schema.

    The name does not count, nor a field without effect on both sides, such as se_reduction without se.
    """
    without_effect = {"name"} | (set(_idle(left)) & set(_idle(right)))
    fields = (field for field in ResNetConfig.model_fields if field not in without_effect)
    pairs = ((field, _value(left, field), _value(right, field)) for field in fields)
    return tuple(FieldDifference(field, ours, theirs) for field, ours, theirs in pairs if ours != theirs)


def _value(config: ResNetConfig, field: str) -> Any:
    """Return a field's value, "basic" for ["basic", "basic"]."""
    value = getattr(config, field)
    return value[0] if field == "block" and isinstance(value, tuple) and len(set(value)) == 1 else value


def _idle(config: ResNetConfig) -> Iterator[str]:
    """Yield the fields that have no effect, given the others."""
    if "bottleneck" not in config.stage_kinds:
        yield "stride_in"
    if config.attention != "se":
        yield "se_reduction"
    if config.stem != "single":
        yield "stem_kernel"
    if config.stem_pool != "max" or config.anti_alias != "none":
        yield from ("stem_pool_padding", "stem_pool_ceil", "stem_pool_border")
    if config.shortcut in {"A", "none"}:
        yield from ("shortcut_kernel", "avg_down")
    elif config.avg_down:
        yield "shortcut_kernel"
    if config.head != "none" and not config.classifies:
        # There is neither a linear layer nor a convolution.
        yield "head"


def _neighbour(known: ResNetConfig, config: ResNetConfig, unknown: Collection[str]) -> Neighbour:
    fields = tuple(found for found in differences(known, config) if found.field not in unknown)
    distance = sum((_WEIGHTS.get(found.field, 1.0) * _cost(found.left, found.right) for found in fields), 0.0)
    return Neighbour(known, round(distance, 6), fields)


def _cost(left: Any, right: Any) -> float:
    return _LEAST + (1 - _LEAST) * _apart(left, right)


def _apart(left: Any, right: Any) -> float:
    """Return 0 for equal values to 1 for quite different ones; lists entry by entry, numbers by their ratio."""
    if left == right:
        return 0.0
    if isinstance(left, tuple) and isinstance(right, tuple):
        longer = max(len(left), len(right))
        missing = longer - min(len(left), len(right))
        return (missing + sum(map(_apart, left, right))) / longer
    if _is_size(left) and _is_size(right):
        return min(1.0, abs(math.log(left / right)))
    return 1.0


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
