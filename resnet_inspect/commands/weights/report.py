"""The report of ``weights``, and its page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from resnet_inspect.checkpoints.key_matching import KeyMatch, KeyStatus
from resnet_inspect.commands.weights.file import Rename, WeightsFile, dtype_lines, file_heading
from resnet_inspect.rendering.cells import notes
from resnet_inspect.rendering.page import Cell, Column, Heading, Line, Page, Part, Prose, Tone, line, table_of
from resnet_inspect.rendering.report import Report
from resnet_inspect.shapes import Shape
from resnet_inspect.text import pluralise, sanitise


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of tensors by status; the statuses are those of ``KeyMatch``."""

    loads: int
    renamed: int
    wrong_shape: int
    missing: int
    unexpected: int


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Tensors that do not load, for one reason.

    Attributes:
        status, reason: see ``KeyMatch``.
        count: number of tensors.
        first: name of the first one in the model, or in the file if the model does not have it.
    """

    status: KeyStatus
    reason: str
    count: int
    first: str


_COLUMNS: tuple[Column[KeyMatch], ...] = (
    Column("status", "status", lambda key: key.status),
    Column("model_key", "name in the model", lambda key: key.model_key),
    Column("file_key", "name in the file", lambda key: key.file_key),
    Column("model_shape", "shape in the model", lambda key: _hidden(key.model_shape)),
    Column("file_shape", "shape in the file", lambda key: _hidden(key.file_shape)),
    Column("reason", "reason", lambda key: key.reason),
)

_TONES: dict[str, Tone] = {"wrong shape": "warn", "missing": "removed", "unexpected": "added", "renamed": "accent"}
_SHOWN_NAMES = 4
_SHOWN_REASONS = 20


@dataclass(frozen=True, repr=False)
class WeightsReport(Report):
    """The tensors of a model, compared with those of a file.

    Attributes:
        model: name of the model.
        file: the weights.
        loads: ``True`` if the file loads with strict=True without changes; batch counters may be missing.
        complete: ``True`` if the model gets every tensor after the ``renames``.
        verdict: sentences that answer the question.
        counts: numbers of tensors by status.
        groups: tensors that do not load without changes, grouped by reason.
        style: project whose names the file has; ``None`` if it is not that of a ResNet.
        prefix: prefix of all names in the file.
        beside: values of ``prefix`` for the other networks in the file.
        model_beside: prefixes of the other networks in the model.
        renames: names that differ between file and model, for tensors of equal shape.
        placement: sentence about the stride placement in the file, on which it depends whether the outputs are right;
            ``None`` if the file is not that of a ResNet.
        unseen: properties of the model that weights do not determine: the stride placement, the padding and rounding of
            its first pool; empty if no tensor fits, or the model cannot run.
        converted: path of the file that was written with the model's names; ``None`` if none was.
        keys: all tensors: those of the model in its order, then those that only the file has.
    """

    schema = "resnet-inspect/weights/1"
    command = "weights"

    model: str
    file: WeightsFile
    loads: bool
    complete: bool
    verdict: tuple[str, ...]
    counts: Counts
    groups: tuple[ReasonGroup, ...]
    style: str | None
    prefix: str
    beside: tuple[str, ...]
    model_beside: tuple[str, ...]
    renames: tuple[Rename, ...]
    placement: str | None
    unseen: tuple[str, ...]
    converted: str | None
    keys: tuple[KeyMatch, ...]

    def _page(self) -> Page:
        """Return the answer, then the reasons why tensors do not load."""
        tone: Tone = "good" if self.complete else "strong"
        parts: list[Part] = [
            file_heading(self.file, f"{self.model} ← "),
            Prose(tuple(line(sentence, tone) for sentence in self.verdict)),
            Prose(tuple(self._known())),
            *notes((*dtype_lines(self.file), *(line(note, "dim") for note in self.file.notes))),
        ]
        for status, groups in groupby(self.groups, key=lambda group: group.status):
            parts += [Heading(status), Prose(tuple(_reasons(list(groups))))]
        parts += self._renames()
        return Page(tuple(parts), unseen=table_of(_COLUMNS, self.keys))

    def _known(self) -> Iterator[Line]:
        yield line(_counted(self.counts))
        if self.placement and self.counts.loads + self.counts.renamed:
            yield line(self.placement)
        if self.unseen and self.counts.loads + self.counts.renamed:
            yield line(f"model properties that weights do not determine: {'; '.join(self.unseen)}", "dim")

    def _renames(self) -> Iterator[Part]:
        if not self.renames:
            return
        shown = self.renames[:_SHOWN_NAMES]
        lines = [line(f"{sanitise(rename.old)} → {sanitise(rename.new)}") for rename in shown]
        if len(self.renames) > len(shown):
            lines.append(line(f"and {len(self.renames) - len(shown):,} more: --format json has them all", "dim"))
        yield Heading("names", pluralise(len(self.renames), "change"))
        yield Prose(tuple(lines))


def _counted(counts: Counts) -> str:
    named = (
        (counts.loads, "load"),
        (counts.renamed, "under a different name"),
        (counts.wrong_shape, "of a different shape"),
        (counts.missing, "missing"),
        (counts.unexpected, "unexpected"),
    )
    return ", ".join(f"{number:,} {words}" for number, words in named if number)


def _reasons(groups: Sequence[ReasonGroup]) -> Iterator[Line]:
    yield from map(_reason, groups[:_SHOWN_REASONS])
    if more := groups[_SHOWN_REASONS:]:
        tensors = pluralise(sum(group.count for group in more), "tensor")
        yield line(f"and {tensors} for {pluralise(len(more), 'other reason')}: --format json has them all", "dim")


def _reason(group: ReasonGroup) -> Line:
    tone = _TONES.get(group.status, "")
    more = ", …" if group.count > 1 else ""
    return line(f"{group.count:>7,}×  ", tone) + line(group.reason) + line(f" ({sanitise(group.first)}{more})", "dim")


def _hidden(shape: Shape | None) -> Cell | None:
    """Return a shape that only CSV shows."""
    return None if shape is None else Cell("", shape)
