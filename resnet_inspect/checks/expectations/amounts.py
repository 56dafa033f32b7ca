"""Counts of layers, parameters and MACs: what makes an amount another one than expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from resnet_inspect.checks.expectations.reference import reference, spell_fields, spell_places
from resnet_inspect.config.arithmetic import figures
from resnet_inspect.config.numbers import in_short
from resnet_inspect.config.quantity import Quantity, parse_quantity
from resnet_inspect.config.schema import ResNetConfig

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence

Count = Literal["depth", "weighted_layers", "conv_layers"]
Figure = Count | Literal["params", "macs"]

_COUNTS: Mapping[Count, str] = {"depth": "depth", "weighted_layers": "weighted", "conv_layers": "conv"}
"""Three counts of layers -> the field of ``anatomy.facts.Depth``."""


_LEAST_ROUNDED = 10_000
"""Smaller numbers are seldom rounded."""


def count_of(evidence: DeclaredEvidence, count: Count) -> int:
    """Return a count of layers; none depends on the input's size, so each is known where the forward fails, too."""
    source, field = (evidence.anatomy.depth, _COUNTS[count]) if evidence.ran else (figures(evidence.config), count)
    return int(getattr(source, field))


def of_another_count(evidence: DeclaredEvidence, amount: Quantity, count: Count) -> str:
    """Say so where the one number that is expected is another of the three counts."""
    others = [other for other in _COUNTS if other != count and count_of(evidence, other) in amount]
    if amount.least != amount.most or not others:
        return ""
    return f"{amount.written} is the network's {others[0]}, which is an expectation too"


def why_not(evidence: DeclaredEvidence, figure: Figure, amount: Quantity) -> str:
    """Say what makes a figure another one than expected: fields and layers, beside a variant that is as expected."""
    config = evidence.config

    def measure(of: ResNetConfig) -> int:
        return int(getattr(figures(of), figure))

    found = reference(evidence, measure, lambda value: value in amount)
    if found is None:
        return ""
    name = found.config.name
    words = spell_fields(found.fields, name)
    if figure in {"params", "macs"} and evidence.ran and found.config.input_size == config.input_size:
        words = ": ".join(filter(None, (words, spell_places(evidence, found.config, figure))))
    return words


def stage_by_stage(evidence: DeclaredEvidence, figure: Literal["params", "macs"]) -> str:
    """``stem 9,536, stage1 215,808 ...``."""
    return ", ".join(f"{part.name} {getattr(part, figure):,}" for part in evidence.anatomy.parts)


def cut_off(amount: Quantity, found: int) -> str:
    """Say so where the text is the number cut off instead of rounded, as the paper's 3.8 billion."""
    if amount.digits is None or not 0 < found - amount.digits.value < amount.digits.step:
        return ""
    return f"{amount.written} is {found:,} truncated; its last digit must be rounded"


def rounded(amount: Quantity, found: int) -> str:
    """Return how to write a rounded number, where the one in the file does not allow what it was made of.

    Either it was cut off, or it is exact here: 4.1e9, or 4_100_000_000.
    """
    if amount.digits and cut_off(amount, found):
        least, most = int(amount.digits.value), int(amount.digits.value + amount.digits.step)
        return f'write "{in_short(most)}", or {_limits(least, most)}'
    if amount.digits is None and amount.least == amount.most and amount.least >= _LEAST_ROUNDED:
        short = f"~{in_short(amount.least)}"
        near = parse_quantity(short)
        if found in near:
            return f'{amount.written} is exact; write "{short}", or {_limits(near.least, near.most)}'
    return ""


def _limits(least: int, most: int | None) -> str:
    return f"{{ min = {least:_}, max = {most:_} }}"
