"""RI301 to RI303: differences from the lock, for ``check --locked``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule, raised_by_the_check
from resnet_inspect.errors import RequestError
from resnet_inspect.text import format_shape, join_names, pluralise, sanitise

if TYPE_CHECKING:
    from resnet_inspect.anatomy.compare import Difference
    from resnet_inspect.checking.lock.entry import LockedEntry, LockedNet

_SUMS = (("depth", "depth"), ("params", "params"), ("macs", "MACs"), ("buffers", "buffer elements"))
_CHOICES = (
    ("stride_placement", "v1 / v1.5:"),
    ("input_shape", "input"),
    ("output_shape", "output"),
    ("shortcut_convolutions", "shortcut convolutions"),
    ("weight_standardized", "weight_standardized"),
)
_FOLLOWING = frozenset({"input_shape", "output_shape", "params", "macs"})
"""Fields that depend on other fields, of the same layer or of earlier ones."""


def _is_changed(evidence: Evidence) -> Iterator[Finding]:
    entry = evidence.entry
    if entry is None or entry.net is None:
        return
    if not evidence.ran:
        yield Finding(
            message=f"was locked with input {format_shape(entry.net.input_shape[1:])}, but no longer runs at "
            f"{format_shape(evidence.trace.input_shape[1:])}",
            hint="its entry stays in the lock until it runs again",
        )
        return
    from resnet_inspect.anatomy.compare import compare_anatomies
    from resnet_inspect.checking.lock.entry import as_comparable
    from resnet_inspect.checking.lock.record import record, restore

    now = record(evidence.config, evidence.anatomy, evidence.trace)
    if entry.net.same_architecture(now):
        return
    locked, now = as_comparable(entry.net, now)
    # Both sides are restored from entries, so that neither has what an entry leaves out.
    found = compare_anatomies(restore(locked), restore(now))
    differences = (*_totals(locked, now), *(_places(found) or _rows(locked, now)))
    yield Finding(
        message=f"the architecture is not what the lock says: {', '.join(differences)}",
        hint=f"if the change is intended, record it: {_command(evidence, entry)}",
        changes=found.changes,
        only_left=found.only_left,
        only_right=found.only_right,
    )


def _totals(locked: LockedNet, now: LockedNet) -> Iterator[str]:
    for field, name in _SUMS:
        left, right = getattr(locked, field), getattr(now, field)
        if left != right:
            yield f"{name} {left:,} → {right:,}{_percent(left, right) if field in {'params', 'macs'} else ''}"
    for field, name in _CHOICES:
        left, right = _word(getattr(locked, field)), _word(getattr(now, field))
        if left != right:
            yield f"{name} {left} → {right}"


def _percent(left: int, right: int) -> str:
    return f" ({100 * (right - left) / left:+.2f} %)".replace("-", "−") if left else ""


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return format_shape(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)


def _places(found: Difference) -> list[str]:
    """Return ``6 places differ (stride 6×)``; empty if layers and blocks agree."""
    chosen = Counter(change.field for change in found.changes if change.field not in _FOLLOWING)
    parts = []
    if places := len({change.path for change in found.changes}):
        most = ", ".join(f"{field.replace('_', ' ')} {count}×" for field, count in chosen.most_common(3))
        parts.append(pluralise(places, "place differs", "places differ") + (f" ({most})" if most else ""))
    if found.only_left:
        parts.append(f"{pluralise(len(found.only_left), 'layer')} gone")
    if found.only_right:
        parts.append(f"{pluralise(len(found.only_right), 'new layer')}")
    return parts


def _rows(locked: LockedNet, now: LockedNet) -> Iterator[str]:
    """Yield the differences that the comparison of layers does not show: names, and figures of stages and blocks."""
    for field in ("layers", "blocks", "stages", "operations"):
        pairs = zip(getattr(locked, field), getattr(now, field), strict=False)
        different = sum(left != right for left, right in pairs)
        if different:
            yield f"{field} written differently in {pluralise(different, 'row')}"
    if locked.function != now.function:
        yield "what the operators read, or in which order they run"


def _is_not_locked(evidence: Evidence) -> Iterator[Finding]:
    entry = evidence.entry
    if entry is None or entry.net is not None:
        return
    old = None
    if entry.orphans and evidence.ran:
        from resnet_inspect.checking.lock.record import record

        old = entry.orphans.get(record(evidence.config, evidence.anatomy, evidence.trace).fingerprint())
    renamed = f", but matches {sanitise(old, 1_000)}, which is gone: renamed?" if old else ""
    yield Finding(
        message=f"{entry.lock} has no entry for this {'file' if evidence.declared else 'model'}{renamed}",
        hint=f"add one: {_command(evidence, entry)}",
    )


def _command(evidence: Evidence, entry: LockedEntry) -> str:
    """Return the command that records the current network, or its description."""
    asking_for = "this file's path" if evidence.declared else "this model's name"
    return entry.command or f"'resnet-inspect lock' with {asking_for}"


CHANGED = Rule(
    code="RI301",
    name="architecture-is-not-locked-one",
    severity="error",
    by_default=True,
    summary="The architecture is not what the lock says.",
    why="A backbone's depth, cost, shapes and strides are what trained weights, latency budgets and everything "
    "after it rely on. One field can change them all without an error: stride_in moves the stride from the 1×1 to "
    "the 3×3, weights of either version load into the other, and the results differ. The lock holds every layer, so "
    "that such a change shows in review.",
    fix="If the change is intended, run 'resnet-inspect lock' with the file's path and commit the lock with the "
    "config, so that the review shows both. If not, revert the config.",
    bad='base = "resnet50"\nstride_in = "1x1"  # locked as v1.5\n',
    good='base = "resnet50"  # locked as v1.5\n',
    find=_is_changed,
)

NOT_LOCKED = Rule(
    code="RI302",
    name="not-in-the-lock",
    severity="error",
    by_default=True,
    summary="The lock has no entry for the file.",
    why="Nothing pins the architecture of a config that was never locked, or was renamed since: a gate that let it "
    "pass would guard only the files that somebody remembered.",
    fix="Run 'resnet-inspect lock' with the file's path. For files that should not be locked, per-file-ignores "
    "in pyproject.toml ignores this rule, and the report says for which.",
    bad="configs/new.toml, and a lock whose files are configs/old.toml\n",
    good="configs/new.toml, and a lock whose files are configs/new.toml and configs/old.toml\n",
    find=_is_not_locked,
    language="text",
)

UNCHECKED = Rule(
    code="RI303",
    name="lock-entry-not-checked",
    severity="error",
    by_default=True,
    summary="No file of this run was compared with an entry of the lock.",
    why="Without this rule, a check passes although a locked network is no longer checked. Either the file does not "
    "exist: it was removed or renamed. Every such entry is reported, whichever files are named. Or the file exists and "
    "is covered by the paths of this run (its name, a folder around it or a pattern), but is not checked: it is empty, "
    "commented out or in a table of its own, so that it does not look like a config any more; a folder or a pipe is in "
    "its place; it is excluded in pyproject.toml; or it is hidden, or behind a link that a search does not follow. An "
    "entry of a model is covered by its own name only.",
    fix="If the file was removed on purpose, run 'resnet-inspect lock' on any config, which drops the entries of files "
    "that do not exist. If it exists, restore the config, or name the file if no search finds it. If it is not to be "
    "guarded any more, remove its entry from the lock, so that the review shows it.",
    bad="a lock whose files are configs/old.toml and configs/net.toml; configs/old.toml does not exist\n",
    good="the same lock, and both files exist and are checked\n",
    find=raised_by_the_check,
    language="text",
)

RULES = (CHANGED, NOT_LOCKED, UNCHECKED)


def require_selected(codes: Container[str]) -> None:
    """Raise a ``RequestError`` if one of these rules is not selected."""
    if off := [rule.code for rule in RULES if rule.code not in codes]:
        raise RequestError(
            f"a check against the lock (--locked) needs {join_names([rule.code for rule in RULES])}, and the "
            f"selection leaves out {join_names(off)}: select RI3 too, or do not ignore it, on the command line and in "
            "pyproject.toml"
        )
