"""What a check finds, and in which file or model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from resnet_inspect.config.positions import FieldPath, Position

if TYPE_CHECKING:
    from resnet_inspect.anatomy.compare import Change
    from resnet_inspect.checks.lock.entry import LockedNet

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a rule or an expectation has to say, before its place in the file is looked up.

    Attributes:
        message: what is wrong, on one line, with both numbers where there are two.
        field: the field that it is about, e.g. ``("expect", "depth")``; empty for the config as a whole.
        key: whether the field's name is at fault, and not its value.
        position: where it stands, if that is no field.
        expected, found: the two sides, in words; empty where there are no two.
        why: what makes it so, where that is known: which layer, with its numbers.
        hint: what to do.
        layer: dotted path of the layer that it is about; empty if none.
        changes, only_left, only_right: as in ``Difference``, the lock on the left.
        follows: whether it only follows from the failure of the forward, which another rule tells.
    """

    message: str
    field: FieldPath = ()
    key: bool = False
    expected: str = ""
    found: str = ""
    why: str = ""
    hint: str = ""
    layer: str = ""
    changes: tuple[Change, ...] = ()
    only_left: tuple[str, ...] = ()
    only_right: tuple[str, ...] = ()
    position: Position | None = None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a file.

    Attributes:
        code: of the rule, e.g. ``RI102``.
        severity: error or warning.
        message, expected, found, why, hint, layer, changes, only_left, only_right, follows: as in ``Observation``.
        line, column: where in the file, both from 1, the column in characters; ``None`` where nothing in it can be
            pointed at.
        path: the field as people write it, ``expect.stage_shapes[1]``; empty for the config as a whole.
        source_line: the text of that line; empty if there is none.
        end_column: one past the last character that is meant; ``None`` likewise.
        unjudged: fields of the expectations that it keeps from being judged, as people write them.
    """

    code: str
    severity: Severity
    message: str
    line: int | None = None
    column: int | None = None
    path: str = ""
    expected: str = ""
    found: str = ""
    why: str = ""
    hint: str = ""
    layer: str = ""
    source_line: str = ""
    end_column: int | None = None
    changes: tuple[Change, ...] = ()
    only_left: tuple[str, ...] = ()
    only_right: tuple[str, ...] = ()
    follows: bool = False
    unjudged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SilencedFinding:
    """A finding that is not reported as one.

    Attributes:
        finding: it.
        by: what silences it, in words: ``a comment on line 3``.
        in_file: whether that is in the file itself.
    """

    finding: Finding
    by: str
    in_file: bool


@dataclass(frozen=True, slots=True)
class FileResult:
    """What was found in one file, or in one model that was named.

    Attributes:
        path: as it was given, ``<stdin>`` for standard input.
        called: what a model is known by, its arguments included; empty for a file.
        findings: as they stand in the file; those without a place come first.
        model: what the config calls its model; empty if it could not be read.
        seconds: that the check took.
        ignored: how many findings the file itself silences.
        silenced: the findings of the lock that are silenced, by the file or for it: whoever guards it must see them.
        fault: traceback of a fault of our own that ended the check; empty without one.
        depth, params, macs: of the model, at the config's own input size; ``None`` if it was not run to its end.
        net: what a lock is to hold; ``None`` unless that was asked for, and the model ran.
        notes: what is to be known of how the model ran.
    """

    path: str
    findings: tuple[Finding, ...]
    model: str = ""
    seconds: float = 0.0
    ignored: int = 0
    silenced: tuple[SilencedFinding, ...] = ()
    fault: str = field(default="", repr=False, metadata={"json": False})
    depth: int | None = None
    params: int | None = None
    macs: int | None = None
    net: LockedNet | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    called: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
