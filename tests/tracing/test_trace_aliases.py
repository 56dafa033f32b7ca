"""An operator has one name, whichever of torch's names for it the forward calls."""

from __future__ import annotations

import torch
from each import for_each
from torch import nn

from resnet_inspect.tracing.recorder import trace


class Calls(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@for_each(
    "alias, function, name",
    [
        (lambda x: torch.multiply(x, 2), lambda x: x * 2, "mul"),
        (lambda x: x.multiply_(2), lambda x: x.mul_(2), "mul"),
        (lambda x: torch.subtract(x, 2), lambda x: x - 2, "sub"),
        (lambda x: torch.divide(x, 2), lambda x: x / 2, "div"),
        (lambda x: torch.true_divide(x, 2), lambda x: x / 2, "div"),
        (torch.negative, torch.neg, "neg"),
        (torch.absolute, torch.abs, "abs"),
        (lambda x: torch.clip(x, 0, 1), lambda x: x.clamp(0, 1), "clamp"),
        (lambda x: torch.concat([x, x]), lambda x: torch.cat([x, x]), "cat"),
        (lambda x: torch.concatenate([x, x]), lambda x: torch.cat([x, x]), "cat"),
        (torch.special.expit, torch.sigmoid, "sigmoid"),
        (lambda x: torch.special.softmax(x, 1), lambda x: x.softmax(1), "softmax"),
        (lambda x: x.swapaxes(0, 1), lambda x: x.transpose(0, 1), "transpose"),
        (lambda x: x.moveaxis(0, 1), lambda x: x.movedim(0, 1), "movedim"),
        (lambda x: torch.ops.aten._unsafe_view(x, [6]), lambda x: x.view(6), "view"),
    ],
)
def test_an_alias_is_recorded_as_what_it_stands_for(alias, function, name):
    runs = [trace(Calls(called), (2, 3)) for called in (alias, function)]
    assert [[op.name for op in run.ops] for run in runs] == [[name], [name]]
