"""RI121 to RI124: channels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from resnet_inspect.anatomy.records import Layer
from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.rules.runs import is_uneven_grouping
from resnet_inspect.checking.rules.windows import stage_number
from resnet_inspect.configs.positions import FieldPath, format_path
from resnet_inspect.tracing.records import MODEL_INPUT

if TYPE_CHECKING:
    from resnet_inspect.configs.schema import ResNetConfig

TENSOR_CORE_WIDTH = 8
"""Channels that a tensor core processes at once at half precision."""

_FURTHEST = 512
"""Largest distance from the field's value to search: a multiple of 512 gives multiples of 8 with any base_width."""


def _uneven_groups(evidence: Evidence) -> Iterator[Finding]:
    for found in evidence.windows:
        channels, groups = found.layer.out_channels or 0, found.layer.groups or 1
        if channels % groups:
            yield Finding(
                message=f"{found.layer.name} has {channels} output channels in {groups} groups",
                field_path=("groups",),
                why="torch rejects this wherever it computes values, but accepts it on the meta device",
                layer=found.layer.name,
            )
    failure = evidence.trace.failure
    if failure and is_uneven_grouping(failure):
        yield Finding(
            message=f"{failure.module or evidence.trace.model}: {failure.operation} cannot divide its channels "
            "evenly among its groups",
            field_path=("groups",),
            why=failure.message,
            layer=failure.module,
        )


def _uneven_channels(evidence: Evidence) -> Iterator[Finding]:
    convolutions = [
        found.layer
        for found in evidence.windows
        if found.op.weighted and len(found.size) == 2 and found.layer.role not in {"attention", "head"}
    ]
    uneven = [layer for layer in convolutions if (layer.out_channels or 0) % TENSOR_CORE_WIDTH]
    config = evidence.config
    by_field: dict[FieldPath, list[Layer]] = {}
    for layer in uneven:
        by_field.setdefault(_width_field(config, layer) if config else (), []).append(layer)
    for field, layers in by_field.items():
        yield _uneven(config, field, layers, len(convolutions))


def _uneven(config: ResNetConfig | None, field: FieldPath, layers: Sequence[Layer], convolutions: int) -> Finding:
    first = layers[0]
    widths = sorted({layer.out_channels or 0 for layer in layers})
    listed = ", ".join(map(str, widths[:5])) + (" …" if len(widths) > 5 else "")
    stages = {number for layer in layers if (number := stage_number(layer)) is not None}
    values = _even_values(config, field, stages) if config else ()
    write = "write" if len(layers) > 1 else "writes"
    return Finding(
        message=f"{first.name} has {first.out_channels} output channels, not a multiple of {TENSOR_CORE_WIDTH}",
        field_path=field,
        why=f"{len(layers)} of {convolutions} convolutions {write} such channels"
        f"{' for the same reason' if config else ''}: {listed}",
        hint=f"{format_path(field)} = {' or '.join(map(str, values))} gives multiples of {TENSOR_CORE_WIDTH}"
        if values
        else f"for {first.name}, the nearest {_nearest(first.out_channels or 0)}",
        layer=first.name,
    )


def _nearest(width: int) -> str:
    lower = width // TENSOR_CORE_WIDTH * TENSOR_CORE_WIDTH
    if lower == 0:
        return f"multiple is {TENSOR_CORE_WIDTH}"
    return f"multiples are {lower} and {lower + TENSOR_CORE_WIDTH}"


def _width_field(config: ResNetConfig, layer: Layer) -> FieldPath:
    """Return the field that determines the output channels of a convolution."""
    stage = stage_number(layer)
    if stage is None or stage >= len(config.stage_widths):
        return ("stem_width",)
    if config.conv_widths is not None or config.output_widths is not None:
        return ("output_widths" if config.conv_widths is None else "conv_widths", stage)
    return ("stage_widths", stage) if config.stage_widths[stage] % TENSOR_CORE_WIDTH else ("base_width",)


def _even_values(config: ResNetConfig, field: FieldPath, stages: Collection[int]) -> tuple[int, ...]:
    """Return the nearest lower and higher values of a field for which the channels are multiples of 8.

    Args:
        config: a config whose channels are not.
        field: a field that determines channels; a list of lists, as in ``conv_widths``, has no nearest value.
        stages: numbers, from 0, of the stages whose channels it determines.
    """
    own = _value(config, field)
    if not isinstance(own, int):
        return ()

    def first(values: Iterable[int]) -> list[int]:
        return [next((value for value in values if _is_even(config, field, value, stages)), 0)]

    lower = first(range(own - 1, max(own - _FURTHEST, 0), -1))
    higher = first(range(own + 1, own + _FURTHEST + 1))
    return tuple(value for value in (*lower, *higher) if value)


def _is_even(config: ResNetConfig, field: FieldPath, value: int, stages: Collection[int]) -> bool:
    from pydantic import ValidationError

    name, *index = field
    given = getattr(config, str(name))
    changed = tuple(value if [number] == index else entry for number, entry in enumerate(given)) if index else value
    other = config.model_copy(update={str(name): changed})
    if any(width % TENSOR_CORE_WIDTH for width in _widths(other, str(name), stages)):
        return False
    try:
        config.model_validate(other.model_dump())
    except ValidationError:  # groups do not divide them, or they are too many
        return False
    return True


def _widths(config: ResNetConfig, field: str, stages: Collection[int]) -> Iterator[int]:
    """Yield the channels that a field determines."""
    if field == "stem_width":
        yield from config.stem_widths
    for stage in stages:
        if field in {"stage_widths", "base_width"}:
            yield from config.block_widths(stage, 0)
        if field in {"stage_widths", "output_widths"}:
            yield config.stage_channels(stage)


def _value(config: ResNetConfig, field: FieldPath) -> object:
    name, *index = field
    value = getattr(config, str(name))
    return value[index[0]] if index and value is not None else value


def _narrowing(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.ran:
        return
    for number, (before, after) in enumerate(pairwise(evidence.anatomy.stages), start=1):
        wide, narrow = before.output_shape[1], after.output_shape[1]
        if narrow < wide:
            yield Finding(
                message=f"{after.title} has {narrow} channels, the stage before it {wide}",
                field_path=("stage_widths", number),
                hint="each stage of a ResNet has as many channels as the one before, or twice as many",
            )


def _bias_before_norm(evidence: Evidence) -> Iterator[Finding]:
    ops = evidence.trace.ops
    biased: list[tuple[str, int]] = []
    for op in ops:
        if op.name == "batch_norm" and op.sources and op.sources[0] != MODEL_INPUT:
            source = ops[op.sources[0]]
            if source.weights is not None and source.weights.bias:
                biased.append((source.module, source.weights.out_channels))
    if biased:
        first, _ = biased[0]
        more = f" and {len(biased) - 1} more" if len(biased) > 1 else ""
        yield Finding(
            message=f"{first}{more}: a bias right before batch normalisation does nothing",
            field_path=("stem_bias",),
            why=f"{sum(channels for _, channels in biased):,} parameters that the normalisation subtracts again",
            layer=first,
        )


_BAD_GROUPS = """\
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 48, 3)

    def forward(self, x):
        return F.group_norm(self.conv(x), 32)
"""

UNEVEN_GROUPS = Rule(
    code="RI121",
    name="channels-not-divided-by-groups",
    severity="error",
    by_default=True,
    summary="A convolution or group normalisation has channels that its groups do not divide.",
    why="Groups divide the channels evenly or not at all (torch.nn.Conv2d, torch.nn.GroupNorm: both must be "
    "divisible by groups); the forward fails. In a config this is found earlier, and as RI001, at the field: groups, "
    'base_width, reduce_first, conv_widths, or norm = "group", which has 32 groups. So a config cannot build this; '
    "code can, and is found when it is named: resnet-inspect check mine:Net.",
    fix="Choose channels that are a multiple of the groups.",
    bad=_BAD_GROUPS,
    good=_BAD_GROUPS.replace("nn.Conv2d(3, 48, 3)", "nn.Conv2d(3, 64, 3)"),
    find=_uneven_groups,
    language="python",
)

UNEVEN_CHANNELS = Rule(
    code="RI122",
    name="channels-not-multiple-of-8",
    severity="warning",
    by_default=True,
    summary="A convolution has channels that are not a multiple of 8, which is slow on tensor cores.",
    why="At half precision tensor cores work on 8 channels at a time; other numbers are padded, or computed without "
    "them (NVIDIA, Convolutional Layers User's Guide: channels divisible by 8 for FP16, by 4 for TF32). So 60 "
    "channels cost as much as 64 or more. The image's own channels, gates (which work on one pixel) and the classes "
    "are ignored. It is on by default because such a number is seldom intended; networks that were pruned channel "
    "by channel are the exception.",
    fix="Round the width to a multiple of 8; a multiple of 64 is better still.",
    bad='base = "resnet18"\nstage_widths = [60, 120, 240, 480]\n',
    good='base = "resnet18"\nstage_widths = [64, 120, 240, 480]\n',
    find=_uneven_channels,
)

NARROWING = Rule(
    code="RI123",
    name="stage-narrows",
    severity="warning",
    by_default=True,
    summary="A stage has fewer channels than the one before it.",
    why="Where H and W are halved, the channels are doubled, so that each layer costs the same (arXiv:1512.03385, "
    "section 3.3). A stage that halves the map and the channels throws away seven of eight activations: usually a "
    "digit is missing in stage_widths. In the config table, only test_resnet does so, a small network for tests.",
    fix="Check the stage's entry in stage_widths.",
    bad='base = "resnet18"\nstage_widths = [64, 128, 24, 512]\n',
    good='base = "resnet18"\nstage_widths = [64, 128, 240, 512]\n',
    find=_narrowing,
)

BIAS_BEFORE_NORM = Rule(
    code="RI124",
    name="bias-before-batch-norm",
    severity="warning",
    by_default=True,
    summary="A convolution with a bias comes right before a batch normalisation.",
    why="The normalisation subtracts the mean of each channel, and with it the bias, which learns nothing "
    "(arXiv:1502.03167, section 3.2). It costs memory, and its key in the state_dict keeps weights of the usual "
    "network from loading. The authors' Caffe ResNet-50 has one in its stem: resnet50_caffe is rightly reported.",
    fix="Set stem_bias = false; in a module, bias=False.",
    bad='base = "resnet50"\nstem_bias = true\n',
    good='base = "resnet50"\n',
    find=_bias_before_norm,
)

RULES = (UNEVEN_GROUPS, UNEVEN_CHANNELS, NARROWING, BIAS_BEFORE_NORM)
