"""Findings of a check, and the result for one file or model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Literal

from resnet_inspect.text import format_shape

if TYPE_CHECKING:
    from resnet_inspect.anatomy.compare import Change
    from resnet_inspect.checking.lock.entry import LockedNet
    from resnet_inspect.configs.positions import FieldPath, Position

Severity = Literal["error", "warning"]

_CHANGES_IN_WORDS = 5
"""Number of changes named in a sentence; the json format has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem of a file or a model.

    A rule makes it, without its own code and without a place; ``FindingBuilder`` adds both.

    Attributes:
        code, name: code and name of the rule: ``RI102``, ``stage-halved-twice``.
        severity: error or warning.
        message: the message, on one line.
        line, column: position in the file, from 1, the column in characters; ``None`` without a position.
        end_column: column after the last character of the field or value; ``None`` without a position.
        path: the field as people write it, ``expect.stage_shapes[1]``; empty for the config as a whole.
        expected, found: the expected and the actual value, in words; empty if there are none.
        why: the cause, if it is known: the layer with its numbers.
        hint: suggested change.
        layer: dotted path of the layer concerned; empty if there is none.
        changes, only_left, only_right: the differences from the lock, as in ``Difference``, with the lock on the left.
        unjudged: expectations that could not be judged because of it, as people write them.
        help: the command that explains the rule.
        source_line: text of the line; empty without a position.
        field_path: the field concerned, ``("expect", "depth")``; empty for the config as a whole.
        at_key: ``True`` if the field's name is wrong, not its value.
        position: position of a finding that concerns no field, such as a comment.
        follows: ``True`` if it is a consequence of a failed forward, which another finding reports.
        by: the place of the ignore that ignores it, in words: ``a comment on line 3``; empty if there is none.
        in_file: ``True`` if that is in the file itself.
    """

    code: str = ""
    name: str = ""
    severity: Severity = "error"
    message: str
    line: int | None = None
    column: int | None = None
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
    by: str = field(default="", metadata={"json": False})
    in_file: bool = field(default=False, metadata={"json": False})

    def __post_init__(self) -> None:
        """Compute ``help`` from the code."""
        object.__setattr__(self, "help", f"resnet-inspect rule {self.code}")

    def place(self, file: str) -> str:
        """Return ``net.toml:3:9``, without the parts that are unknown."""
        return ":".join(str(part) for part in (file, self.line, self.column) if part is not None)

    @property
    def said(self) -> str:
        """The message, for an ignored finding with the place of the ignore."""
        return f"{self.message} (ignored by {self.by})" if self.by else self.message

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """The details beyond the message, as pairs of name and text."""
        said = bool(self.expected) and self.found in self.message and f"expected {self.expected}" in self.message
        sides = () if said else (("expected", self.expected), ("found", self.found))
        unjudged = ", ".join(path.removeprefix("expect.") for path in self.unjudged)
        others = (("why", self.why), ("hint", self.hint), ("unjudged", unjudged and f"in [expect]: {unjudged}"))
        return tuple((name, text) for name, text in (*sides, *others) if text)

    @property
    def details_in_words(self) -> tuple[tuple[str, str], ...]:
        """The details with the first few changes, for formats without tables."""
        changes = tuple(_in_words(self.changes))
        return (*(("changed", "; ".join(changes)) for _ in changes[:1]), *self.details)


@dataclass(frozen=True, slots=True)
class FileResult:
    """The result of the check of one file or of one named model.

    Attributes:
        path: path as given; ``<stdin>`` for standard input.
        ok: ``True`` if there are no findings.
        model: name of the model in the config; empty if the config could not be read.
        findings: findings in the order of the file; those without a position come first.
        ignored: number of findings that the file itself ignores.
        depth, params, macs: figures of the model at the config's own input size; ``None`` if its forward failed.
        notes: remarks on how the model ran.
        ignored_lock_findings: findings of the lock that are ignored, by the file or in pyproject.toml.
        model_name: name of a named model, with its arguments; empty for a file.
        seconds: duration of the check.
        net: new entry of the lock; ``None`` unless it was requested and the model ran.
        fault: traceback of a bug in this package that ended the check; empty without one.
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
    ignored_lock_findings: tuple[Finding, ...] = field(
        default=(),
        metadata={
            "json": "silenced_lock_findings",
            "fields": ("code", "name", "severity", "message", "line", "column", "by"),
        },
    )
    model_name: str = field(default="", metadata={"json": False})
    seconds: float = field(default=0.0, metadata={"json": False})
    net: LockedNet | None = field(default=None, repr=False, metadata={"json": False})
    fault: str = field(default="", repr=False, metadata={"json": False})

    def __post_init__(self) -> None:
        """Compute ``ok`` from the findings."""
        object.__setattr__(self, "ok", not self.findings)

    @property
    def is_model(self) -> bool:
        """``True`` for a named model, ``False`` for a file."""
        return bool(self.model_name)

    @property
    def file(self) -> str | None:
        """Path of the file, ``mine.py`` for ``mine.py:Net``; ``None`` for a model that is not named by a file."""
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
