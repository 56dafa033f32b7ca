"""RI209: the receptive field is not the expected one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.shapes import Shape

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge(evidence: DeclaredEvidence, expected: int | Shape) -> Iterator[Observation]:
    stages = evidence.anatomy.stages
    found = stages[-1].receptive_field
    wanted = (expected, expected) if isinstance(expected, int) else expected
    if found == wanted:
        return
    growth = ", ".join(
        f"{stage.name} {_size(stage.receptive_field)}" for stage in (evidence.anatomy.stem, *stages) if stage
    )
    yield unmet(
        ("receptive_field",),
        f"receptive field {_size(found)}",
        expected=_size(wanted),
        found=_size(found),
        why=f"at the end of {growth}",
    )


def _size(field: Shape | None) -> str:
    """``427`` for 427×427; what only an average over the whole input bounds is the whole input."""
    if not field:
        return "the whole input"
    return "×".join(f"{length:,}" for length in (field if len(set(field)) > 1 else field[:1]))


RULE = Rule(
    code="RI209",
    name="expected-receptive-field",
    severity="error",
    by_default=True,
    summary="The receptive field of the last stage is not the expected one.",
    why="It is the window of input pixels that one pixel of the last stage can depend on; what gates and the final "
    "average see is ignored. It grows by (kernel − 1) · dilation · the stride so far with each layer, so the place "
    "of a stride moves it: 427 pixels for ResNet-50 v1.5, 483 for v1.",
    mend="The finding says how large it is after each stage: correct the kernel, stride or dilation of the first one "
    "that is off, or the expectation.",
    bad='base = "resnet50_v1"\n\n[expect]\nreceptive_field = 427\n',
    good='base = "resnet50"\n\n[expect]\nreceptive_field = 427\n',
    find=where_expected("receptive_field", _judge),
)
