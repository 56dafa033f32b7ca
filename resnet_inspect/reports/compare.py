"""``compare``: what differs between two models, what it costs, and what it means for weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_inspect.anatomy.compare import Change, Difference, Pair, compare
from resnet_inspect.anatomy.facts import Anatomy
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.model_ref import ModelRef
from resnet_inspect.reports.names import KeyPair, key_pairs
from resnet_inspect.reports.sums import Total
from resnet_inspect.reports.verdict import verdict, weights_in_words
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Trace

SCHEMA = "resnet-inspect/compare/1"


_OF_THE_INPUT_SIZE = frozenset({"input_shape", "output_shape", "macs"})
"""Fields that differ where the same network is given another input."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models.

    Attributes:
        name, config, notes: as in ``ModelRef``.
        input_shape, output_shape: batch included.
        depth: the paper's count.
    """

    name: str
    config: Mapping[str, object] | None
    input_shape: Shape
    output_shape: Shape | None
    depth: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """Parameters and multiply-accumulates on both sides."""

    params: Total
    macs: Total


@dataclass(frozen=True, slots=True)
class Placements:
    """``v1``, ``v1.5``, ``other`` or ``None`` (no distinction) on both sides."""

    left: str | None
    right: str | None


@dataclass(frozen=True)
class CompareReport(ShownInNotebooks):
    """Two models side by side.

    Attributes:
        left, right: the models.
        identical: whether the traces agree in every operation, shape, parameter and MAC; names may differ.
        changes, only_left, only_right: see ``Difference``.
        layer_names: name on the left and name on the right of every layer that has a partner.
        key_names: likewise of the entries of the state_dicts, where their shapes agree.
        totals: sums.
        stride_placement: the v1 / v1.5 verdicts.
        weights_interchangeable: whether the state_dicts have the same names and shapes.
        verdict: what differs, in words.
        weights: what it means for weights, in words.
    """

    left: Side
    right: Side
    identical: bool
    changes: tuple[Change, ...]
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    layer_names: tuple[Pair, ...]
    key_names: tuple[KeyPair, ...]
    totals: Totals
    stride_placement: Placements
    weights_interchangeable: bool
    verdict: tuple[str, ...]
    weights: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A model with its trace and anatomy, ready to be compared."""

    model: ModelRef
    trace: Trace
    anatomy: Anatomy


def compare_report(left: Subject, right: Subject) -> CompareReport:
    """Compare two models that ran."""
    found = compare(left.anatomy, right.anatomy)
    totals = Totals(
        Total.of(left.anatomy.totals.params, right.anatomy.totals.params),
        Total.of(left.anatomy.totals.macs, right.anatomy.totals.macs),
    )
    # Parameters that no operator reads are in no layer, but in the total.
    identical = not (found.changes or found.only_left or found.only_right or totals.params.delta)
    resized = not totals.params.delta and _only_resized(left.anatomy, right.anatomy, found)
    placements = Placements(left.anatomy.placement.version, right.anatomy.placement.version)
    interchangeable = dict(left.trace.state_dict) == dict(right.trace.state_dict)
    keys = key_pairs(found.pairs, left.trace, right.trace)
    return CompareReport(
        left=_side(left),
        right=_side(right),
        identical=identical,
        changes=found.changes,
        only_left=found.only_left,
        only_right=found.only_right,
        layer_names=found.pairs,
        key_names=keys,
        totals=totals,
        stride_placement=placements,
        weights_interchangeable=interchangeable,
        verdict=tuple(verdict(left.anatomy, right.anatomy, found, totals.macs)),
        weights=weights_in_words(left.trace, right.trace, keys, same_function=identical or resized),
    )


def _only_resized(left: Anatomy, right: Anatomy, found: Difference) -> bool:
    """Whether the same network is given inputs of different sizes."""
    return (
        left.input_shape != right.input_shape
        and not (found.only_left or found.only_right)
        and {change.field for change in found.changes} <= _OF_THE_INPUT_SIZE
    )


def _side(subject: Subject) -> Side:
    anatomy = subject.anatomy
    return Side(
        name=subject.model.name,
        config=subject.model.config,
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        depth=anatomy.depth.depth,
        notes=subject.model.notes,
    )
