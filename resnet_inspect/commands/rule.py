"""``rule``: explanations of the rules of ``check``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from resnet_inspect.arguments import text
from resnet_inspect.checking.registry import RULES, matching
from resnet_inspect.checking.rule import Rule
from resnet_inspect.console.completion import complete_rule
from resnet_inspect.console.options import ReportOptions
from resnet_inspect.rendering.cells import SEVERITY_TONES
from resnet_inspect.rendering.page import Cell, Column, Drawing, Heading, Page, Part, Prose, line, table_of
from resnet_inspect.rendering.report import Report

_COLUMNS: tuple[Column[Rule], ...] = (
    Column("code", "rule", lambda rule: rule.code),
    Column("name", "name", lambda rule: rule.name),
    Column("severity", "severity", lambda rule: Cell(rule.severity, tone=SEVERITY_TONES[rule.severity])),
    Column("by_default", "default", lambda rule: _default_cell(rule)),
    Column("summary", "what is wrong", lambda rule: rule.summary, hidden=True),
    Column("why", "why", lambda rule: rule.why, hidden=True),
    Column("mend", "what to do", lambda rule: rule.fix, hidden=True),
    Column("language", "language", lambda rule: rule.language, hidden=True),
    Column("bad", "bad", lambda rule: rule.bad, hidden=True),
    Column("good", "good", lambda rule: rule.good, hidden=True),
)


@dataclass(frozen=True, repr=False)
class RuleReport(Report):
    """Explanations of rules.

    Attributes:
        rules: the rules, sorted by code.
    """

    schema = "resnet-inspect/rule/1"
    command = "rule"

    rules: tuple[Rule, ...]

    def _page(self) -> Page:
        """Return an explanation of one rule, or a list of several."""
        # The codes of one subject begin with the same three characters.
        table = table_of(_COLUMNS, self.rules, by=lambda rule: rule.code[:3], title=lambda _: "")
        if len(self.rules) == 1:
            return Page(tuple(_explained(self.rules[0])), unseen=table)
        words = f"{self._headline()}; 'resnet-inspect rule CODE' explains one"
        return Page((table, Prose((line(words, "dim"),))))

    def _headline(self) -> str:
        if len(self.rules) == 1:
            return super()._headline()
        off = sum(not rule.by_default for rule in self.rules)
        return f"{len(self.rules)} rules, {off} of them off by default"


def rule(*words: str) -> RuleReport:
    """Explain rules.

    Args:
        words: codes, beginnings of codes, or names of rules, in upper or lower case; none for all rules.

    Returns:
        The rules that match any word, sorted by code.

    Raises:
        WrongTypeError: if a word is not a text.
        RequestError: if a word matches no rule.
    """
    for word in words:
        text("a rule", word)
    return RuleReport(matching(words) if words else tuple(RULES.values()))


def command(
    rules: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RULE",
            autocompletion=complete_rule,
            help="A code, the start of a code, or a name. Default: all rules.",
        ),
    ] = None,
    *,
    output: ReportOptions,
) -> int:
    """Write the report of ``rule``."""
    return output.write(rule(*rules or ()))


def _explained(rule: Rule) -> Iterator[Part]:
    yield Heading(f"{rule.code} {rule.name}", f"{rule.severity}, {_default(rule)} by default", level=1)
    yield Prose((line(rule.summary),))
    yield Heading("Why")
    yield Prose((line(rule.why),))
    yield Heading("What to do")
    yield Prose((line(rule.fix),))
    yield Heading("Bad")
    yield _example(rule, rule.bad)
    yield Heading("Good")
    yield _example(rule, rule.good)


def _example(rule: Rule, text: str) -> Drawing:
    return Drawing(tuple(line(shown) for shown in text.rstrip("\n").split("\n")), rule.language)


def _default(rule: Rule) -> str:
    return "on" if rule.by_default else "off"


def _default_cell(rule: Rule) -> Cell:
    return Cell(_default(rule), rule.by_default, "" if rule.by_default else "dim")
