"""RI203: the multiply-accumulates are not the expected ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.amounts import cut_off, rounded, stage_by_stage, why_not
from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.quantity import Quantity
from resnet_inspect.text import times

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Observation]:
    macs = evidence.anatomy.totals.macs
    if macs in amount:
        return
    flops = _flops(amount, macs)
    # A variant that has as many MACs as this one has FLOPs has them by chance.
    variant = "" if flops else why_not(evidence, "macs", amount)
    why = cut_off(amount, macs) or variant or stage_by_stage(evidence, "macs")
    hint = flops or rounded(amount, macs)
    said = f"{macs:,} MACs at {times(evidence.config.input_size)}"
    yield unmet(("macs",), said, expected=amount.written, found=f"{macs:,}", why=why, hint=hint)


def _flops(amount: Quantity, macs: int) -> str:
    """Not of a lower limit, beyond which are countless numbers besides."""
    if amount.most is None or 2 * macs not in amount:
        return ""
    return "that is twice as many: an amount of FLOPs, which count two for each MAC?"


RULE = Rule(
    code="RI203",
    name="expected-macs",
    severity="error",
    by_default=True,
    summary="The multiply-accumulates at the config's own input size are not the expected ones.",
    why="MACs are those of convolutions and linear layers, without bias, for one image of input_size. They grow with "
    "the image, and with the place of the stride: v1.5 takes 231,211,008 more than v1 at 224×224. Other tools count "
    "normalisations and additions too, or two FLOPs for each MAC.",
    mend="Look at the field or layer that the finding names; correct the config, or the amount in [expect].",
    bad='base = "resnet50_v1"\n\n[expect]\nmacs = "4.1G ± 1%"\n',
    good='base = "resnet50"\n\n[expect]\nmacs = "4.1G ± 1%"\n',
    find=where_expected("macs", _judge),
)
