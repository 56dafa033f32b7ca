"""Every rule there is, by its code. No room of torch's is imported here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from resnet_inspect.checks.expectations import EXPECTATIONS
from resnet_inspect.checks.lock import rules as lock
from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.rules import channels, gaps, residual, runs, silences, sizes, strides, whole
from resnet_inspect.checks.selectors import names_of
from resnet_inspect.config.selector import meant_by, wrong_selector
from resnet_inspect.errors import RequestError


def by_code(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    """Rules by their codes, sorted.

    Raises:
        ValueError: if two have the same code or the same name.
    """
    ordered = sorted(rules, key=lambda rule: rule.code)
    for value in ("code", "name"):
        seen: set[str] = set()
        for rule in ordered:
            found = getattr(rule, value)
            if found in seen:
                message = f"two rules have the {value} {found}"
                raise ValueError(message)
            seen.add(found)
    return MappingProxyType({rule.code: rule for rule in ordered})


RULES = by_code(
    (
        *runs.RULES,
        *residual.RULES,
        *strides.RULES,
        *gaps.RULES,
        *channels.RULES,
        *sizes.RULES,
        *whole.RULES,
        *EXPECTATIONS,
        *lock.RULES,
        *silences.RULES,
    )
)


def matching(words: Iterable[str]) -> tuple[Rule, ...]:
    """The rules that at least one of ``words`` means, sorted by code: a code, the beginning of codes, a name, or ALL.

    Raises:
        RequestError: if one of them means none; it names similar ones.
    """
    names = names_of(RULES)
    meant: set[str] = set()
    for word in words:
        if flaw := wrong_selector(word, names, ignoring=False):
            raise RequestError(f"{flaw.message}: {flaw.hint}")
        meant |= meant_by(word, names)
    return tuple(rule for code, rule in RULES.items() if code in meant)
