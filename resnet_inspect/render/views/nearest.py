"""``nearest`` as a page: which variants are close, then for each what differs."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_inspect.render.page import Cell, Column, Heading, Line, Page, Part, Prose, Row, Section, Table, Tone, line
from resnet_inspect.render.views.cells import rounded_cell, shape_text
from resnet_inspect.reports.nearest import NearestReport, NearVariant
from resnet_inspect.reports.sums import Total, signed
from resnet_inspect.reports.variants import value_text
from resnet_inspect.text import counted

_NEIGHBOURS = (
    Column("name", "variant"),
    Column("distance", "distance", "right", keep=80),
    Column("equal", "equal", hidden=True),
    Column("fields", "fields", "right"),
    Column("changed_places", "places differ", "right"),
    Column("only_variant", "only there", "right", keep=60),
    Column("only_net", "only here", "right", keep=60),
    Column("depth", "depth", "right"),
    Column("params", "params", "right"),
    Column("macs", "MACs", "right"),
    Column("differs", "what differs", hidden=True),
    Column("published", "published as", keep=50, least=24),
)

_FIGURES = (
    Column("field", ""),
    Column("variant", "variant", "right"),
    Column("net", "this network", "right"),
    Column("delta", "difference", "right"),
    Column("percent", "%", "right"),
)


def nearest_page(report: NearestReport) -> Page:
    """The answer first, then the evidence for each variant."""
    title = Heading(f"nearest to {report.model.name}", shape_text(report.input_shape))
    rows = tuple(_row(near) for near in report.variants)
    parts: list[Part] = [title, _answer(report), Table(_NEIGHBOURS, (Section(rows),))]
    for near in report.variants:
        parts += _details(report, near)
    return Page(tuple(parts))


def _answer(report: NearestReport) -> Prose:
    equals = [near for near in report.variants if near.equal]
    if not equals:
        closest = report.variants[0]
        fields = ", ".join(found.field for found in closest.fields)
        return Prose((line(f"no variant equals it; the closest is {closest.name}, except for {fields}", "strong"),))
    return Prose(tuple(line(f"equals {near.name}{_published(near)}", "good") for near in equals))


def _published(near: NearVariant) -> str:
    return f", published as {', '.join(near.published)}" if near.published else ""


def _row(near: NearVariant) -> Row:
    tone: Tone = "good" if near.equal else ""
    differs = ", ".join(f"{found.field}: {_arrow(found.left, found.right)}" for found in near.fields)
    return Row(
        (
            Cell(near.name),
            Cell(f"{near.distance:.2f}", near.distance),
            Cell("yes" if near.equal else "no", near.equal),
            Cell(str(len(near.fields)), len(near.fields)),
            Cell(str(near.changed_places), near.changed_places),
            Cell(str(len(near.only_variant)), len(near.only_variant)),
            Cell(str(len(near.only_net)), len(near.only_net)),
            Cell(str(near.depth.left), near.depth.left),
            rounded_cell(near.params.left),
            rounded_cell(near.macs.left),
            Cell(differs),
            Cell(", ".join(near.published)),
        ),
        tone,
    )


def _details(report: NearestReport, near: NearVariant) -> Iterator[Part]:
    if near.equal and not near.fields:
        return
    yield Heading(f"{near.name} → {report.model.name}", counted(len(near.fields), "field"))
    if near.fields:
        yield Prose(tuple(line(f"{found.field}: {_arrow(found.left, found.right)}", "accent") for found in near.fields))
    yield Table(_FIGURES, (Section(tuple(_figures(near))),))
    yield Prose(tuple(_sentences(near)))


def _arrow(left: object, right: object) -> str:
    return f"{value_text(left)} → {value_text(right)}"


def _figures(near: NearVariant) -> Iterator[Row]:
    for name, total in (("depth", near.depth), ("params", near.params), ("MACs", near.macs)):
        yield Row(
            (
                Cell(name),
                Cell(f"{total.left:,}", total.left),
                Cell(f"{total.right:,}", total.right),
                Cell(_delta(total), total.delta),
                Cell("" if total.percent is None else signed(total.percent), total.percent),
            )
        )


def _delta(total: Total) -> str:
    return f"{total.delta:+,}".replace("-", "−") if total.delta else "0"


def _sentences(near: NearVariant) -> Iterator[Line]:
    for sentence in near.verdict:
        yield line(sentence)
    parts = (
        (near.changed_places, f"something differs in {counted(near.changed_places, 'place')}"),
        (len(near.only_variant), f"{counted(len(near.only_variant), 'layer')} only in {near.name}"),
        (len(near.only_net), f"{counted(len(near.only_net), 'layer')} only in this network"),
    )
    yield line("traced: " + (", ".join(text for number, text in parts if number) or "no layer differs"))
    yield line(f"weights: {near.weights}")
