"""``rule`` as a page: one rule in full, or several in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resnet_inspect.render.page import Cell, Column, Drawing, Heading, Page, Part, Prose, Row, Section, Table, line
from resnet_inspect.reports.rule import RulePage, RuleReport

_COLUMNS = (
    Column("code", "rule"),
    Column("name", "name"),
    Column("severity", "severity"),
    Column("by_default", "default"),
    Column("summary", "what is wrong", hidden=True),
    Column("why", "why", hidden=True),
    Column("mend", "what to do", hidden=True),
    Column("language", "language", hidden=True),
    Column("bad", "bad", hidden=True),
    Column("good", "good", hidden=True),
)


def rule_page(report: RuleReport) -> Page:
    """One rule is explained; several are listed."""
    table = _table(report.rules)
    if len(report.rules) == 1:
        return Page(tuple(_explained(report.rules[0])), unseen=table)
    off = sum(not rule.by_default for rule in report.rules)
    words = f"{len(report.rules)} rules, {off} of them off by default; 'resnet-inspect rule CODE' explains one"
    return Page((table, Prose((line(words, "dim"),))))


def _explained(rule: RulePage) -> Iterator[Part]:
    yield Heading(f"{rule.code} {rule.name}", f"{rule.severity}, {_default(rule)} by default", level=1)
    yield Prose((line(rule.summary),))
    yield Heading("Why")
    yield Prose((line(rule.why),))
    yield Heading("What to do")
    yield Prose((line(rule.mend),))
    yield Heading("Bad")
    yield _example(rule, rule.bad)
    yield Heading("Good")
    yield _example(rule, rule.good)


def _example(rule: RulePage, text: str) -> Drawing:
    return Drawing(tuple(line(shown) for shown in text.rstrip("\n").split("\n")), rule.language)


def _default(rule: RulePage) -> str:
    return "on" if rule.by_default else "off"


def _table(rules: Sequence[RulePage]) -> Table:
    """Rules of one subject, which have the first three signs of their codes in common, stand together."""
    subjects: dict[str, list[Row]] = {}
    for rule in rules:
        subjects.setdefault(rule.code[:3], []).append(_row(rule))
    return Table(_COLUMNS, tuple(Section(tuple(rows)) for rows in subjects.values()))


def _row(rule: RulePage) -> Row:
    return Row(
        (
            Cell(rule.code),
            Cell(rule.name),
            Cell(rule.severity, tone="bad" if rule.severity == "error" else "warn"),
            Cell(_default(rule), rule.by_default, "" if rule.by_default else "dim"),
            Cell(rule.summary),
            Cell(rule.why),
            Cell(rule.mend),
            Cell(rule.language),
            Cell(rule.bad),
            Cell(rule.good),
        )
    )
