"""RI204, RI207 and RI209: the placement of the strides, their product, and the receptive field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, get_args

from resnet_inspect.checking.evidence import DeclaredEvidence, Evidence
from resnet_inspect.checking.expectations.expected import unmet, where_expected
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.configs.words import STRIDE_IN, Version
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, join_names

if TYPE_CHECKING:
    from resnet_inspect.configs.schema import ResNetConfig

_NEITHER = "neither"


def _judge_version(evidence: DeclaredEvidence, version: str) -> Iterator[Finding]:
    return _judge_placement(evidence, "version", version, {version: version for version in STRIDE_IN})


def _judge_stride_in(evidence: DeclaredEvidence, place: str) -> Iterator[Finding]:
    return _judge_placement(evidence, "stride_in", place, STRIDE_IN)


def _judge_placement(
    evidence: DeclaredEvidence, field: str, expected: str, words: Mapping[Version, str]
) -> Iterator[Finding]:
    """Judge the placement, given the word for each version: v1 or v1.5, or 1x1 or 3x3."""
    placement = evidence.anatomy.placement
    found = next((word for version, word in words.items() if version == placement.version), _NEITHER)
    if found != expected:
        place = next(place for version, place in STRIDE_IN.items() if words[version] == expected)
        yield unmet(
            (field,),
            f"{field} is neither {' nor '.join(words.values())}" if found == _NEITHER else f"{field} {found}",
            expected=expected,
            found=found,
            why=placement.text,
            # If the network is v1 or v1.5, this field alone makes it the other one.
            hint="" if found == _NEITHER else f'stride_in = "{place}" moves it',
            layer=placement.layers[0] if placement.layers else "",
        )


def _find_placement(evidence: Evidence) -> Iterator[Finding]:
    yield from where_expected("stride_in", _judge_stride_in)(evidence)
    yield from where_expected("version", _judge_version)(evidence)


def _judge_output_stride(evidence: DeclaredEvidence, expected: int) -> Iterator[Finding]:
    last = evidence.anatomy.stages[-1]
    if last.total_stride == (expected, expected):
        return
    strided = [layer for layer in evidence.anatomy.layers if layer.strided and layer.role in {"stem", "main"}]
    steps = [f"{layer.name} by {format_shape(dict.fromkeys(layer.stride or ()))}" for layer in strided]
    found = format_shape(dict.fromkeys(last.total_stride or ()))
    yield unmet(
        ("output_stride",),
        f"output stride {found}",
        expected=str(expected),
        found=found,
        why=_limit(evidence.config) + (f"strided: {join_names(steps, 8)}" if steps else "nothing strides"),
        hint=f"output_stride = {expected} in the config makes it so"
        if _is_sufficient(evidence.config, expected)
        else "",
        layer=strided[-1].name if strided else "",
    )


def _limit(config: ResNetConfig) -> str:
    """Explain that the config's own output_stride keeps stages from striding; empty if it does not."""
    from resnet_inspect.configs.block_shapes import UNLIMITED

    if _reduction(config) == _reduction(config.model_copy(update={"output_stride": UNLIMITED})):
        return ""
    return f"output_stride = {config.output_stride} in the config, so that later stages dilate; "


def _is_sufficient(config: ResNetConfig, expected: int) -> bool:
    """Return whether setting the config's own output_stride to the expected value is sufficient."""
    allowed = get_args(type(config).model_fields["output_stride"].annotation)
    return expected in allowed and _reduction(config.model_copy(update={"output_stride": expected})) == expected


def _reduction(config: ResNetConfig) -> int:
    from resnet_inspect.configs.block_shapes import block_shapes

    return config.stem_reduction * prod(blocks[0].stride for blocks in block_shapes(config))


def _judge_receptive_field(evidence: DeclaredEvidence, expected: int | Shape) -> Iterator[Finding]:
    stages = evidence.anatomy.stages
    found = stages[-1].receptive_field
    wanted = (expected, expected) if isinstance(expected, int) else expected
    if found == wanted:
        return
    growth = ", ".join(
        f"{stage.name} {_format_field(stage.receptive_field)}" for stage in (evidence.anatomy.stem, *stages) if stage
    )
    yield unmet(
        ("receptive_field",),
        f"receptive field {_format_field(found)}",
        expected=_format_field(wanted),
        found=_format_field(found),
        why=f"at the end of {growth}",
    )


def _format_field(field: Shape | None) -> str:
    """Return ``427`` for 427×427, ``the whole input`` if the field is unbounded, as behind a global average."""
    if not field:
        return "the whole input"
    return "×".join(f"{length:,}" for length in (field if len(set(field)) > 1 else field[:1]))


PLACEMENT = Rule(
    code="RI204",
    name="expected-placement",
    severity="error",
    by_default=True,
    summary="The stride of the bottlenecks is not where it is expected.",
    why="v1 strides the first 1×1 convolution of a bottleneck (the authors' Caffe networks), v1.5 the 3×3 "
    "(torchvision, timm). Both have the same parameters and the same names, so weights of either load into the "
    "other without a warning, but compute different outputs. Where no bottleneck strides, or a pool does instead, "
    "it is neither.",
    fix='Set stride_in = "1x1" for v1, "3x3" for v1.5; or correct the expectation.',
    bad='base = "resnet50"\n\n[expect]\nstride_in = "1x1"\n',
    good='base = "resnet50"\nstride_in = "1x1"\n\n[expect]\nstride_in = "1x1"\n',
    find=_find_placement,
)

OUTPUT_STRIDE = Rule(
    code="RI207",
    name="expected-output-stride",
    severity="error",
    by_default=True,
    summary="The last stage reduces the image by a different factor than expected.",
    why="Segmentation networks want 16 or 8 input pixels per pixel of the last stage, classifiers 32. The factor is "
    "the product of all strides on the way, the stem and its pool included; a stage that dilates instead of "
    "striding leaves it as it is (arXiv:1606.00915).",
    fix="Set output_stride in the config, which turns later strides into dilations, or correct the strides that the "
    "finding names.",
    bad='base = "resnet50"\n\n[expect]\noutput_stride = 16\n',
    good='base = "resnet50"\noutput_stride = 16\n\n[expect]\noutput_stride = 16\n',
    find=where_expected("output_stride", _judge_output_stride),
)

RECEPTIVE_FIELD = Rule(
    code="RI209",
    name="expected-receptive-field",
    severity="error",
    by_default=True,
    summary="The receptive field of the last stage is not the expected one.",
    why="It is the window of input pixels that one pixel of the last stage can depend on; what gates and the final "
    "average see is ignored. It grows by (kernel − 1) · dilation · the stride so far with each layer, so the place "
    "of a stride moves it: 427 pixels for ResNet-50 v1.5, 483 for v1.",
    fix="The finding says how large it is after each stage: correct the kernel, stride or dilation of the first one "
    "that is off, or the expectation.",
    bad='base = "resnet50_v1"\n\n[expect]\nreceptive_field = 427\n',
    good='base = "resnet50"\n\n[expect]\nreceptive_field = 427\n',
    find=where_expected("receptive_field", _judge_receptive_field),
)

RULES = (PLACEMENT, OUTPUT_STRIDE, RECEPTIVE_FIELD)
