"""All rules, by code. Nothing here imports torch."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from resnet_inspect.checking import ignores
from resnet_inspect.checking.expectations import figures, layer_counts, shapes, strides as expected_strides, weights
from resnet_inspect.checking.lock import rules as lock
from resnet_inspect.checking.rule import Rule, names_of
from resnet_inspect.checking.rules import channels, network, residual, runs, sizes, skipped_pixels, strides
from resnet_inspect.configs.selectors import meant_by, wrong_selector
from resnet_inspect.errors import RequestError


def by_code(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    """Return code -> rule, sorted by code.

    Raises:
        ValueError: if two have the same code or the same name.
    """
    ordered = sorted(rules, key=lambda rule: rule.code)
    for value in ("code", "name"):
        seen: set[str] = set()
        for rule in ordered:
            found = getattr(rule, value)
            if found in seen:
                raise ValueError(f"two rules have the {value} {found}")
            seen.add(found)
    return MappingProxyType({rule.code: rule for rule in ordered})


EXPECTATIONS = tuple(
    by_code((*layer_counts.RULES, *figures.RULES, *shapes.RULES, *expected_strides.RULES, *weights.RULES)).values()
)
"""The rules of an ``[expect]`` table, by code, RI201 to RI213."""

RULES = by_code(
    (
        *runs.RULES,
        *residual.RULES,
        *strides.RULES,
        *skipped_pixels.RULES,
        *channels.RULES,
        *sizes.RULES,
        *network.RULES,
        *EXPECTATIONS,
        *lock.RULES,
        *ignores.RULES,
    )
)


def matching(words: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules that ``words`` select, sorted by code: a code, the beginning of codes, a name, or ALL.

    Raises:
        RequestError: if one of them selects none; the message suggests similar ones.
    """
    names = names_of(RULES)
    meant: set[str] = set()
    for word in words:
        if flaw := wrong_selector(word, names, ignoring=False):
            raise RequestError(f"{flaw.message}: {flaw.hint}")
        meant |= meant_by(word, names)
    return tuple(rule for code, rule in RULES.items() if code in meant)
