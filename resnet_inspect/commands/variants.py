"""``variants``: the variants, with depth, parameters and MACs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from resnet_inspect.arguments import choice, instance, number, text
from resnet_inspect.configs.variants import named, origin, published, variant
from resnet_inspect.configs.words import BlockKind
from resnet_inspect.console.completion import complete_variant
from resnet_inspect.console.option_values import parse_limit
from resnet_inspect.console.options import ReportOptions
from resnet_inspect.errors import RequestError
from resnet_inspect.rendering.cells import rounded_cell, value_text
from resnet_inspect.rendering.page import Cell, Column, Page, Prose, line, table_of
from resnet_inspect.rendering.report import Report
from resnet_inspect.text import format_shape, pluralise

if TYPE_CHECKING:
    from resnet_inspect.configs.schema import ResNetConfig

_SHOWN_APART = frozenset({"name", "block", "stage_blocks", "shortcut"})


Order = Literal["name", "depth", "params", "macs"]


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant.

    Attributes:
        name: name of the variant.
        depth: depth by the paper's count.
        params: number of learned parameters.
        macs: multiply-accumulates for one image of ``input_size``.
        input_size: height and width in pixels.
        config: all fields of its config.
        differs: fields without the default value and without a column of their own, as ``field = value``.
        published: published models with equal tensors, e.g. ``timm:resnet50``.
        origin: source of its figures.
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
class VariantFilter:
    """Limits and order of a list of variants.

    Attributes:
        block: kind of block that a stage must have.
        max_params: largest number of parameters.
        max_macs: largest number of multiply-accumulates.
        order: column to sort by, smallest first. Defaults to the order of the config table.
    """

    block: BlockKind | None = None
    max_params: int | None = None
    max_macs: int | None = None
    order: Order | None = None

    def __post_init__(self) -> None:
        """Check all fields.

        Raises:
            WrongTypeError: if a field has a wrong type.
            RequestError: if there is no such block or order.
        """
        for name, word, choices in (("block", self.block, get_args(BlockKind)), ("order", self.order, get_args(Order))):
            if word is not None:
                choice(name, word, choices)
        for name, limit in (("max_params", self.max_params), ("max_macs", self.max_macs)):
            if limit is not None:
                number(name, limit)

    def takes(self, row: VariantRow) -> bool:
        """Return whether a variant is within the limits."""
        return (
            (self.block is None or self.block in row.config.stage_kinds)
            and (self.max_params is None or row.params <= self.max_params)
            and (self.max_macs is None or row.macs <= self.max_macs)
        )


_COLUMNS: tuple[Column[VariantRow], ...] = (
    Column("name", "variant", lambda row: row.name),
    Column("depth", "depth", lambda row: row.depth, "right"),
    Column("params", "params", lambda row: rounded_cell(row.params), "right"),
    Column("macs", "MACs", lambda row: rounded_cell(row.macs), "right"),
    Column("input_size", "input", lambda row: Cell(format_shape(row.input_size), row.input_size), "right", hidden=True),
    Column(
        "stage_blocks", "stage blocks", lambda row: Cell(value_text(row.config.stage_blocks), row.config.stage_blocks)
    ),
    Column("block", "block", lambda row: _kinds(row.config), keep=90),
    Column("shortcut", "shortcut", lambda row: row.config.shortcut, keep=80),
    Column(
        "differs",
        "non-default fields",
        lambda row: Cell(", ".join(text.removesuffix(" = true") for text in row.differs), ", ".join(row.differs)),
        keep=70,
        least=28,
    ),
    Column(
        "published",
        "published as",
        lambda row: Cell(", ".join(_short(model, row.name) for model in row.published), ", ".join(row.published)),
        keep=60,
        least=40,
    ),
    Column("origin", "figures from", lambda row: Cell(row.origin, tone="dim"), keep=50),
)


@dataclass(frozen=True, repr=False)
class VariantsReport(Report):
    """The variants that match a pattern.

    Attributes:
        pattern: the pattern.
        variants: the variants, in the order that was asked for.
    """

    schema = "resnet-inspect/variants/1"
    command = "variants"

    pattern: str
    variants: tuple[VariantRow, ...]

    def _headline(self) -> str:
        return pluralise(len(self.variants), "variant")

    def _page(self) -> Page:
        remark = "fields that are not shown have their defaults: resnet-inspect config NAME prints all of them"
        table = table_of(_COLUMNS, self.variants)
        return Page((table, Prose((line(f"{self._headline()}; {remark}", "dim"),))))


def variants(pattern: str = "*", wanted: VariantFilter | None = None) -> VariantsReport:
    """List the variants whose names match ``pattern``.

    Args:
        pattern: a shell pattern, or a name.
        wanted: limits and order. By default, all variants are listed in the order of the config table.

    Returns:
        The variants with their figures.

    Raises:
        WrongTypeError: if an argument has a wrong type.
        RequestError: if there is no such variant.
    """
    wanted = (
        VariantFilter()
        if wanted is None
        else instance("wanted", wanted, VariantFilter, 'ri.VariantFilter(order="macs")')
    )
    rows = (_variant_row(variant(name), origin(name), published(name)) for name in named(text("pattern", pattern)))
    picked = [row for row in rows if wanted.takes(row)]
    if not picked:
        raise RequestError(f"no variant that matches '{pattern}' is within the given limits")
    if wanted.order:
        # The sort is stable: the order of the table is kept among equals.
        picked.sort(key=attrgetter(wanted.order))
    return VariantsReport(pattern, tuple(picked))


def command(
    pattern: Annotated[
        str,
        typer.Argument(
            metavar="PATTERN",
            autocompletion=complete_variant,
            help="Names to show, with the wildcards * and ?; quote it.",
        ),
    ] = "*",
    *,
    block: Annotated[
        BlockKind | None, typer.Option("--block", help="Show only variants with this kind of block.")
    ] = None,
    max_params: Annotated[
        str | None, typer.Option("--max-params", metavar="N", help="Show only variants with at most N parameters: 30M.")
    ] = None,
    max_macs: Annotated[
        str | None, typer.Option("--max-macs", metavar="N", help="Show only variants with at most N MACs: 4.1G.")
    ] = None,
    sort: Annotated[
        Order | None,
        typer.Option("--sort", help="Sort by this column, smallest first. Default: the order of the config table."),
    ] = None,
    output: ReportOptions,
) -> int:
    """Write the report of ``variants``."""
    wanted = VariantFilter(
        block=block,
        max_params=None if max_params is None else parse_limit("--max-params", max_params, "params"),
        max_macs=None if max_macs is None else parse_limit("--max-macs", max_macs, "macs"),
        order=sort,
    )
    return output.write(variants(pattern, wanted))


def _variant_row(config: ResNetConfig, origin: str, published: tuple[str, ...]) -> VariantRow:
    """Return the row of a variant, with its figures and the fields that differ from the defaults."""
    from resnet_inspect.configs.arithmetic import figures

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
    defaults = type(config)(block=config.block, stage_blocks=config.stage_blocks)
    for field in type(config).model_fields:
        value = getattr(config, field)
        if field not in _SHOWN_APART and value != getattr(defaults, field):
            yield f"{field} = {value_text(value)}"


def _kinds(config: ResNetConfig) -> Cell:
    kinds = tuple(dict.fromkeys(config.stage_kinds))
    return Cell(kinds[0] if len(kinds) == 1 else "mixed", ", ".join(kinds))


def _short(model: str, variant: str) -> str:
    """Return ``timm`` for a model of the same name; for one of the Hugging Face hub, its name there."""
    source, _, name = model.partition(":")
    return source if name == variant else name if "/" in name else model
