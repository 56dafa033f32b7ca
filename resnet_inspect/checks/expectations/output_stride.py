"""RI207: the output stride is not the expected one."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, get_args

from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.config.block_shapes import UNLIMITED, block_shapes
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.text import listed, times

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence


def _judge(evidence: DeclaredEvidence, expected: int) -> Iterator[Observation]:
    last = evidence.anatomy.stages[-1]
    if last.total_stride == (expected, expected):
        return
    strided = [layer for layer in evidence.anatomy.layers if layer.strided and layer.role in {"stem", "main"}]
    steps = [f"{layer.name} by {times(dict.fromkeys(layer.stride or ()))}" for layer in strided]
    found = times(dict.fromkeys(last.total_stride or ()))
    yield unmet(
        ("output_stride",),
        f"output stride {found}",
        expected=str(expected),
        found=found,
        why=_limit(evidence.config) + (f"strided: {listed(steps, 8)}" if steps else "nothing strides"),
        hint=f"output_stride = {expected} in the config makes it so" if _makes(evidence.config, expected) else "",
        layer=strided[-1].name if strided else "",
    )


def _limit(config: ResNetConfig) -> str:
    """Says so where the config's own output_stride keeps stages from striding."""
    if _reduction(config) == _reduction(config.model_copy(update={"output_stride": UNLIMITED})):
        return ""
    return f"output_stride = {config.output_stride} in the config, so that later stages dilate; "


def _makes(config: ResNetConfig, expected: int) -> bool:
    """Whether that value of the config's own field is all that is wanting."""
    allowed = get_args(ResNetConfig.model_fields["output_stride"].annotation)
    return expected in allowed and _reduction(config.model_copy(update={"output_stride": expected})) == expected


def _reduction(config: ResNetConfig) -> int:
    return config.stem_reduction * prod(blocks[0].stride for blocks in block_shapes(config))


RULE = Rule(
    code="RI207",
    name="expected-output-stride",
    severity="error",
    by_default=True,
    summary="The last stage reduces the image by a different factor than expected.",
    why="Segmentation networks want 16 or 8 input pixels per pixel of the last stage, classifiers 32. The factor is "
    "the product of all strides on the way, the stem and its pool included; a stage that dilates instead of "
    "striding leaves it as it is (arXiv:1606.00915).",
    mend="Set output_stride in the config, which turns later strides into dilations, or correct the strides that the "
    "finding names.",
    bad='base = "resnet50"\n\n[expect]\noutput_stride = 16\n',
    good='base = "resnet50"\noutput_stride = 16\n\n[expect]\noutput_stride = 16\n',
    find=where_expected("output_stride", _judge),
)
