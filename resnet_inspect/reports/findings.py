"""What a check found in one file, as its report holds it, and how much of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from resnet_inspect.anatomy.compare import Change
from resnet_inspect.checks.findings import Severity
from resnet_inspect.text import times

_CHANGES_IN_WORDS = 5
"""Enough to know what it is about; all of them are in the json format."""


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing that is wrong with a file.

    Attributes:
        code, name: of the rule: ``RI102``, ``stage-halved-twice``.
        severity: error or warning.
        message: what is wrong, on one line.
        line, column, end_column: where in the file, from 1, columns in characters, the end being one past the last;
            ``None`` where nothing in it can be pointed at.
        path: the field as people write it, ``expect.stage_shapes[1]``; empty for the config as a whole.
        expected, found: the two sides, in words; empty where there are no two.
        why: what makes it so, where that is known.
        hint: what to do.
        layer: dotted path of the layer that it is about; empty if none.
        changes, only_left, only_right: what differs from the lock, as ``compare`` says it, the lock on the left.
        unjudged: fields of the expectations that could not be judged, since the model does not run.
        help: the command that explains the rule.
        source_line: the text of the line; empty if there is none.
    """

    code: str
    name: str
    severity: Severity
    message: str
    line: int | None
    column: int | None
    end_column: int | None
    path: str
    expected: str
    found: str
    why: str
    hint: str
    layer: str
    changes: tuple[Change, ...]
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    unjudged: tuple[str, ...]
    help: str
    source_line: str = field(metadata={"json": False})

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What there is to say beside the message, each under its name; not again what the message says itself."""
        said = bool(self.expected) and self.found in self.message and f"expected {self.expected}" in self.message
        sides = () if said else (("expected", self.expected), ("found", self.found))
        unjudged = ", ".join(path.removeprefix("expect.") for path in self.unjudged)
        others = (("why", self.why), ("hint", self.hint), ("unjudged", unjudged and f"in [expect]: {unjudged}"))
        return tuple((name, text) for name, text in (*sides, *others) if text)

    @property
    def details_in_words(self) -> tuple[tuple[str, str], ...]:
        """The same where there is no room for a table: with the first of the changes."""
        changes = tuple(_in_words(self.changes))
        return (*(("changed", "; ".join(changes)) for _ in changes[:1]), *self.details)

    def place(self, file: str) -> str:
        """``net.toml:3:9``, as far as it is known."""
        return _place(file, self.line, self.column)


@dataclass(frozen=True, slots=True)
class SilencedCheckFinding:
    """A finding of the lock that is silenced: every report shows it, whoever has silenced it.

    Attributes:
        code, name, severity, message, line, column: as in ``CheckFinding``.
        by: what silences it, in words.
        in_file: whether that is in the file itself.
    """

    code: str
    name: str
    severity: Severity
    message: str
    line: int | None
    column: int | None
    by: str
    in_file: bool = field(metadata={"json": False})

    @property
    def said(self) -> str:
        """The message, and what silences it."""
        return f"{self.message} (silenced by {self.by})"

    def place(self, file: str) -> str:
        """``net.lock.json:3:5``, as far as it is known."""
        return _place(file, self.line, self.column)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What was found in one file.

    Attributes:
        path: as it was given; ``<stdin>`` for standard input.
        file: the file that findings can be pointed at, that of ``mine.py:Net`` too; ``None`` where there is none.
        is_model: whether a model was named, and no file.
        ok: whether nothing was found.
        model: what the config calls its model; empty if it could not be read.
        findings: as they stand in the file; those without a place come first.
        silenced: how many findings the file itself silences.
        depth, params, macs: of the model, at the config's own input size; ``None`` if it was not run to its end.
        notes: what is to be known of how the model ran.
        silenced_lock_findings: the findings of the lock that are silenced, by the file or in pyproject.toml.
        seconds: that the check took.
    """

    path: str
    ok: bool
    model: str
    findings: tuple[CheckFinding, ...]
    silenced: int
    depth: int | None
    params: int | None
    macs: int | None
    notes: tuple[str, ...]
    silenced_lock_findings: tuple[SilencedCheckFinding, ...]
    seconds: float = field(metadata={"json": False})
    file: str | None = field(metadata={"json": False})
    is_model: bool = field(default=False, metadata={"json": False})


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How often a rule found something."""

    code: str
    name: str
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True)
class CheckTotals:
    """How much was found.

    Attributes:
        files: that were checked.
        failed: those with findings.
        errors, warnings: findings by severity.
        by_code: findings by rule, in the order of the codes.
        silenced: findings that the files themselves silence.
    """

    files: int
    failed: int
    errors: int
    warnings: int
    by_code: tuple[CodeCount, ...]
    silenced: int


def _place(file: str, line: int | None, column: int | None) -> str:
    return ":".join(str(part) for part in (file, line, column) if part is not None)


def _in_words(changes: Sequence[Change]) -> Iterator[str]:
    """``layer2.0.conv1 stride 1×1 → 2×2``."""
    for change in changes[:_CHANGES_IN_WORDS]:
        field = "MACs" if change.field == "macs" else change.field.replace("_", " ")
        yield f"{change.path} {field} {_side(change.left)} → {_side(change.right)}"
    if len(changes) > _CHANGES_IN_WORDS:
        yield f"{len(changes) - _CHANGES_IN_WORDS:,} more"


def _side(value: object) -> str:
    if isinstance(value, tuple):
        return times(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
