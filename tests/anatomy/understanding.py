"""A network that runs, traced and dissected."""

from __future__ import annotations

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace


def understand(net, shape=(1, 3, 32, 32)):
    traced = trace(net, shape)
    assert traced.failure is None
    return dissect(traced)
