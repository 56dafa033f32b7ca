"""Which rules are on: codes, their beginnings and names, in layers; of two that fit, the more exact one wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.nearest import nearest
from resnet_inspect.text import sanitise

ALL = "ALL"

ALWAYS_ON = "RI0"
"""Beginning of the codes that say that a file was not checked; a gate that can leave those out is none."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What one place asks for: the table in pyproject.toml, or the command line.

    Attributes:
        select: only these rules; ``None`` for those that are on by default.
        extend_select: these too.
        ignore: not these.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


DEFAULTS = Selection()
"""Nothing asked for."""


def chosen_codes(layers: Iterable[Selection], rules: Mapping[str, Rule]) -> frozenset[str]:
    """Codes of the rules that are on.

    In each layer and for each rule, the most exact selector wins, and ``ignore`` wins over an equal one. What a layer
    does not speak of stays as the layers before left it, unless it has a ``select``, which starts anew.
    """
    on = {code for code, rule in rules.items() if rule.by_default}
    for layer in layers:
        if layer.select is not None:
            on.clear()
        for code, rule in rules.items():
            wanted = _most_exact((*(layer.select or ()), *layer.extend_select), rule)
            unwanted = _most_exact(layer.ignore, rule)
            if wanted > unwanted:
                on.add(code)
            elif unwanted:
                on.discard(code)
    return frozenset(on | {code for code in rules if code.startswith(ALWAYS_ON)})


def codes_meant(selectors: Iterable[str], rules: Mapping[str, Rule]) -> frozenset[str]:
    """Codes of the rules that at least one of ``selectors`` means, without those that are always on."""
    wanted = tuple(selectors)
    return frozenset(
        code for code, rule in rules.items() if _most_exact(wanted, rule) and not code.startswith(ALWAYS_ON)
    )


def _most_exact(selectors: Iterable[str], rule: Rule) -> int:
    return max((_exactness(selector, rule) for selector in selectors), default=0)


def _exactness(selector: str, rule: Rule) -> int:
    """0 if ``selector`` does not mean ``rule``, else a number that grows with how exact it is."""
    if selector.upper() == ALL:
        return 1
    if selector.lower() == rule.name:
        return 1 + len(rule.code)
    return 1 + len(selector) if selector and rule.code.startswith(selector.upper()) else 0


def wrong_selector(selector: str, rules: Mapping[str, Rule], *, ignoring: bool) -> tuple[str, str] | None:
    """What is wrong with a selector, and what to write instead; ``None`` if nothing is."""
    meant = [rule for rule in rules.values() if _exactness(selector, rule)]
    if ignoring and meant and all(rule.code.startswith(ALWAYS_ON) for rule in meant):
        return (
            f"{sanitise(selector, 60)} cannot be ignored: it says that a file was not checked",
            "leave the file out with exclude",
        )
    if meant:
        return None
    similar = nearest(selector, (*rules, *(rule.name for rule in rules.values())), 2)
    hint = f"did you mean {' or '.join(similar)}?" if similar else "'resnet-inspect rule' lists them all"
    return f"there is no rule '{sanitise(selector, 60)}'", hint
