"""RI141 to RI144: the network as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.configs.words import VERSION_OF
from resnet_inspect.text import join_names

if TYPE_CHECKING:
    from resnet_inspect.configs.schema import ResNetConfig


def _heavy_head(evidence: Evidence) -> Iterator[Finding]:
    head, total = evidence.anatomy.head, evidence.anatomy.totals.params
    if evidence.ran and head is not None and 2 * head.params > total:
        yield Finding(
            message=f"the head has {head.params:,} of {total:,} parameters ({100 * head.params / total:.1f} %)",
            field_path=("num_classes",),
            why=f"{evidence.trace.output_shape[-1] if evidence.trace.output_shape else 0:,} outputs",
        )


def _wrong_number(evidence: Evidence) -> Iterator[Finding]:
    from resnet_inspect.anatomy.depth_in_name import claimed_depth, compare_with_depth, input_sizes

    anatomy = evidence.anatomy
    claimed = claimed_depth(evidence.claimed_name, input_sizes(anatomy))
    if claimed is None or not evidence.ran or compare_with_depth(claimed, anatomy).fits:
        return
    if _is_cut_from(claimed, evidence):
        return
    # A config without a name is called after its file.
    named = evidence.declared is None or "name" in evidence.declared.declaration.document.data
    yield Finding(
        message=f"the {'name' if named else 'name of the file'} says {claimed}, the depth is {anatomy.depth.depth}",
        field_path=("name",) if named else (),
        expected=str(claimed),
        found=str(anatomy.depth.depth),
        why=anatomy.depth.formula,
        hint="'resnet-inspect count' shows the count",
    )


def _is_cut_from(depth: int, evidence: Evidence) -> bool:
    """Return whether the blocks are the first stages of a variant of that depth, as in a detector's C4 backbone."""
    from resnet_inspect.configs.arithmetic import figures
    from resnet_inspect.configs.variants import variant, variant_names

    own = _blocks_and_kinds(evidence)
    stages = len(own[0])
    for whole in map(variant, variant_names()):
        if len(whole.stage_blocks) > stages and (whole.stage_blocks[:stages], whole.stage_kinds[:stages]) == own:
            stem = len(whole.stem_widths) + (whole.stem_pool == "conv")
            if figures(whole).depth - depth in {0, stem - 1}:
                return True
    return False


def _blocks_and_kinds(evidence: Evidence) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the numbers and the kinds of blocks per stage, from the config, or else from the anatomy."""
    if evidence.config is not None:
        return evidence.config.stage_blocks, evidence.config.stage_kinds
    stages = evidence.anatomy.stages
    return tuple(stage.blocks for stage in stages), tuple(stage.kind for stage in stages)


def _other_stride(evidence: Evidence) -> Iterator[Finding]:
    declared = evidence.declared
    loads = declared.declaration.expect.loads if declared else None
    if declared is None or loads is None:
        return
    from resnet_inspect.configs.variants import variant

    theirs, ours = variant(loads), declared.config
    if theirs.stride_in == ours.stride_in or not (_strides_in_bottlenecks(theirs) and _strides_in_bottlenecks(ours)):
        return
    mine, other = VERSION_OF[ours.stride_in], VERSION_OF[theirs.stride_in]
    yield Finding(
        message=f"the weights of {loads} are {other}, this network is {mine}: {_loading(evidence, theirs)}",
        field_path=("expect", "loads"),
        expected=f'stride_in = "{theirs.stride_in}"',
        found=f'stride_in = "{ours.stride_in}"',
        why=f"strides here: {', '.join(evidence.anatomy.placement.layers)}",
        hint="set it, or name the variant that the weights come from",
    )


def _loading(evidence: Evidence, weights: ResNetConfig) -> str:
    from resnet_inspect.configs.state_dict import state_dict

    if dict(evidence.trace.state_dict) == dict(state_dict(weights)):
        return "they load without a warning, but it computes different outputs"
    return "those that load compute different outputs"


def _strides_in_bottlenecks(config: ResNetConfig) -> bool:
    """Return whether a bottleneck strides, so that ``stride_in`` has an effect."""
    from resnet_inspect.configs.block_shapes import block_shapes

    return any(stage[0].kind == "bottleneck" and stage[0].stride > 1 for stage in block_shapes(config))


def _unused(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.ran:
        return
    uncalled = evidence.anatomy.uncalled
    if uncalled:
        yield Finding(
            message=f"never used: {join_names([name or 'the model itself' for name in uncalled])}",
            why=f"{_unread(evidence):,} parameters that no operator of the forward reads",
            layer=uncalled[0],
        )
    idle = [layer for layer in evidence.anatomy.operations if layer.role == "unused" and (layer.macs or layer.params)]
    if idle:
        yield Finding(
            message=f"computed for nothing: {join_names([layer.name or 'the model itself' for layer in idle])}",
            why=f"{sum(layer.macs for layer in idle):,} MACs whose result does not reach the output",
            layer=idle[0].name,
        )


def _unread(evidence: Evidence) -> int:
    """Count the elements of the parameters that no operator reads."""
    read = {name for op in evidence.trace.ops for name in op.parameters}
    return sum(parameter.size for parameter in evidence.trace.parameters if parameter.name not in read)


HEAVY_HEAD = Rule(
    code="RI141",
    name="head-holds-most-parameters",
    severity="warning",
    by_default=False,
    summary="More than half of the parameters are in the head.",
    why="The number of parameters then says little about the backbone, and fine-tuning on other classes throws most of "
    "them away. It is off by default: anyone who trains on 21,841 classes knows.",
    fix="Compare backbones without their heads; or reduce num_classes, if it is a leftover.",
    bad='base = "resnet18"\nnum_classes = 21843\n\n# 21,843 · (512 + 1) = 11.2 M, in 22.4 M\n',
    good='base = "resnet18"\n',
    find=_heavy_head,
)

WRONG_NUMBER = Rule(
    code="RI142",
    name="name-is-not-the-depth",
    severity="warning",
    by_default=True,
    summary="The number in the network's name is not its depth.",
    why="ResNet-50 is so called because it has 50 weighted layers from input to output (arXiv:1512.03385, section "
    "3.3; docs/reference/counting.md). A name that says 50 over a network of 38 misleads everyone who compares "
    "results. Only the number after the family's name counts (resnet50, R-50, resnext50_32x4d, wide_resnet50_2), "
    "not groups, widths, versions, or sizes. As in published names, a deep stem counts as one layer: resnet50d, "
    "with 52, agrees; so does the count of wide networks (arXiv:1605.07146), with the shortcuts' convolutions and "
    "without the head; so do the first stages of a network of that depth, such as a detector's C4 backbone, "
    "resnet50 without its last; and a backbone may have the name of the whole network, whose classifier counts: "
    "resnet50 over 49. Of a model named as package.module:attribute, the attribute counts; the names of "
    "torchvision's, timm's and transformers' models are not judged. In the config table, resnetrs270, resnetrs420 and "
    "seresnextaa201d_32x8d are rightly reported.",
    fix="Correct the name, or the blocks.",
    bad='name = "my_resnet50"\nblock = "bottleneck"\nstage_blocks = [3, 4, 2, 3]\n',
    good='name = "my_resnet38"\nblock = "bottleneck"\nstage_blocks = [3, 4, 2, 3]\n',
    find=_wrong_number,
)

OTHER_STRIDE = Rule(
    code="RI143",
    name="weights-of-other-stride",
    severity="error",
    by_default=True,
    summary="The network is meant to load weights that were trained with the stride elsewhere: v1 versus v1.5.",
    why="Names and shapes of all tensors are the same for both, so a strict load succeeds, but the network silently "
    "computes something else. The stride cannot be read from weights. torchvision, timm and NVIDIA's v1.5 stride on "
    "the 3×3 convolution, the authors' Caffe networks and Detectron2's MSRA models on the first 1×1.",
    fix="Set stride_in to that of the weights, or name the variant that they come from (resnet50_v1).",
    bad='base = "resnet50_v1"\n\n[expect]\nloads = "resnet50"\n',
    good='base = "resnet50_v1"\n\n[expect]\nloads = "resnet50_v1"\n',
    find=_other_stride,
)

_BAD_MODULES = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.old_conv = nn.Conv2d(3, 8, 5)

    def forward(self, x):
        return self.conv(x)
"""

UNUSED = Rule(
    code="RI144",
    name="unused-modules",
    severity="warning",
    by_default=True,
    summary="Modules are never called, or compute something that does not reach the output.",
    why="Their parameters are stored, loaded and counted, and learn nothing; distributed training stops at them "
    "(torch.nn.parallel.DistributedDataParallel, find_unused_parameters). Usually a layer was replaced in forward "
    "and left behind in __init__. The forward is judged as in evaluation, so a head that is only for training is "
    "reported too. A config cannot build this; code can, and is found when it is named: resnet-inspect check mine:Net.",
    fix="Remove them, or use them.",
    bad=_BAD_MODULES,
    good=_BAD_MODULES.replace("        self.old_conv = nn.Conv2d(3, 8, 5)\n", ""),
    find=_unused,
    language="python",
)

RULES = (HEAVY_HEAD, WRONG_NUMBER, OTHER_STRIDE, UNUSED)
