"""``variants``: the config table."""

from __future__ import annotations

from dataclasses import dataclass

from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.notebook import ShownInNotebooks

SCHEMA = "resnet-inspect/variants/1"

_SHOWN_APART = frozenset({"name", "block", "stage_blocks", "shortcut"})


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One named variant.

    Attributes:
        name: what to type.
        config: all of its fields.
        differs: its fields that differ from the default, but for those with a column of their own, as
            ``field = value``.
        origin: where its figures come from.
    """

    name: str
    config: ResNetConfig
    differs: tuple[str, ...]
    origin: str


@dataclass(frozen=True)
class VariantsReport(ShownInNotebooks):
    """The variants that match a pattern, in the order of the table."""

    pattern: str
    variants: tuple[VariantRow, ...]


def variant_row(config: ResNetConfig, origin: str) -> VariantRow:
    """Set beside a variant what is particular to it."""
    defaults = ResNetConfig(block=config.block, stage_blocks=config.stage_blocks)
    differs = tuple(
        f"{field} = {_value(getattr(config, field))}"
        for field in ResNetConfig.model_fields
        if field not in _SHOWN_APART and getattr(config, field) != getattr(defaults, field)
    )
    return VariantRow(config.name, config, differs, origin)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)
