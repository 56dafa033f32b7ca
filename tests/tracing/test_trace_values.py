"""A forward that asks for values fails on meta, and the trace knows why; other failures are not taken for that."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_inspect.tracing.recorder import trace

ASKING = {
    "item": lambda y: y * y.sum().item(),
    "bool": lambda y: y if y.sum() > 0 else -y,
    "any": lambda y: y if torch.isnan(y).any() else -y,
    "float": lambda y: y * float(y.sum()),
    "tolist": lambda y: y * y.sum((1, 2, 3)).tolist()[0],
    "numpy": lambda y: y * float(y.sum().numpy()),
    "an index": lambda y: [y, y][y.sum().long() * 0],
    "nonzero": lambda y: y.nonzero(),
    "a mask": lambda y: y[y > 0],
    "where": lambda y: torch.where(y > 0),
    "masked_select": lambda y: torch.masked_select(y, y > 0),
    "unique": torch.unique,
    "equal": lambda y: y if torch.equal(y, y) else -y,
    "allclose": lambda y: y if torch.allclose(y, y) else -y,
    "bincount": lambda y: torch.bincount(y.flatten().abs().long()),
    "repeat_interleave": lambda y: torch.repeat_interleave(y, y.sum((0, 2, 3)).abs().long(), dim=1),
    "arange": lambda y: y * torch.arange(y.sum().abs().long() % 8 + 1).sum(),
}
FAILING = {
    "a shape": lambda y: y.view(7),
    "an error": lambda _: _raise(ValueError("this metal tensor")),
    "a type": lambda y: y + "meta",
    "channels": lambda y: nn.functional.conv2d(y, torch.zeros(1, 9, 1, 1)),
}


def _raise(error):
    raise error


def _wrapping(forward):
    """Catches what ``forward`` raises and raises something else."""

    def wrapped(y):
        try:
            return forward(y)
        except RuntimeError:
            raise ValueError("mine") from None

    return wrapped


class Net(nn.Module):
    def __init__(self, then):
        super().__init__()
        self.conv, self.then = nn.Conv2d(3, 3, 1), then

    def forward(self, x):
        return self.then(self.conv(x))


@pytest.mark.parametrize("name", ASKING)
def test_a_question_for_values_is_known_as_such(name):
    failure = trace(Net(ASKING[name]), (1, 3, 8, 8)).failure
    assert failure.needs_values, failure
    assert trace(Net(ASKING[name]), (1, 3, 8, 8), device="cpu").failure is None


def test_what_was_raised_in_its_place_counts_too():
    assert trace(Net(_wrapping(ASKING["item"])), (1, 3, 8, 8)).failure.needs_values


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_another_failure_is_not_taken_for_one(name, device):
    failure = trace(Net(FAILING[name]), (1, 3, 8, 8), device=device).failure
    assert failure is not None
    assert not failure.needs_values
