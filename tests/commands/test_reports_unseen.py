"""What weights do not show of a model, read off its config and off its forward."""

from __future__ import annotations

import pytest
from torch import nn

import resnet_inspect as ri
from resnet_inspect.commands.weights import unseen_in_anatomy, unseen_in_config

SMALL = {"block": "bottleneck", "stage_blocks": [1, 1], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5}
DOWN, UP = "its max pool pads by 1 and rounds down", "its max pool does not pad and rounds up"
CASES = [
    ({}, ("v1.5: the 3×3 convolution strides", DOWN)),
    ({"stride_in": "1x1"}, ("v1: the first 1×1 convolution strides", DOWN)),
    ({"stem_pool_padding": 0, "stem_pool_ceil": True}, ("v1.5: the 3×3 convolution strides", UP)),
    ({"stem_pool": "none"}, ("v1.5: the 3×3 convolution strides", "its stem has no pool")),
    ({"stem_pool": "conv"}, ("v1.5: the 3×3 convolution strides", "its stem has no pool")),
    ({"block": "basic"}, (DOWN,)),
]


@pytest.mark.parametrize(("fields", "said"), CASES)
def test_of_a_config_and_of_its_net(fields, said):
    config = ri.load({**SMALL, **fields})
    assert tuple(unseen_in_config(config)) == said
    seen = unseen_in_anatomy(ri.dissect(ri.trace(ri.build(config))))
    assert tuple(text.partition(" (layer")[0] for text in seen) == said


def test_pools_that_stride_are_named():
    config = ri.load({**SMALL, "anti_alias": "avg"})
    assert next(unseen_in_config(config)) == "a pool strides instead of a convolution (anti_alias = avg)"


class Failing(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(2, 2)

    def forward(self, x):
        raise ValueError(x)


def test_a_forward_that_fails_says_nothing(tmp_path):
    import torch

    torch.save(Failing().state_dict(), tmp_path / "w.pth")
    report = ri.weights(Failing(), tmp_path / "w.pth")
    assert (report.loads, report.unseen) == (True, ())


def test_a_module_that_runs_is_told_of(tmp_path):
    import torch

    net = ri.build(ri.load(SMALL), device="cpu")
    torch.save(net.state_dict(), tmp_path / "w.pth")
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    assert ri.weights(net, tmp_path / "w.pth").unseen[1] == DOWN
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
