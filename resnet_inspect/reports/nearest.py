"""``nearest``: the variants closest to a net, and exactly what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.compare import Change
from resnet_inspect.config.distance import FieldDifference, Neighbour
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.compare import Subject, compare_report
from resnet_inspect.reports.model_ref import ModelRef
from resnet_inspect.reports.sums import Total
from resnet_inspect.shapes import Shape

SCHEMA = "resnet-inspect/nearest/1"


@dataclass(frozen=True, slots=True)
class NearVariant:
    """One of the closest variants; what differs has the variant on the left and the net on the right.

    Attributes:
        name: the variant.
        published: the published models that it equals tensor by tensor.
        distance: 0 where no field differs; a choice that differs adds 1, a number 0.5 to 1, and what hardly shapes
            a net, such as num_classes, less.
        equal: whether the net is this variant: the same operations, and weights load either way.
        fields: the fields of the configs that differ; those without effect do not count.
        depth, params, macs: of both, traced with images of the same size where the variant takes them.
        changed_places: layers, blocks and stages in which something differs.
        changes: what differs in them.
        only_variant, only_net: names of the layers without a partner on the other side.
        verdict: what differs, in words.
        weights: what it means for weights, in words.
    """

    name: str
    published: tuple[str, ...]
    distance: float
    equal: bool
    fields: tuple[FieldDifference, ...]
    depth: Total
    params: Total
    macs: Total
    changed_places: int
    changes: tuple[Change, ...]
    only_variant: tuple[str, ...]
    only_net: tuple[str, ...]
    verdict: tuple[str, ...]
    weights: str


@dataclass(frozen=True)
class NearestReport(ShownInNotebooks):
    """A net and the variants closest to it, the closest first.

    Attributes:
        model: the net.
        input_shape: of its dummy input, batch included.
        variants: the closest ones.
    """

    model: ModelRef
    input_shape: Shape
    variants: tuple[NearVariant, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A close variant, ready to be compared."""

    neighbour: Neighbour
    published: tuple[str, ...]
    subject: Subject


def nearest_report(net: Subject, candidates: Sequence[Candidate]) -> NearestReport:
    """Compare a net with each of the variants closest to it; all of them ran."""
    return NearestReport(net.model, net.anatomy.input_shape, tuple(_near(net, candidate) for candidate in candidates))


def _near(net: Subject, candidate: Candidate) -> NearVariant:
    compared = compare_report(candidate.subject, net)
    return NearVariant(
        name=candidate.neighbour.config.name,
        published=candidate.published,
        distance=candidate.neighbour.distance,
        equal=compared.identical and compared.weights_interchangeable,
        fields=candidate.neighbour.fields,
        depth=Total.of(compared.left.depth, compared.right.depth),
        params=compared.totals.params,
        macs=compared.totals.macs,
        changed_places=len({change.path for change in compared.changes}),
        changes=compared.changes,
        only_variant=compared.only_left,
        only_net=compared.only_right,
        verdict=compared.verdict,
        weights=compared.weights,
    )
