"""What a rule is, and which rules a selection turns on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from resnet_inspect.arguments import several, wrong_type
from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.severity import Severity
from resnet_inspect.configs.selectors import ALWAYS_ON, RuleNames, exactness

Language = Literal["toml", "python", "text"]
"""Kind of an example: a config; a module, whose class ``Net`` is judged at 96×96; or words, where nothing can run."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong with a config.

    Attributes:
        code: ``RI102``. RI0xx: the file or its run; RI1xx: rules of structure; RI2xx: expectations; RI3xx: the lock;
            RI4xx: what the file ignores.
        name: for people, ``stage-halved-twice``.
        severity: of its findings.
        by_default: whether it is on unless ``--select`` or ``--ignore`` says otherwise.
        summary: what is wrong, in one sentence.
        why: the reason why that matters, with the source of the fact.
        fix: what to do.
        language: of the two examples; ``python`` where the schema of a config does not allow such a thing.
        bad: an example in which it finds something.
        good: the example, corrected.
        find: yields its findings in a config or model, without code and place.
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
    """Yield nothing: the ``find`` of a rule whose findings the check itself makes, because no evidence shows them."""
    del evidence
    yield from ()


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """The rules that one place asks for: the table in pyproject.toml, or the command line.

    Attributes:
        select: only these rules; ``None`` for those that are on by default.
        extend_select: these too.
        ignore: not these.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Take one text for a tuple of one.

        Raises:
            WrongTypeError: if something is neither a text nor several.
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

    In each layer and for each rule, the most exact selector wins, and ``ignore`` wins over an equal one. A rule that a
    layer does not mention stays as the layers before left it, unless the layer has a ``select``, which starts anew.
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
