"""``nearest``: the variants closest to a network, and how they differ from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_inspect.arguments import whole_number
from resnet_inspect.configs.variants import published, variant_names
from resnet_inspect.console.options import ModelOptions, ReportOptions
from resnet_inspect.pipeline import (
    Description,
    RunOptions,
    Source,
    Subject,
    describe,
    examine_like,
    examine_spec,
    find_model,
    require_complete,
)
from resnet_inspect.rendering.cells import rounded_cell, shape_text, value_text
from resnet_inspect.rendering.page import Cell, Column, Heading, Line, Page, Part, Prose, line, table_of
from resnet_inspect.rendering.report import ModelReport
from resnet_inspect.shapes import Shape
from resnet_inspect.text import pluralise

if TYPE_CHECKING:
    from resnet_inspect.anatomy.compare import Change
    from resnet_inspect.commands.compare.tables import ComparedFigure
    from resnet_inspect.configs.distance import FieldDifference, Neighbour


@dataclass(frozen=True, slots=True)
class NearVariant:
    """One of the closest variants. In comparisons, the variant is on the left and the network on the right.

    Attributes:
        name: name of the variant.
        published: published models with equal tensors.
        distance: 0 if no field differs; a different choice adds 1, a different number 0.5 to 1, and a field that hardly
            changes the network, such as num_classes, less.
        equal: ``True`` if the network is this variant: equal operations, and weights load in both directions.
        same_operations: ``True`` if the operations are equal or do the same, whatever the names of the weights.
        fields: fields of the configs that differ; fields without effect are left out.
        depth, params, macs: figures of both, for images of one size if the variant can take them.
        changed_places: number of layers, blocks and stages with differences.
        changes: the differences in them.
        only_variant, only_net: names of layers without a partner in the other network.
        verdict: sentences about what differs.
        weights: sentence about loading weights of one network into the other.
    """

    name: str
    published: tuple[str, ...]
    distance: float
    equal: bool
    same_operations: bool
    fields: tuple[FieldDifference, ...]
    depth: ComparedFigure
    params: ComparedFigure
    macs: ComparedFigure
    changed_places: int
    changes: tuple[Change, ...]
    only_variant: tuple[str, ...]
    only_net: tuple[str, ...]
    verdict: tuple[str, ...]
    weights: str


_COLUMNS: tuple[Column[NearVariant], ...] = (
    Column("name", "variant", lambda near: near.name),
    Column("distance", "distance", lambda near: Cell(f"{near.distance:.2f}", near.distance), "right", keep=80),
    Column("equal", "equal", lambda near: Cell("yes" if near.equal else "no", near.equal), hidden=True),
    Column("fields", "fields", lambda near: len(near.fields), "right"),
    Column("changed_places", "places differ", lambda near: near.changed_places, "right"),
    Column("only_variant", "only there", lambda near: len(near.only_variant), "right", keep=60),
    Column("only_net", "only here", lambda near: len(near.only_net), "right", keep=60),
    Column("depth", "depth", lambda near: near.depth.left, "right"),
    Column("params", "params", lambda near: rounded_cell(near.params.left), "right"),
    Column("macs", "MACs", lambda near: rounded_cell(near.macs.left), "right"),
    Column("differs", "what differs", lambda near: ", ".join(map(_words, near.fields)), hidden=True),
    Column("published", "published as", lambda near: ", ".join(near.published), keep=50, least=24),
)


@dataclass(frozen=True, repr=False)
class NearestReport(ModelReport):
    """A network and the variants closest to it, the closest first.

    Attributes:
        input_shape: shape of the input, batch included.
        variants: the closest variants.
        differs: sentences about what the network has that no field of a config expresses, so that it is no variant.
    """

    schema = "resnet-inspect/nearest/1"
    command = "nearest"

    input_shape: Shape
    variants: tuple[NearVariant, ...]
    differs: tuple[str, ...] = ()

    def _page(self) -> Page:
        """Return the answer first, then the evidence for each variant."""
        title = Heading(f"nearest to {self.model.name}", shape_text(self.input_shape))
        table = table_of(_COLUMNS, self.variants, tone=lambda near: "good" if near.equal else "")
        details = (part for near in self.variants for part in self._details(near))
        return Page((title, self._answer(), table, *details))

    def _headline(self) -> str:
        closest = next((near for near in self.variants if near.same_operations), self.variants[0])
        return f"{self.model.name}: {'equals' if closest.same_operations else 'closest to'} {closest.name}"

    def _answer(self) -> Prose:
        return Prose((*self._equals(), *(line(f"no field expresses: {sentence}", "warn") for sentence in self.differs)))

    def _equals(self) -> Iterator[Line]:
        found = [near for near in self.variants if near.same_operations]
        for near in found:
            names = "" if near.equal else "; for its weights, see below"
            yield line(f"equals {near.name}{_published(near)}{names}", "good")
        if not found:
            closest = self.variants[0]
            fields = ", ".join(found.field for found in closest.fields) or "the operations below"
            yield line(f"no variant equals it; the closest is {closest.name}, except for {fields}", "strong")

    def _details(self, near: NearVariant) -> Iterator[Part]:
        from resnet_inspect.commands.compare.tables import totals_table

        if near.equal and not near.fields:
            return
        yield Heading(f"{near.name} → {self.model.name}", pluralise(len(near.fields), "field"))
        if near.fields:
            yield Prose(tuple(line(_words(found), "accent") for found in near.fields))
        figures = {"depth": near.depth, "params": near.params, "MACs": near.macs}
        yield totals_table(figures, "variant", "this network")
        yield Prose(tuple(_sentences(near)))


def nearest(source: Source, run: RunOptions = RunOptions(), *, count: int = 3) -> NearestReport:
    """Find the variants closest to a model.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: options for running it.
        count: number of variants.

    Returns:
        The variants, closest first, each with the fields and layers in which it differs.

    Raises:
        RequestError: if there is no such model, an option of ``run`` does not apply to it, or no config describes it.
        ModelRunError: if the forward fails.
    """
    from resnet_inspect.anatomy.infer_config import NEVER_SEEN
    from resnet_inspect.configs.distance import closest

    whole_number("count", count, 1, len(variant_names()))
    found = find_model(source, run)
    net = require_complete(examine_spec(found, run))
    described = describe(found, lambda: net)
    unknown = NEVER_SEEN if found.config is None else ()
    variants = tuple(
        _near(net, neighbour, described, run.device) for neighbour in closest(described.config, count, unknown)
    )
    return NearestReport(net.model, net.anatomy.input_shape, variants, described.differs)


def command(
    *,
    count: Annotated[
        int, typer.Option("--count", "-n", metavar="N", min=1, max=20, help="How many variants to show.")
    ] = 3,
    model: ModelOptions,
    output: ReportOptions,
) -> int:
    """Write the report of ``nearest``."""
    return output.write(nearest(model.model, model.run, count=count))


def _near(net: Subject, neighbour: Neighbour, described: Description, device: str) -> NearVariant:
    from resnet_inspect.anatomy.core import restaged
    from resnet_inspect.commands.compare.report import compare_report
    from resnet_inspect.commands.compare.tables import ComparedFigure

    subject = examine_like(net, neighbour.config, device)
    if described.anatomy is not None:
        net = replace(net, anatomy=described.anatomy)
        subject = replace(subject, anatomy=restaged(subject.anatomy, neighbour.config.stage_blocks))
    compared = compare_report(subject, net)
    same_operations = compared.outputs != "different" and not (compared.totals.params.delta or described.differs)
    return NearVariant(
        name=neighbour.config.name,
        published=published(neighbour.config.name),
        distance=neighbour.distance,
        equal=same_operations and compared.weights_interchangeable,
        same_operations=same_operations,
        fields=neighbour.fields,
        depth=ComparedFigure.of(compared.left.depth, compared.right.depth),
        params=compared.totals.params,
        macs=compared.totals.macs,
        changed_places=len({change.path for change in compared.changes}),
        changes=compared.changes,
        only_variant=compared.only_left,
        only_net=compared.only_right,
        verdict=compared.verdict,
        weights=compared.weights,
    )


def _published(near: NearVariant) -> str:
    return f", published as {', '.join(near.published)}" if near.published else ""


def _words(found: FieldDifference) -> str:
    return f"{found.field}: {value_text(found.left)} → {value_text(found.right)}"


def _sentences(near: NearVariant) -> Iterator[Line]:
    for sentence in near.verdict:
        yield line(sentence)
    parts = (
        (near.changed_places, f"something differs in {pluralise(near.changed_places, 'place')}"),
        (len(near.only_variant), f"{pluralise(len(near.only_variant), 'layer')} only in {near.name}"),
        (len(near.only_net), f"{pluralise(len(near.only_net), 'layer')} only in this network"),
    )
    yield line("traced: " + (", ".join(text for number, text in parts if number) or "no layer differs"))
    yield line(f"weights: {near.weights}")
