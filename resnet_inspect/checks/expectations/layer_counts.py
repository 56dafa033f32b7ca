"""RI212, RI213: the weighted layers, or the convolutions among them, are not as many as expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.amounts import Count, count_of, of_another_count, why_not
from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.quantity import Quantity
from resnet_inspect.text import counted

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge_weighted(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Observation]:
    return _judge(evidence, amount, "weighted_layers", "weighted layer")


def _judge_convolutions(evidence: DeclaredEvidence, amount: Quantity) -> Iterator[Observation]:
    return _judge(evidence, amount, "conv_layers", "convolution")


def _judge(evidence: DeclaredEvidence, amount: Quantity, field: Count, noun: str) -> Iterator[Observation]:
    found = count_of(evidence, field)
    if found in amount:
        return
    hint = of_another_count(evidence, amount, field)
    why = ": ".join(filter(None, ("" if hint else why_not(evidence, field, amount), _sum(evidence))))
    yield unmet((field,), counted(found, noun), expected=amount.written, found=f"{found:,}", why=why, hint=hint)


def _sum(evidence: DeclaredEvidence) -> str:
    """``53 convolutions and 1 linear layer, of which 50 are the depth, 4 are on shortcuts``; empty without a run."""
    if not evidence.ran:
        return ""
    depth = evidence.anatomy.depth
    parts = [
        (depth.shortcut, "on shortcuts"),
        (depth.attention, "in gates"),
        (depth.parallel, "beside the longest path"),
    ]
    others = "".join(f", {number} {'is' if number == 1 else 'are'} {where}" for number, where in parts if number)
    layers = f"{counted(depth.conv, 'convolution')} and {counted(depth.linear, 'linear layer')}"
    return f"{layers}, of which {depth.depth} are the depth{others}"


WEIGHTED = Rule(
    code="RI212",
    name="expected-weighted-layers",
    severity="error",
    by_default=True,
    summary="The number of convolutions and linear layers, shortcuts and gates included, is not the expected one.",
    why="Three counts are called the number of layers. ResNet-50 has a depth of 50, which leaves the projections on "
    "shortcuts out (arXiv:1512.03385, Table 1); with them it has 54 weighted layers, 53 of which are convolutions. "
    "layers prints all three.",
    mend="Correct the network, or the number; if another count was meant, use depth (RI201) or conv_layers (RI213).",
    bad='base = "resnet50"\n\n[expect]\nweighted_layers = 50\n',
    good='base = "resnet50"\n\n[expect]\nweighted_layers = 54\n',
    find=where_expected("weighted_layers", _judge_weighted, needs_run=False),
)

CONVOLUTIONS = Rule(
    code="RI213",
    name="expected-conv-layers",
    severity="error",
    by_default=True,
    summary="The number of convolutions, shortcuts and gates included, is not the expected one.",
    why="A list of a network's modules shows 53 convolutions for ResNet-50: 49 on the path from input to output, and "
    "4 on shortcuts. Its depth of 50 leaves the shortcuts out and counts the linear layer (arXiv:1512.03385, Table 1).",
    mend="Correct the network, or the number; if another count was meant, use depth (RI201), weighted_layers (RI212) "
    "or shortcut_convs (RI208).",
    bad='base = "resnet34"\n\n[expect]\nconv_layers = 33\n',
    good='base = "resnet34"\n\n[expect]\nconv_layers = 36\n',
    find=where_expected("conv_layers", _judge_convolutions, needs_run=False),
)
