"""The report of ``compare``, how it is made, and its page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from resnet_inspect.anatomy.compare import Change, Difference, Pair, compare_anatomies, difference_of, parting
from resnet_inspect.anatomy.equality import Agreement, agreement, divergence
from resnet_inspect.anatomy.records import layers_by_number
from resnet_inspect.commands.compare.tables import ComparedFigure, changes_table, totals_table, unmatched_layers
from resnet_inspect.commands.compare.verdict import describe_difference
from resnet_inspect.commands.compare.weights import KeyPair, Outputs, key_pairs, outputs_of, weights_in_words
from resnet_inspect.pipeline import Subject
from resnet_inspect.rendering.cells import shape_text
from resnet_inspect.rendering.page import Column, Heading, Line, Page, Part, Prose, line, table_of
from resnet_inspect.rendering.report import Report
from resnet_inspect.shapes import Shape
from resnet_inspect.text import pluralise

_OPERATORS = frozenset({"op", "operations", "operator"})
"""Fields that name operators."""


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
        identical: ``True`` if the traces agree in every operation, argument, shape, parameter and MAC, and in what each
            operation reads; names may differ.
        changes, only_left, only_right, training_only: see ``Difference``.
        layer_names: both names of every layer that has a partner.
        key_names: both names of every entry of the state_dicts that has a partner of its shape.
        totals: parameters and MACs.
        stride_placement: stride placements, v1 or v1.5.
        weights_interchangeable: ``True`` if the names and shapes of the state_dicts are equal.
        outputs: what the networks compute of equal inputs with equal weights.
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
    training_only: tuple[Change, ...] = ()
    outputs: Outputs = "different"

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
            yield line("identical: every operation, argument, shape, parameter and MAC agrees", "good")
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
    agreed = agreement(left.trace, right.trace)
    found = _as_agreed(compare_anatomies(left.anatomy, right.anatomy), agreed, left, right)
    totals = ComparedTotals(
        ComparedFigure.of(left.anatomy.totals.params, right.anatomy.totals.params),
        ComparedFigure.of(left.anatomy.totals.macs, right.anatomy.totals.macs),
    )
    # Parameters that no operator reads are in the total, but in no layer.
    identical = not (agreed is None or found.changes or found.only_left or found.only_right or totals.params.delta)
    placements = Placements(left.anatomy.placement.version, right.anatomy.placement.version)
    interchangeable = dict(left.trace.state_dict) == dict(right.trace.state_dict)
    keys = key_pairs(found.pairs, left.trace, right.trace, agreed.keys if agreed else ())
    outputs = outputs_of(agreed)
    return CompareReport(
        left=_compared_model(left),
        right=_compared_model(right),
        identical=identical,
        changes=found.changes,
        only_left=found.only_left,
        only_right=found.only_right,
        layer_names=found.pairs,
        key_names=keys,
        totals=totals,
        stride_placement=placements,
        weights_interchangeable=interchangeable,
        verdict=tuple(describe_difference(left.anatomy, right.anatomy, found, totals.macs)),
        weights=weights_in_words(
            left.trace, right.trace, keys, outputs, same_operators=_OPERATORS.isdisjoint(c.field for c in found.changes)
        ),
        training_only=found.training_only,
        outputs=outputs,
    )


def _as_agreed(found: Difference, agreed: Agreement | None, left: Subject, right: Subject) -> Difference:
    """Return the difference in the light of what the networks compute.

    Layers of networks that agree are aligned by the data flow, which needs no names; only layers without effect are
    then on one side. Networks that do not agree differ at least where their computations part.
    """
    if left.anatomy.input_shape != right.anatomy.input_shape:
        return found
    ours, theirs = (layers_by_number(side.trace, side.anatomy) for side in (left, right))
    if agreed is None:
        parted = None if found.changes or found.only_left or found.only_right else divergence(left.trace, right.trace)
        if parted is None:
            return found
        one, two = (layers.get(number) for layers, number in zip((ours, theirs), parted.ops, strict=True))
        return replace(found, changes=(parting(parted, one, two),))
    pairs = [(ours[one], theirs[two]) for one, two in agreed.ops if one in ours and two in theirs]
    unused = (
        tuple(layer.name for layer in layers.values() if layer.role == "unused" and layer.name in names)
        for layers, names in ((ours, found.only_left), (theirs, found.only_right))
    )
    return difference_of(pairs, *unused, equal=agreed.extent == "always")


def _compared_model(subject: Subject) -> ComparedModel:
    anatomy = subject.anatomy
    return ComparedModel(
        name=subject.model.name,
        config=subject.model.config,
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        depth=anatomy.depth.depth,
        notes=subject.model.notes,
    )
