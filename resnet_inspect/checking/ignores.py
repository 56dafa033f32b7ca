"""The findings that a file ignores, and RI401: comments and entries of ``[check]`` that ignore nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule, raised_by_the_check
from resnet_inspect.configs.selectors import ALL, Ignore, RuleNames, ignorable
from resnet_inspect.text import sanitise

_PLACES_SHOWN = 3

_SCOPE = "a comment applies to its own line; on a line of its own, to the whole file"


class IgnoredCodes(NamedTuple):
    """An entry or comment of a file, and the codes that its selector means."""

    ignore: Ignore
    codes: frozenset[str]


def with_codes(ignores: Sequence[Ignore], names: RuleNames) -> tuple[IgnoredCodes, ...]:
    """Return each entry with the codes of its selector, without those that are always on."""
    known: dict[str, frozenset[str]] = {}  # a file can repeat one word ten thousand times
    for ignore in ignores:
        if ignore.selector not in known:
            known[ignore.selector] = ignorable(ignore.selector or ALL, names)
    return tuple(IgnoredCodes(ignore, known[ignore.selector]) for ignore in ignores)


def not_ignored(findings: Iterable[Finding], ignores: Iterable[IgnoredCodes]) -> list[Finding]:
    """Return the findings that are not ignored."""
    off: defaultdict[int | None, set[str]] = defaultdict(set)
    for ignore, codes in ignores:
        off[ignore.line] |= codes
    everywhere = off.pop(None, set())
    return [
        finding
        for finding in findings
        if finding.code not in everywhere and finding.code not in off.get(finding.line, ())
    ]


def ignored_by(finding: Finding, ignores: Iterable[IgnoredCodes]) -> str:
    """Return the place of the entry that ignores a finding, ``a comment on line 3``; empty if none does."""
    for ignore, codes in ignores:
        if finding.code in codes and ignore.line in {None, finding.line}:
            return f"a comment on line {ignore.position.line:,}" if ignore.position else "its [check] table"
    return ""


def unused(
    ignores: Iterable[IgnoredCodes], findings: Iterable[Finding], judged: frozenset[str]
) -> tuple[IgnoredCodes, ...]:
    """Return those that ignore none of ``findings``, although at least one of their rules is in ``judged``."""
    found: defaultdict[int | None, set[str]] = defaultdict(set)
    for finding in findings:
        found[finding.line].add(finding.code)
        found[None].add(finding.code)
    return tuple(
        ignored
        for ignored in ignores
        if ignored.codes & judged and not ignored.codes & found.get(ignored.ignore.line, set())
    )


def unused_findings(ignores: Iterable[IgnoredCodes], findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield a finding for each of ``ignores``, none of which ignores any of ``findings``."""
    places = _places(findings)
    for ignore, codes in ignores:
        what = sanitise(ignore.selector, 60) or "this comment"
        where = "in this file" if ignore.line is None else "on this line"
        elsewhere = [place for code in sorted(codes) for place in places.get(code, ())]
        yield Finding(
            message=f"{what} ignores nothing {where}",
            field_path=ignore.field,
            position=ignore.position,
            why="; ".join(elsewhere[:_PLACES_SHOWN]),
            hint=_SCOPE if elsewhere else "take it out",
        )


def _places(findings: Iterable[Finding]) -> Mapping[str, Sequence[str]]:
    """Return code -> the places of its findings, in words."""
    places: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for finding in findings:
        here = places[finding.code]
        if len(here) < _PLACES_SHOWN:
            place = "no line" if finding.line is None else f"line {finding.line:,}"
            here[f"{finding.code} is found on {place}"] = None
    return {code: tuple(words) for code, words in places.items()}


UNUSED_IGNORE = Rule(
    code="RI401",
    name="unused-ignore",
    severity="warning",
    by_default=True,
    summary="A comment, or an entry of [check] ignore, ignores nothing.",
    why="The problem that it was written for has been fixed, or is on another line. If it stays, it will hide the next "
    "finding of its rule before anyone has seen it. ruff has a similar rule, RUF100, which is off by default, because "
    "a noqa can be meant for another tool, another version of Python or a run with other rules. An ignore comment is "
    "for this tool only, so this rule is on. Nothing is reported if all rules of the comment are off, or if one that "
    "is off would find something. RI301 and RI302 count only with --locked. A comment or entry that names only this "
    "rule is not reported, nor is one in a file whose check did not finish.",
    fix="Remove it: the whole comment, or the one word that the finding points at. If the rule finds something on "
    "another line, move the comment there; on a line of its own, a comment applies to the whole file.",
    bad='base = "resnet50"\nstem_width = 64  # resnet-inspect: ignore[RI122] pruned\n',
    good='base = "resnet50"\nstem_width = 60  # resnet-inspect: ignore[RI122] pruned\n',
    find=raised_by_the_check,
)

RULES = (UNUSED_IGNORE,)
