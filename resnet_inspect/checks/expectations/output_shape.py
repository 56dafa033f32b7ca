"""RI206: the network's output has not the expected shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.dump import toml_value
from resnet_inspect.shapes import Shape

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge(evidence: DeclaredEvidence, expected: Shape) -> Iterator[Observation]:
    output = evidence.trace.output_shape or ()
    found = output[1:]
    if found == expected:
        return
    layer, why = _why(evidence)
    yield unmet(
        ("output_shape",),
        f"output shape {toml_value(found)}",
        expected=toml_value(expected),
        found=toml_value(found),
        why=why,
        hint="leave the batch out" if expected == output else "",
        layer=layer,
    )


def _why(evidence: DeclaredEvidence) -> tuple[str, str]:
    """The layer that computes the output, if it is one, and what decides its shape."""
    config = evidence.config
    if config.classifies:
        last = [layer for layer in evidence.anatomy.layers if layer.weighted][-1]
        return last.name, f"{last.name} has {last.out_channels:,} outputs, which is num_classes"
    written = f"{evidence.anatomy.stages[-1].name} writes {config.stage_channels(-1):,} channels"
    if config.head == "none":
        return "", f'{written}, and with head = "none" no pool follows, and no classifier'
    return "", f"{written}, and with num_classes = 0 only the average pool follows"


RULE = Rule(
    code="RI206",
    name="expected-output-shape",
    severity="error",
    by_default=True,
    summary="The output of the network does not have the expected shape.",
    why="What follows the network, a loss over classes or a head of another project, is made for one shape. It is "
    "written without the batch: [1000] for a thousand classes, [2048, 7, 7] for what a detector reads of ResNet-50.",
    mend="Set num_classes and head, or correct the expectation.",
    bad='base = "resnet18"\nnum_classes = 100\n\n[expect]\noutput_shape = [1000]\n',
    good='base = "resnet18"\nnum_classes = 100\n\n[expect]\noutput_shape = [100]\n',
    find=where_expected("output_shape", _judge),
)
