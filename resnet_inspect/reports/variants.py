"""``variants``: the config table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, get_args

from resnet_inspect.arguments import choice, number
from resnet_inspect.config.arithmetic import figures
from resnet_inspect.config.schema import BlockKind, ResNetConfig
from resnet_inspect.notebook import ShownInNotebooks

SCHEMA = "resnet-inspect/variants/1"

_SHOWN_APART = frozenset({"name", "block", "stage_blocks", "shortcut"})


Order = Literal["name", "depth", "params", "macs"]


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One named variant.

    Attributes:
        name: what to type.
        depth: weighted layers on the main branches.
        params: learned parameters.
        macs: multiply-accumulates for one image of ``input_size``.
        input_size: height and width.
        config: all of its fields.
        differs: its fields that differ from the default, but for those with a column of their own, as
            ``field = value``.
        published: the published models that it equals tensor by tensor, e.g. ``timm:resnet50``.
        origin: where its figures come from.
    """

    name: str
    depth: int
    params: int
    macs: int
    input_size: tuple[int, ...]
    config: ResNetConfig
    differs: tuple[str, ...]
    published: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which variants to list, and in which order.

    Attributes:
        block: those with such blocks in any stage.
        max_params: those with at most so many parameters.
        max_macs: those with at most so many multiply-accumulates.
        order: by what they are sorted, smallest first; the order of the table by default.
    """

    block: BlockKind | None = None
    max_params: int | None = None
    max_macs: int | None = None
    order: Order | None = None

    def __post_init__(self) -> None:
        """Check all of it.

        Raises:
            WrongTypeError: if something is of a type that it cannot have.
            RequestError: if there is no such block or order.
        """
        for name, choices in (("block", get_args(BlockKind)), ("order", get_args(Order))):
            if getattr(self, name) is not None:
                choice(name, getattr(self, name), choices)
        for name in ("max_params", "max_macs"):
            if getattr(self, name) is not None:
                number(name, getattr(self, name))

    def takes(self, row: VariantRow) -> bool:
        """Whether a variant is among those that are wanted."""
        return (
            (self.block is None or self.block in row.config.stage_kinds)
            and (self.max_params is None or row.params <= self.max_params)
            and (self.max_macs is None or row.macs <= self.max_macs)
        )


@dataclass(frozen=True)
class VariantsReport(ShownInNotebooks):
    """The variants that match a pattern.

    Attributes:
        pattern: what was asked for.
        variants: in the order of the table, or as they were to be sorted.
    """

    pattern: str
    variants: tuple[VariantRow, ...]


def variants_report(pattern: str, rows: Iterable[VariantRow], wanted: Wanted = Wanted()) -> VariantsReport:
    """Pick and sort variants, which come in the order of the table."""
    picked = [row for row in rows if wanted.takes(row)]
    if wanted.order:
        # Python keeps the order of the table among equals.
        picked.sort(key=attrgetter(wanted.order))
    return VariantsReport(pattern, tuple(picked))


def variant_row(config: ResNetConfig, origin: str, published: tuple[str, ...]) -> VariantRow:
    """Set beside a variant what it amounts to, and what is particular to it."""
    found = figures(config)
    return VariantRow(
        name=config.name,
        depth=found.depth,
        params=found.params,
        macs=found.macs,
        input_size=config.input_size,
        config=config,
        differs=tuple(_differs(config)),
        published=published,
        origin=origin,
    )


def _differs(config: ResNetConfig) -> Iterator[str]:
    defaults = ResNetConfig(block=config.block, stage_blocks=config.stage_blocks)
    for field in ResNetConfig.model_fields:
        value = getattr(config, field)
        if field not in _SHOWN_APART and value != getattr(defaults, field):
            yield f"{field} = {value_text(value)}"


def value_text(value: object) -> str:
    """``true``, ``[3, 4, 6, 3]``, ``none``; a list of lists is only counted."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        nested = any(isinstance(entry, tuple) for entry in value)
        return f"{len(value)} lists" if nested else f"[{', '.join(map(str, value))}]"
    return str(value)
