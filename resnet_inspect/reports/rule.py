"""``rule``: what the rules of ``check`` mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from resnet_inspect.checks.findings import Severity
from resnet_inspect.checks.rule import Language, Rule
from resnet_inspect.notebook import ShownInNotebooks

SCHEMA = "resnet-inspect/rule/1"


@dataclass(frozen=True, slots=True)
class RulePage:
    """What there is to say of one rule; all as in ``Rule``."""

    code: str
    name: str
    severity: Severity
    by_default: bool
    summary: str
    why: str
    mend: str
    language: Language
    bad: str
    good: str


@dataclass(frozen=True)
class RuleReport(ShownInNotebooks):
    """The rules that were asked for.

    Attributes:
        rules: sorted by code.
    """

    rules: tuple[RulePage, ...]


def rule_report(rules: Iterable[Rule]) -> RuleReport:
    """Leave out how they are judged."""
    return RuleReport(tuple(map(_page, rules)))


def _page(rule: Rule) -> RulePage:
    return RulePage(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        by_default=rule.by_default,
        summary=rule.summary,
        why=rule.why,
        mend=rule.mend,
        language=rule.language,
        bad=rule.bad,
        good=rule.good,
    )
