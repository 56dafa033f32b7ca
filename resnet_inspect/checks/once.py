"""A forward that fails is one finding, and not one more for each expectation that could not be judged for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from resnet_inspect.checks.findings import Finding

_TELL_WHY = frozenset({"RI002", "RI101", "RI104", "RI121"})
"""The rules that say why a forward failed; of one failure, one of them speaks."""


def told_once(findings: Sequence[Finding]) -> list[Finding]:
    """Put what only follows from a failed forward into the finding that says why it failed; one always does."""
    following = sorted((finding for finding in findings if finding.follows), key=_place)
    if not following:
        return list(findings)
    others = [finding for finding in findings if not finding.follows]
    teller = next(finding for finding in others if finding.code in _TELL_WHY)
    told = replace(teller, unjudged=tuple(finding.path for finding in following))
    return [told, *(finding for finding in others if finding is not teller)]


def _place(finding: Finding) -> tuple[float, int]:
    return finding.line or math.inf, finding.column or 0
