"""RI202, RI203: the parameters and the multiply-accumulates are not the expected ones."""

from collections.abc import Iterator
from typing import Literal

from resnet_inspect.checking.evidence import DeclaredEvidence
from resnet_inspect.checking.expectations.expected import unmet, where_expected
from resnet_inspect.checking.expectations.reference import explain_figure
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.configs.numbers import in_short
from resnet_inspect.configs.quantity import Quantity, parse_quantity
from resnet_inspect.text import format_shape

_LEAST_ROUNDED = 10_000
"""Smaller numbers are seldom rounded."""


def _judge_params(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Finding]:
    params = evidence.anatomy.totals.params
    if params not in amount:
        by_stage = _stage_by_stage(evidence, "params") if evidence.ran else ""
        why = _cut_off(amount, params) or explain_figure(evidence, "params", amount) or by_stage
        said = f"{params:,} parameters"
        hint = _rounded(amount, params)
        yield unmet(("params",), said, expected=amount.written, found=f"{params:,}", why=why, hint=hint)


def _judge_macs(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Finding]:
    macs = evidence.anatomy.totals.macs
    if macs in amount:
        return
    flops = _flops(amount, macs)
    # A variant that has as many MACs as this one has FLOPs has them by chance.
    variant = "" if flops else explain_figure(evidence, "macs", amount)
    why = _cut_off(amount, macs) or variant or _stage_by_stage(evidence, "macs")
    hint = flops or _rounded(amount, macs)
    said = f"{macs:,} MACs at {format_shape(evidence.config.input_size)}"
    yield unmet(("macs",), said, expected=amount.written, found=f"{macs:,}", why=why, hint=hint)


def _flops(amount: Quantity, macs: int) -> str:
    """Ask whether FLOPs were meant; not where only a lower limit is expected, which countless numbers meet."""
    if amount.most is None or 2 * macs not in amount:
        return ""
    return "that is twice as many: an amount of FLOPs, which count two for each MAC?"


def _stage_by_stage(evidence: DeclaredEvidence, figure: Literal["params", "macs"]) -> str:
    """Return ``stem 9,536, stage1 215,808 ...``."""
    return ", ".join(f"{part.name} {getattr(part, figure):,}" for part in evidence.anatomy.parts)


def _cut_off(amount: Quantity, found: int) -> str:
    """Say so where the text is a number that was cut off instead of rounded, such as the paper's 3.8 billion."""
    if amount.digits is None or not 0 < found - amount.digits.value < amount.digits.step:
        return ""
    return f"{amount.written} is {found:,} truncated; its last digit must be rounded"


def _rounded(amount: Quantity, found: int) -> str:
    """Say how to write a rounded number, where the one in the file does not allow the exact one.

    Either it was cut off, or it is exact as it is written: 4.1e9, or 4_100_000_000.
    """
    if amount.digits and _cut_off(amount, found):
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


PARAMS = Rule(
    code="RI202",
    name="expected-params",
    severity="error",
    by_default=True,
    summary="The number of parameters is not the expected one.",
    why="Every tensor of weights counts once; the buffers of batch normalisation (running_mean, running_var) are "
    "not parameters. If the number has changed, earlier weights no longer fit. If it has not, that proves little: "
    "v1 and v1.5 have the same.",
    fix="Look at the stage or layer that the finding names; correct the config, or the amount in [expect].",
    bad='base = "resnet50"\nnum_classes = 10\n\n[expect]\nparams = "25.6M"\n',
    good='base = "resnet50"\nnum_classes = 10\n\n[expect]\nparams = "23.5M"\n',
    find=where_expected("params", _judge_params, needs_run=False),
)

MACS = Rule(
    code="RI203",
    name="expected-macs",
    severity="error",
    by_default=True,
    summary="The multiply-accumulates at the config's own input size are not the expected ones.",
    why="MACs are those of convolutions and linear layers, without bias, for one image of input_size. They grow with "
    "the image, and with the place of the stride: v1.5 takes 231,211,008 more than v1 at 224×224. Other tools count "
    "normalisations and additions too, or two FLOPs for each MAC.",
    fix="Look at the field or layer that the finding names; correct the config, or the amount in [expect].",
    bad='base = "resnet50_v1"\n\n[expect]\nmacs = "4.1G ± 1%"\n',
    good='base = "resnet50"\n\n[expect]\nmacs = "4.1G ± 1%"\n',
    find=where_expected("macs", _judge_macs),
)

RULES = (PARAMS, MACS)
