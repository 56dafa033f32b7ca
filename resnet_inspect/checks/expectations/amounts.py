"""Depth, parameters and MACs: what makes an amount another one than expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from resnet_inspect.checks.expectations.reference import reference, spell_fields, spell_places
from resnet_inspect.config.arithmetic import figures
from resnet_inspect.config.quantity import Quantity
from resnet_inspect.config.schema import ResNetConfig

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence

Figure = Literal["depth", "params", "macs"]


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
    if figure != "depth" and evidence.ran and found.config.input_size == config.input_size:
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
