"""Findings of a check, and the result for one file or model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING

from resnet_inspect.text import format_shape

if TYPE_CHECKING:
    from resnet_inspect.anatomy.compare import Change
    from resnet_inspect.checking.lock.entry import LockedNet
    from resnet_inspect.checking.severity import Severity
    from resnet_inspect.configs.positions import FieldPath, Position

_CHANGES_IN_WORDS = 5
"""Changes that are named in a sentence; the json format has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingHeader:
    """The rule of a finding, its message and its place.

    Attributes:
        code, name: of the rule: ``RI102``, ``stage-halved-twice``.
        severity: error or warning.
        message: what is wrong, on one line, with both numbers where there are two.
        line, column: where in the file, from 1, the column in characters; ``None`` where nothing can be pointed at.
    """

    code: str = ""
    name: str = ""
    severity: Severity = "error"
    message: str
    line: int | None = None
    column: int | None = None

    def place(self, file: str) -> str:
        """Return ``net.toml:3:9``, as far as it is known."""
        return ":".join(str(part) for part in (file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(FindingHeader):
    """One thing that is wrong with a file or a model.

    A rule makes it, without its own code and without a place; ``FindingBuilder`` adds both.

    Attributes:
        end_column: one past the last character that is meant; ``None`` where nothing can be pointed at.
        path: the field as people write it, ``expect.stage_shapes[1]``; empty for the config as a whole.
        expected, found: the two sides, in words; empty where there are no two.
        why: the cause, where it is known: which layer, with its numbers.
        hint: what to do.
        layer: dotted path of the layer that it is about; empty if none.
        changes, only_left, only_right: the differences from the lock, as in ``Difference``, the lock on the left.
        unjudged: fields of the expectations that could not be judged because of it, as people write them.
        help: the command that explains the rule.
        source_line: the text of the line; empty if there is none.
        field_path: the field that it is about, ``("expect", "depth")``; empty for the config as a whole.
        at_key: whether the field's name is at fault, and not its value.
        position: where it is, if that is no field.
        follows: whether it only follows from the failure of the forward, which another finding reports.
    """

    end_column: int | None = None
    path: str = ""
    expected: str = ""
    found: str = ""
    why: str = ""
    hint: str = ""
    layer: str = ""
    changes: tuple[Change, ...] = ()
    only_left: tuple[str, ...] = ()
    only_right: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    help: str = field(init=False)
    source_line: str = field(default="", metadata={"json": False})
    field_path: FieldPath = field(default=(), metadata={"json": False})
    at_key: bool = field(default=False, metadata={"json": False})
    position: Position | None = field(default=None, metadata={"json": False})
    follows: bool = field(default=False, metadata={"json": False})

    def __post_init__(self) -> None:
        """Compute ``help`` from the code."""
        object.__setattr__(self, "help", f"resnet-inspect rule {self.code}")

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What the finding says in addition to its message, as pairs of name and text."""
        said = bool(self.expected) and self.found in self.message and f"expected {self.expected}" in self.message
        sides = () if said else (("expected", self.expected), ("found", self.found))
        unjudged = ", ".join(path.removeprefix("expect.") for path in self.unjudged)
        others = (("why", self.why), ("hint", self.hint), ("unjudged", unjudged and f"in [expect]: {unjudged}"))
        return tuple((name, text) for name, text in (*sides, *others) if text)

    @property
    def details_in_words(self) -> tuple[tuple[str, str], ...]:
        """The details with the first of the changes, for formats that have no room for a table."""
        changes = tuple(_in_words(self.changes))
        return (*(("changed", "; ".join(changes)) for _ in changes[:1]), *self.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredFinding(FindingHeader):
    """A finding of the lock that is ignored: every report shows it, because whoever guards the lock must see it.

    Attributes:
        by: what ignores it, in words: ``a comment on line 3``.
        in_file: whether that is in the file itself.
    """

    by: str
    in_file: bool = field(metadata={"json": False})

    @classmethod
    def of(cls, finding: Finding, by: str, *, in_file: bool) -> IgnoredFinding:
        """Return a finding as one that is ignored."""
        return cls(
            code=finding.code,
            name=finding.name,
            severity=finding.severity,
            message=finding.message,
            line=finding.line,
            column=finding.column,
            by=by,
            in_file=in_file,
        )

    @property
    def said(self) -> str:
        """The message, and what ignores it."""
        return f"{self.message} (ignored by {self.by})"


@dataclass(frozen=True, slots=True)
class FileResult:
    """What was found in one file, or in one model that was named.

    Attributes:
        path: as it was given; ``<stdin>`` for standard input.
        ok: whether nothing was found.
        model: what the config calls its model; empty if it could not be read.
        findings: in the order of the file; those without a place come first.
        ignored: how many findings the file itself ignores.
        depth, params, macs: of the model, at the config's own input size; ``None`` if it was not run to its end.
        notes: remarks on how the model ran.
        ignored_lock_findings: the findings of the lock that are ignored, by the file or in pyproject.toml.
        model_name: the name of a model that was named, its arguments included; empty for a file.
        seconds: that the check took.
        net: what a lock is to hold; ``None`` unless that was asked for, and the model ran.
        fault: traceback of a fault of our own that ended the check; empty without one.
    """

    path: str
    ok: bool = field(init=False)
    model: str = field(default="", kw_only=True)
    findings: tuple[Finding, ...] = ()
    _: KW_ONLY
    ignored: int = field(default=0, metadata={"json": "silenced"})
    depth: int | None = None
    params: int | None = None
    macs: int | None = None
    notes: tuple[str, ...] = ()
    ignored_lock_findings: tuple[IgnoredFinding, ...] = field(default=(), metadata={"json": "silenced_lock_findings"})
    model_name: str = field(default="", metadata={"json": False})
    seconds: float = field(default=0.0, metadata={"json": False})
    net: LockedNet | None = field(default=None, repr=False, metadata={"json": False})
    fault: str = field(default="", repr=False, metadata={"json": False})

    def __post_init__(self) -> None:
        """Compute ``ok`` from the findings."""
        object.__setattr__(self, "ok", not self.findings)

    @property
    def is_model(self) -> bool:
        """Whether a model was named, and no file."""
        return bool(self.model_name)

    @property
    def file(self) -> str | None:
        """The file that findings point at, that of ``mine.py:Net`` too; ``None`` for a model that is in no file."""
        from resnet_inspect.checking.targets import path_in

        return path_in(self.path) if self.is_model else self.path


def _in_words(changes: Sequence[Change]) -> Iterator[str]:
    """Yield ``layer2.0.conv1 stride 1×1 → 2×2``."""
    for change in changes[:_CHANGES_IN_WORDS]:
        name = "MACs" if change.field == "macs" else change.field.replace("_", " ")
        yield f"{change.path} {name} {_format_value(change.left)} → {_format_value(change.right)}"
    if len(changes) > _CHANGES_IN_WORDS:
        yield f"{len(changes) - _CHANGES_IN_WORDS:,} more"


def _format_value(value: object) -> str:
    if isinstance(value, tuple):
        return format_shape(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
