"""The same weights in Hugging Face's BiT give the same logits: pre-activation, standardised weights, group norm."""

from __future__ import annotations

import re

import pytest
import torch

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.configs.files import load
from resnet_inspect.model.build import build
from resnet_inspect.tracing.recorder import trace

transformers = pytest.importorskip("transformers")

WIDTHS, BLOCKS, CLASSES = [32, 64, 32, 64], [2, 1, 1, 2], 7

# The largest logit is about 1; float32 sums in another order differ by about 1e-6.
TOLERANCE = 1e-5

_OUR_NAMES = [
    (r"bit\.embedder\.convolution\.(.*)", r"stem.conv.\1"),
    (r"bit\.encoder\.stages\.(\d+)\.layers\.(\d+)\.(.*)", r"stages.\1.blocks.\2.\3"),
    (r"bit\.norm\.(.*)", r"norm.\1"),
    (r"classifier\.1\.(.*)", r"head.fc.\1"),
]


def our_name(theirs):
    for pattern, name in _OUR_NAMES:
        if re.fullmatch(pattern, theirs):
            return re.sub(pattern, name, theirs)
    raise KeyError(theirs)


def their_model(output_stride=32):
    torch.manual_seed(0)
    config = transformers.BitConfig(
        hidden_sizes=[4 * width for width in WIDTHS],
        embedding_size=32,
        depths=BLOCKS,
        output_stride=output_stride,
        num_labels=CLASSES,
    )
    model = transformers.BitForImageClassification(config).eval()
    for name, value in model.named_parameters():
        if "norm" in name:
            # As after training: fresh ones are all alike, and mixing two up would not show.
            torch.nn.init.normal_(value, mean=1.0 if name.endswith("weight") else 0.0, std=0.2)
    return model


def our_config(**fields):
    return load(
        {
            "base": "resnetv2_50x1_bit",
            "stage_blocks": BLOCKS,
            "stage_widths": WIDTHS,
            "stem_width": 32,
            "num_classes": CLASSES,
            "head": "linear",
            **fields,
        }
    )


def logits(size, *, theirs=None, **fields):
    """Theirs and ours, with their weights in both."""
    theirs = theirs or their_model()
    ours = build(our_config(**fields), device="cpu").eval()
    ours.load_state_dict({our_name(name): value for name, value in theirs.state_dict().items()}, strict=True)
    image = torch.randn(2, 3, *size)
    with torch.no_grad():
        return theirs(image).logits, ours(image)


@pytest.mark.parametrize("size", [(64, 64), (63, 97)], ids=["64x64", "63x97"])
def test_the_same_logits(size):
    theirs, ours = logits(size)
    assert theirs.abs().max() > 0.1
    torch.testing.assert_close(ours, theirs, atol=TOLERANCE, rtol=0)


def test_the_same_logits_where_later_stages_do_not_stride():
    """Their ``output_stride`` drops the strides and puts no dilation in their place, so it is no witness of ours."""
    theirs, ours = logits((64, 64), theirs=their_model(output_stride=8), stage_strides=[1, 2, 1, 1])
    torch.testing.assert_close(ours, theirs, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize(
    "fields",
    [{"weight_standardized": False}, {"stem_pool_border": "none"}, {"stride_in": "1x1"}, {"activation": "silu"}],
    ids=str,
)
def test_another_setting_loads_and_gives_other_logits(fields):
    theirs, ours = logits((64, 64), **fields)
    assert (theirs - ours).abs().max() > 100 * TOLERANCE


def test_theirs_is_understood_as_ours_is():
    theirs = dissect(trace(their_model(), (1, 3, 64, 64)))
    ours = dissect(trace(build(our_config()), (1, 3, 64, 64)))
    assert (theirs.depth, theirs.totals) == (ours.depth, ours.totals)
    assert [block.fork for block in theirs.blocks] == [block.fork for block in ours.blocks]
    assert [(b.kind, b.shortcut, b.stride, b.params, b.macs) for b in theirs.blocks] == [
        (b.kind, b.shortcut, b.stride, b.params, b.macs) for b in ours.blocks
    ]
    assert theirs.placement.version == ours.placement.version == "v1.5"
    assert [stage.receptive_field for stage in theirs.stages] == [stage.receptive_field for stage in ours.stages]
