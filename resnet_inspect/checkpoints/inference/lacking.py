"""What a net has to have before a config is read off its weights, and normalisation, which it may lack."""

from __future__ import annotations

from resnet_inspect.checkpoints.inference.layout import Layout
from resnet_inspect.errors import RequestError

FOLDED = "folded into the convolutions, which have biases"


def require_stem(found: Layout) -> None:
    """Raise if the first convolution is not among the tensors.

    Raises:
        RequestError: naming what is missing.
    """
    firsts = ("stem.conv", "stem.conv1") if found.preact else ("conv1", "conv1.0")
    if not any(f"{first}.weight" in found.outside for first in firsts):
        names = " or ".join(f"{first}.weight" for first in firsts)
        raise RequestError(
            f"the weights have a ResNet's blocks, but no first convolution ({names}): the stem is missing, or is of "
            "another kind"
        )


def require_same_blocks(found: Layout) -> None:
    """No config has stages in which some blocks have a third convolution."""
    for number, stage in enumerate(found.stages, start=1):
        kinds = [block.kind for block in stage]
        if len(set(kinds)) > 1:
            without = kinds.index("basic") + 1
            raise RequestError(
                "the weights have a ResNet's names, but no config describes them: the blocks of a stage are alike, "
                f"and in stage {number} block {without} has no conv3, block {kinds.index('bottleneck') + 1} has one"
            )


def without_norms(found: Layout) -> str:
    """Say why no block has a normalisation with weights; empty where one has."""
    blocks = [block.tensors for stage in found.stages for block in stage]
    if any(name.startswith(("bn", "norm")) for tensors in blocks for name in tensors):
        return ""
    folded = all("conv1.bias" in tensors for tensors in blocks)
    return FOLDED if folded else "it has no parameters, as InstanceNorm by default, or there is none"
