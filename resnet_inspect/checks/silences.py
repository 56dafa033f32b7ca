"""Which findings a file silences, and which of its silences silence nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from resnet_inspect.checks.findings import Finding, Observation
from resnet_inspect.config.declaration import Silence
from resnet_inspect.config.selector import ALL, Names, ignorable
from resnet_inspect.text import sanitise

_PLACES_SHOWN = 3

_SCOPE = "a comment applies to its own line; on a line of its own, to the whole file"


class SilencedCodes(NamedTuple):
    """A silence, and the codes that it means."""

    silence: Silence
    codes: frozenset[str]


def with_codes(silences: Sequence[Silence], names: Names) -> tuple[SilencedCodes, ...]:
    """Look up what the selectors mean; what is always on, none does."""
    known: dict[str, frozenset[str]] = {}  # a file can say one word ten thousand times
    for silence in silences:
        if silence.selector not in known:
            known[silence.selector] = ignorable(silence.selector or ALL, names)
    return tuple(SilencedCodes(silence, known[silence.selector]) for silence in silences)


def unsilenced(findings: Iterable[Finding], silences: Iterable[SilencedCodes]) -> list[Finding]:
    """The findings that are left."""
    off: defaultdict[int | None, set[str]] = defaultdict(set)
    for silence, codes in silences:
        off[silence.line] |= codes
    everywhere = off.pop(None, set())
    return [
        finding
        for finding in findings
        if finding.code not in everywhere and finding.code not in off.get(finding.line, ())
    ]


def silencer(finding: Finding, silences: Iterable[SilencedCodes]) -> str:
    """What silences a finding, in words: ``a comment on line 3``; empty if nothing does."""
    for silence, codes in silences:
        if finding.code in codes and silence.line in {None, finding.line}:
            return f"a comment on line {silence.position.line:,}" if silence.position else "its [check] table"
    return ""


def idle(
    silences: Iterable[SilencedCodes], findings: Iterable[Finding], asked: frozenset[str]
) -> tuple[SilencedCodes, ...]:
    """Those that silence none of ``findings``, though a rule that they mean is among those that were ``asked``."""
    found: defaultdict[int | None, set[str]] = defaultdict(set)
    for finding in findings:
        found[finding.line].add(finding.code)
        found[None].add(finding.code)
    return tuple(
        silenced
        for silenced in silences
        if silenced.codes & asked and not silenced.codes & found.get(silenced.silence.line, set())
    )


def told(idlers: Iterable[SilencedCodes], findings: Iterable[Finding]) -> Iterator[Observation]:
    """What to say of silences that silence none of ``findings``."""
    places = _places(findings)
    for silence, codes in idlers:
        what = sanitise(silence.selector, 60) or "this comment"
        where = "in this file" if silence.line is None else "on this line"
        elsewhere = [place for code in sorted(codes) for place in places.get(code, ())]
        yield Observation(
            message=f"{what} silences nothing {where}",
            field=silence.field,
            position=silence.position,
            why="; ".join(elsewhere[:_PLACES_SHOWN]),
            hint=_SCOPE if elsewhere else "take it out",
        )


def _places(findings: Iterable[Finding]) -> Mapping[str, Sequence[str]]:
    """Code -> where it is found, in words."""
    places: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for finding in findings:
        here = places[finding.code]
        if len(here) < _PLACES_SHOWN:
            place = "no line" if finding.line is None else f"line {finding.line:,}"
            here[f"{finding.code} is found on {place}"] = None
    return {code: tuple(words) for code, words in places.items()}
