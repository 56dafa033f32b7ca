"""The report of ``compare``, how it is made, and its page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resnet_inspect.anatomy.compare import Change, Difference, Pair, compare_anatomies
from resnet_inspect.anatomy.records import Anatomy
from resnet_inspect.commands.compare.tables import ComparedFigure, changes_table, totals_table, unmatched_layers
from resnet_inspect.commands.compare.verdict import verdict
from resnet_inspect.commands.compare.weights import KeyPair, key_pairs, weights_in_words
from resnet_inspect.pipeline import Subject
from resnet_inspect.rendering.cells import shape_text
from resnet_inspect.rendering.page import Column, Heading, Line, Page, Part, Prose, line, table_of
from resnet_inspect.rendering.report import Report
from resnet_inspect.shapes import Shape
from resnet_inspect.text import pluralise

_OF_THE_INPUT_SIZE = frozenset({"input_shape", "output_shape", "macs"})
"""Fields that differ if only the size of the input differs."""


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """One of the two models.

    Attributes:
        name, config, notes: see ``ModelRef``.
        input_shape, output_shape: shapes of input and output, batch included.
        depth: depth by the paper's count.
    """

    name: str
    config: Mapping[str, object] | None
    input_shape: Shape
    output_shape: Shape | None
    depth: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedTotals:
    """Parameters and multiply-accumulates of both models."""

    params: ComparedFigure
    macs: ComparedFigure


@dataclass(frozen=True, slots=True)
class Placements:
    """The stride placement of both models: ``v1``, ``v1.5``, ``other``, or ``None`` if v1 and v1.5 do not apply."""

    left: str | None
    right: str | None


@dataclass(frozen=True, repr=False)
class CompareReport(Report):
    """The differences of two models.

    Attributes:
        left, right: the models.
        identical: whether the traces agree in every operation, shape, parameter and MAC; names may differ.
        changes, only_left, only_right: see ``Difference``.
        layer_names: both names of every layer that has a partner.
        key_names: both names of every entry of the state_dicts that has a partner of its shape.
        totals: parameters and MACs.
        stride_placement: stride placements, v1 or v1.5.
        weights_interchangeable: whether the names and shapes of the state_dicts are equal.
        verdict: sentences about what differs.
        weights: sentence about loading weights of one model into the other.
    """

    schema = "resnet-inspect/compare/1"
    command = "compare"

    left: ComparedModel
    right: ComparedModel
    identical: bool
    changes: tuple[Change, ...]
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    layer_names: tuple[Pair, ...]
    key_names: tuple[KeyPair, ...]
    totals: ComparedTotals
    stride_placement: Placements
    weights_interchangeable: bool
    verdict: tuple[str, ...]
    weights: str

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on how the models ran."""
        return (*self.left.notes, *self.right.notes)

    def _page(self) -> Page:
        """Return the answer first, then the evidence."""
        title = Heading(f"{self.left.name} → {self.right.name}", self._inputs())
        summary: tuple[Part, ...] = (title, Prose(tuple(self._words())), totals_table(self._figures(), "left", "right"))
        changes = changes_table(self.changes)
        rest = (*unmatched_layers((self.left.name, self.only_left), (self.right.name, self.only_right)), *self._names())
        if not changes.rows:
            return Page((*summary, *rest), unseen=changes)
        layers = len({change.path for change in self.changes})
        heading = Heading("what differs", pluralise(layers, "place"))
        return Page((*summary, heading, changes, *rest), main=1)

    def _inputs(self) -> str:
        left, right = shape_text(self.left.input_shape), shape_text(self.right.input_shape)
        return left if left == right else f"{left}, {right}"

    def _words(self) -> Iterator[Line]:
        if self.identical:
            yield line("identical: every operation, shape, parameter and MAC agrees", "good")
        for sentence in self.verdict:
            yield line(sentence, "" if self.identical else "strong")
        yield line(f"weights: {self.weights}")

    def _figures(self) -> dict[str, ComparedFigure]:
        depth = ComparedFigure.of(self.left.depth, self.right.depth)
        return {"depth": depth, "params": self.totals.params, "MACs": self.totals.macs}

    def _names(self) -> Iterator[Part]:
        """List the names of the aligned weighted layers, if any of them has two different names."""
        pairs = [pair for pair in self.layer_names if pair.weighted]
        renamed = sum(pair.left != pair.right for pair in pairs)
        if not renamed:
            return
        yield Heading(
            "names", f"{renamed} of {pluralise(len(pairs), 'aligned layer')} have a different one on the right"
        )
        columns: tuple[Column[Pair], ...] = (
            Column("left_name", self.left.name, lambda pair: pair.left),
            Column("right_name", self.right.name, lambda pair: pair.right),
        )
        yield table_of(columns, pairs, by=lambda pair: pair.stage)


def compare_report(left: Subject, right: Subject) -> CompareReport:
    """Compare two models that have been examined."""
    found = compare_anatomies(left.anatomy, right.anatomy)
    totals = ComparedTotals(
        ComparedFigure.of(left.anatomy.totals.params, right.anatomy.totals.params),
        ComparedFigure.of(left.anatomy.totals.macs, right.anatomy.totals.macs),
    )
    # Parameters that no operator reads are in the total, but in no layer.
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
    """Return whether only the sizes of the inputs differ."""
    return (
        left.input_shape != right.input_shape
        and not (found.only_left or found.only_right)
        and {change.field for change in found.changes} <= _OF_THE_INPUT_SIZE
    )


def _side(subject: Subject) -> ComparedModel:
    anatomy = subject.anatomy
    return ComparedModel(
        name=subject.model.name,
        config=subject.model.config,
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        depth=anatomy.depth.depth,
        notes=subject.model.notes,
    )
