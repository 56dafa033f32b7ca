"""Rules, and the selection of those that are on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from resnet_inspect.arguments import several, wrong_type
from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding, Severity
from resnet_inspect.configs.selectors import ALWAYS_ON, RuleNames, exactness

Language = Literal["toml", "python", "text"]
"""Kind of an example: a config; Python code, whose class ``Net`` is judged at 96×96; or a description in words."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: one kind of problem of a config or model.

    Attributes:
        code: ``RI102``. RI0xx: the file or its run; RI1xx: rules of structure; RI2xx: expectations; RI3xx: the lock;
            RI4xx: what the file ignores.
        name: readable name, ``stage-halved-twice``.
        severity: severity of its findings.
        by_default: ``True`` if it is on unless options or settings turn it off.
        summary: the problem, in one sentence.
        why: the reason why the problem matters, with the source of the fact.
        fix: the remedy.
        language: language of the two examples; ``python`` if no config can have the problem.
        bad: an example with the problem.
        good: the corrected example.
        find: function from the evidence to findings, without code and position.
    """

    code: str
    name: str
    severity: Severity
    by_default: bool
    summary: str
    why: str
    fix: str = field(metadata={"json": "mend"})
    language: Language = field(default="toml", kw_only=True)
    bad: str
    good: str
    find: Callable[[Evidence], Iterable[Finding]] = field(metadata={"json": False})

    def label(self, finding: Finding) -> Finding:
        """Return a finding with the code, the name and the severity of this rule."""
        return replace(finding, code=self.code, name=self.name, severity=self.severity)


def raised_by_the_check(evidence: Evidence) -> Iterator[Finding]:
    """Yield nothing: the ``find`` of a rule whose findings are not made from evidence, but by the check itself."""
    del evidence
    yield from ()


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """The selectors of rules in one place: the table in pyproject.toml, or the command line.

    Attributes:
        select: only these rules; ``None`` for those that are on by default.
        extend_select: rules to turn on in addition.
        ignore: rules to turn off.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Turn a single string into a tuple.

        Raises:
            WrongTypeError: if a field is neither a string nor several.
        """
        for name in ("select", "extend_select", "ignore"):
            value = getattr(self, name)
            if value is not None:
                selectors = several(value, str)
                if selectors is None or not all(isinstance(selector, str) for selector in selectors):
                    raise wrong_type(name, "the codes or names of rules, such as ('RI1', 'RI203')", value)
                object.__setattr__(self, name, selectors)


DEFAULTS = RuleSelection()
"""The rules that are on by default."""


def chosen_codes(layers: Iterable[RuleSelection], rules: Mapping[str, Rule]) -> frozenset[str]:
    """Return the codes of the rules that are on.

    In each layer and for each rule, the most exact selector wins, and ``ignore`` wins over an equally exact one. A rule
    that a layer does not mention keeps its state, unless the layer has a ``select``, which turns all rules off first.
    """
    on = {code for code, rule in rules.items() if rule.by_default}
    for layer in layers:
        if layer.select is not None:
            on.clear()
        for code, rule in rules.items():
            selected = _most_exact((*(layer.select or ()), *layer.extend_select), rule)
            ignored = _most_exact(layer.ignore, rule)
            if selected > ignored:
                on.add(code)
            elif ignored:
                on.discard(code)
    return frozenset(on | {code for code in rules if code.startswith(ALWAYS_ON)})


def names_of(rules: Mapping[str, Rule]) -> RuleNames:
    """Return the name of each rule by its code."""
    return {code: rule.name for code, rule in rules.items()}


def _most_exact(selectors: Iterable[str], rule: Rule) -> int:
    return max((exactness(selector, rule.code, rule.name) for selector in selectors), default=0)
