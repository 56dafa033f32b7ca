"""Which values of a field give even channels: tried one by one, by the arithmetic of the config itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from pydantic import ValidationError

from resnet_inspect.config.schema import ResNetConfig

if TYPE_CHECKING:
    from resnet_inspect.config.positions import FieldPath

_FURTHEST = 512
"""How far from the field's own value: a stage's width that is a multiple of 512 is even at any base_width."""


def even_values(config: ResNetConfig, field: FieldPath, stages: Collection[int], divisor: int) -> tuple[int, ...]:
    """Return the nearest lower and the nearest higher value of a field with which its channels are even.

    Args:
        config: whose channels are not.
        field: a number that channels follow from; a list of lists, as in ``conv_widths``, has no nearest value.
        stages: those whose channels follow from it, from 0.
        divisor: by which all of them are to be divided.
    """
    own = _value(config, field)
    if not isinstance(own, int):
        return ()

    def first(values: Iterable[int]) -> list[int]:
        return [next((value for value in values if _is_even(config, field, value, stages, divisor)), 0)]

    lower = first(range(own - 1, max(own - _FURTHEST, 0), -1))
    higher = first(range(own + 1, own + _FURTHEST + 1))
    return tuple(value for value in (*lower, *higher) if value)


def _is_even(config: ResNetConfig, field: FieldPath, value: int, stages: Collection[int], divisor: int) -> bool:
    name, *index = field
    given = getattr(config, str(name))
    changed = tuple(value if [number] == index else entry for number, entry in enumerate(given)) if index else value
    other = config.model_copy(update={str(name): changed})
    if any(width % divisor for width in _widths(other, str(name), stages)):
        return False
    try:
        ResNetConfig.model_validate(other.model_dump())
    except ValidationError:  # groups that do not divide them, too many of them
        return False
    return True


def _widths(config: ResNetConfig, field: str, stages: Collection[int]) -> Iterator[int]:
    """The channels that follow from a field."""
    if field == "stem_width":
        yield from config.stem_widths
    for stage in stages:
        if field in {"stage_widths", "base_width"}:
            yield from config.block_widths(stage, 0)
        if field in {"stage_widths", "output_widths"}:
            yield config.stage_channels(stage)


def _value(config: ResNetConfig, field: FieldPath) -> object:
    name, *index = field
    value = getattr(config, str(name))
    return value[index[0]] if index and value is not None else value
