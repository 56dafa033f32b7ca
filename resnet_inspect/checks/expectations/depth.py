"""RI201: the depth is not the expected one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.amounts import count_of, of_another_count, why_not
from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.quantity import Quantity

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Observation]:
    depth = count_of(evidence, "depth")
    if depth not in amount:
        hint = of_another_count(evidence, amount, "depth")
        yield unmet(
            ("depth",),
            f"depth {depth:,}",
            expected=amount.written,
            found=f"{depth:,}",
            why=_formula(evidence) if hint else _why(evidence, amount, depth),
            hint=hint,
        )


def _why(evidence: DeclaredEvidence, amount: Quantity, depth: int) -> str:
    formula = _formula(evidence)
    config = evidence.config
    stem = len(config.stem_widths) + (config.stem_pool == "conv")
    longer, headless = f"the stem has {stem} convolutions", "no classifier is counted, because there is none"
    for usual, words, holds in (
        (depth + 1, headless, not config.classifies),
        (depth - stem + 1, longer, stem > 1),
        (depth - stem + 2, f"{longer}, and {headless}", stem > 1 and not config.classifies),
    ):
        if holds and usual in amount:
            return ": ".join(filter(None, (words, formula)))
    return ": ".join(filter(None, (why_not(evidence, "depth", amount), formula)))


def _formula(evidence: DeclaredEvidence) -> str:
    return evidence.anatomy.depth.formula if evidence.ran else ""


RULE = Rule(
    code="RI201",
    name="expected-depth",
    severity="error",
    by_default=True,
    summary="The depth, by the paper's count, is not the expected one.",
    why="A ResNet is named by its depth: convolutions and linear layers on the path from input to output, those on "
    "shortcuts and in gates left out (arXiv:1512.03385, Table 1). A stem of three convolutions adds two to it, so that "
    "ResNet-50-D has 52; one block more in a stage adds two or three. The classifier counts: a ResNet-50 without "
    "it has 49.",
    mend="Correct stage_blocks, block or stem if the network is wrong, depth in [expect] if the number was.",
    bad='base = "resnet50d"\n\n[expect]\ndepth = 50\n',
    good='base = "resnet50d"\n\n[expect]\ndepth = 52\n',
    find=where_expected("depth", _judge, needs_run=False),
)
