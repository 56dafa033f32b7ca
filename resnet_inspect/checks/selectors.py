"""Which rules are on: selectors in layers; of two that fit a rule, the more exact one wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resnet_inspect.arguments import several, wrong_type
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.selector import ALWAYS_ON, Names, exactness


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


def names_of(rules: Mapping[str, Rule]) -> Names:
    """Code -> name."""
    return {code: rule.name for code, rule in rules.items()}


def _most_exact(selectors: Iterable[str], rule: Rule) -> int:
    return max((exactness(selector, rule.code, rule.name) for selector in selectors), default=0)
