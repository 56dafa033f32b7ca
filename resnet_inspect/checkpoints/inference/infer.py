"""Infer the config of a network from the shapes of its weights, under this package's names.

Fields that the weights determine are inferred; the others are listed with the value assumed. Then the config's own
names and shapes are compared with those of the weights.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from resnet_inspect.checkpoints.inference.layout import BlockTensors, Layout, Shapes, layout
from resnet_inspect.checkpoints.inference.undetermined import UndeterminedField, undetermined
from resnet_inspect.checkpoints.inference.widths import widths
from resnet_inspect.configs.block_shapes import squeezed_channels
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import sanitise

COUNTER = "num_batches_tracked"
"""Counter of batches that torch adds to a BatchNorm since 0.4.1; it is not used, and many files leave it out."""

_HEADS = {"fc.weight", "fc.bias", "head.fc.weight", "head.fc.bias"}
_REDUCTIONS = (16, 4, 8, 2, 32, *range(1, 1025))
_CIFAR_SIZE = (32, 32)
_IN_FIRST_BLOCK = re.compile(r"(layer1\.0|stages\.0\.blocks\.0)\.(.+)")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A tensor on which the file and the inferred config disagree.

    Attributes:
        name: this package's name for it.
        expected: its shape by the config; ``None`` if the config has no such tensor.
        found: its shape in the file; ``None`` if it is missing.
    """

    name: str
    expected: Shape | None
    found: Shape | None


@dataclass(frozen=True, slots=True)
class Inference:
    """A config inferred from weights.

    Attributes:
        config: the config.
        undetermined: the fields that the weights do not determine, with the values assumed.
        missing_head: ``True`` if the classifier is missing.
        mismatches: the tensors whose names or shapes differ from the config's, without counters of BatchNorm and a
            missing classifier.
        without_norms: why there is no normalisation, in words; empty if there is one.
    """

    config: ResNetConfig
    undetermined: tuple[UndeterminedField, ...]
    missing_head: bool
    mismatches: tuple[Mismatch, ...]
    without_norms: str = ""


def infer(shapes: Shapes, name: str = "custom", *, whole_stem: bool = True, whole_blocks: bool = True) -> Inference:
    """Infer a config from the names and shapes of a network's tensors.

    Args:
        shapes: this package's name -> shape.
        name: name of the config.
        whole_stem: ``True`` if these are all tensors of the stem; otherwise its stride and pool are not guessed.
        whole_blocks: ``True`` if these are all tensors of the blocks; otherwise no lack of normalisation is reported.

    Raises:
        RequestError: if they are not the weights of a ResNet, or of one that no config describes.
    """
    found = layout(shapes)
    if not found.stages:
        raise RequestError(_without_stages(shapes))
    found.require_stem()
    found.require_same_blocks()
    norms_lack = found.without_norms if whole_blocks else ""
    missing_head = not any(head in shapes for head in ("fc.weight", "head.fc.weight"))
    try:
        config = config_of({"name": name, **fields_of(found, whole_stem=whole_stem)})
    except RequestError as error:
        raise RequestError(f"the weights have a ResNet's names, but no config describes them: {error}") from error
    unknown = undetermined(config, missing_head=missing_head)
    differing = mismatches(config, shapes)
    if norms_lack:
        unknown = (UndeterminedField("norm", config.norm, f"no normalisation in the file: {norms_lack}"), *unknown)
        differing = tuple(mismatch for mismatch in differing if not _for_want_of_norms(mismatch))
    return Inference(config, unknown, missing_head, differing, norms_lack)


def config_of(fields: Mapping[str, Any]) -> ResNetConfig:
    """Return the config with these fields.

    Raises:
        RequestError: if no config has them; it says what is wrong with which field.
    """
    try:
        return ResNetConfig.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(map(_problem, error.errors()[:_SHOWN]))
        if error.error_count() > _SHOWN:
            problems += f"; and {error.error_count() - _SHOWN:,} more"
        raise RequestError(problems) from error


def _for_want_of_norms(mismatch: Mismatch) -> bool:
    """Return whether a tensor belongs to a missing normalisation, or is the bias that it was folded into."""
    if mismatch.found is None:
        return mismatch.expected is not None and len(mismatch.expected) == 1
    return mismatch.expected is None and mismatch.name.endswith(".bias") and len(mismatch.found) == 1


def _without_stages(shapes: Shapes) -> str:
    """Explain why there are no stages: no block at all, or a first one of another kind, as in Res2Net and ResNeSt."""
    found = [match for match in map(_IN_FIRST_BLOCK.fullmatch, shapes) if match]
    if not found:
        return "no stages of residual blocks: there is no first block with a convolution"
    more = ", …" if len(found) > _SHOWN else ""
    holds = ", ".join(sanitise(match[2], 40) for match in found[:_SHOWN]) + more
    return (
        "no stages of residual blocks that a config describes: those have convolutions conv1 and conv2, "
        f"and {found[0][1]} holds {holds}"
    )


def mismatches(config: ResNetConfig, shapes: Shapes) -> tuple[Mismatch, ...]:
    """Return the tensors in which a config and ``shapes`` differ, without counters and a missing head."""
    expected = {name: shape for name, shape in state_dict(config) if not name.endswith(COUNTER)}
    without_head = not _HEADS & shapes.keys()
    disagreeing = (
        Mismatch(name, shape, shapes.get(name))
        for name, shape in expected.items()
        if shapes.get(name) != shape and not (without_head and name in _HEADS)
    )
    more = (name for name in shapes if name not in expected and not name.endswith(COUNTER))
    return (*disagreeing, *(Mismatch(name, None, shapes[name]) for name in more))


def _problem(problem: Mapping[str, Any]) -> str:
    where = ".".join(map(str, problem["loc"]))
    if problem["type"].startswith(("greater_than", "less_than")):
        return sanitise(f"{where} would be {problem['input']!r}", 300)
    return sanitise(f"{where}: {problem['msg']}" if where else problem["msg"], 300)


def fields_of(found: Layout, *, whole_stem: bool) -> dict[str, Any]:
    """Return the fields of the config that tensors show, and the usual strides where they show none."""
    kinds = tuple(stage[0].kind for stage in found.stages)
    chosen = {
        "block": kinds[0] if len(set(kinds)) == 1 else kinds,
        "stage_blocks": tuple(map(len, found.stages)),
        "preact": found.preact,
        "norm": _norm(found),
        **widths(found),
        **_shortcut(found),
        **_attention(found),
        **(_preact_stem(found, whole=whole_stem) if found.preact else _stem(found, whole=whole_stem)),
        **_head(found),
    }
    return {field: value for field, value in chosen.items() if value is not None}


def _norm(found: Layout) -> str | None:
    if found.without_norms:
        return None
    tensors = found.stages[0][0].tensors
    return "batch" if any(name.endswith("running_mean") for name in tensors) else "group"


def _shortcut(found: Layout) -> dict[str, Any]:
    """Return the option, its kernel, and the strides that follow from where projections are."""
    firsts = [stage[0] for stage in found.stages]
    projections = [block.projection for stage in found.stages for block in stage]
    later = any(block.projection for stage in found.stages for block in stage[1:])
    if found.preact:
        return {"stage_strides": _strides(firsts)}
    if not any(projections):
        return _without_projections(firsts)
    kernel = max(shape[2] for shape in projections if shape)
    return {
        "shortcut": "C" if later else "B",
        "shortcut_kernel": kernel,
        "avg_down": any(block.pooled_projection for block in firsts),
        "stage_strides": _strides(firsts, kernel, everywhere=later),
    }


def _without_projections(firsts: Iterable[BlockTensors]) -> dict[str, Any]:
    """Return option A, which only adds channels, or no shortcuts; identities suffice if no channels change."""
    pairs = [(block.in_channels, block.out_channels) for block in firsts]
    if all(before == after for before, after in pairs):
        return {"shortcut": "B", "stage_strides": (1,) * len(pairs)}
    return {"shortcut": "A" if all(before <= after for before, after in pairs) else "none"}


def _strides(firsts: Iterable[BlockTensors], kernel: int = 1, *, everywhere: bool = False) -> tuple[int, ...]:
    """Return the strides that projections show, and 1, 2, 2, 2 if they show nothing.

    A projection that keeps the number of channels is there for a stride, unless every block has one (option C); and
    only projections with a stride have a larger kernel.
    """
    strides = []
    for stage, block in enumerate(firsts):
        usual = 1 if stage == 0 else 2
        if block.projection is None:
            usual = 1
        elif kernel > 1:
            usual = 2 if block.projection[2] == kernel else 1
        elif block.in_channels == block.out_channels and not everywhere:
            usual = 2
        strides.append(usual)
    return tuple(strides)


def _attention(found: Layout) -> dict[str, Any]:
    tensors = found.stages[0][0].tensors
    if "se.conv.weight" in tensors:
        return {"attention": "eca"}
    if "se.fc1.weight" not in tensors:
        return {}
    pairs = {block.tensors.get("se.fc1.weight", ())[:2] for stage in found.stages for block in stage}
    squeezed = [(pair[1], pair[0]) for pair in pairs if len(pair) == 2]
    fitting = (
        reduction
        for reduction in _REDUCTIONS
        if all(squeezed_channels(channels, reduction) == narrow for channels, narrow in squeezed)
    )
    return {"attention": "se", "se_reduction": next(fitting, None)}


def _stem(found: Layout, *, whole: bool) -> dict[str, Any]:
    fields: dict[str, Any]
    if "conv1.weight" in found.outside:
        shape = found.stem("conv1")
        fields = {"stem_width": shape[0], "in_channels": shape[1], "stem_bias": "conv1.bias" in found.outside}
        fields |= _single(shape[2], whole=whole)
    else:
        first, second = found.stem("conv1.0"), found.stem("conv1.3")
        fields = {"stem": _deep(first[0], second[0]), "stem_width": second[0], "in_channels": first[1]}
        fields["stem_bias"] = "conv1.0.bias" in found.outside
    if found.without_norms:
        fields["stem_bias"] = False
    if "maxpool.0.weight" in found.outside:
        fields["stem_pool"] = "conv"
        # A pool that takes over the convolution's stride moves its normalisation from maxpool.1 to maxpool.2.
        fields["anti_alias"] = "avg" if "maxpool.2.weight" in found.outside else "none"
    return fields


def _preact_stem(found: Layout, *, whole: bool) -> dict[str, Any]:
    if "stem.conv.weight" in found.outside:
        shape = found.stem("stem.conv")
        return {"stem_width": shape[0], "in_channels": shape[1], **_single(shape[2], whole=whole)}
    first, second = found.stem("stem.conv1"), found.stem("stem.conv2")
    return {"stem": _deep(first[0], second[0]), "stem_width": second[0], "in_channels": first[1]}


def _deep(first: int, second: int) -> Literal["deep", "deep_tiered"]:
    return "deep" if first == second else "deep_tiered"


def _single(kernel: int, *, whole: bool) -> dict[str, Any]:
    """Return the fields of a single convolution; a 3x3 gets stride, pool and input of the paper's nets for CIFAR."""
    cifar = {"stem_stride": 1, "stem_pool": "none", "input_size": _CIFAR_SIZE} if kernel == 3 and whole else {}
    return {"stem_kernel": kernel, **cifar}


def _head(found: Layout) -> dict[str, Any]:
    shape = found.outside.get("head.fc.weight" if found.preact else "fc.weight", ())
    if not shape:
        return {"num_classes": 0}
    return {"num_classes": shape[0], **({"head": "conv"} if len(shape) == 4 and found.preact else {})}
