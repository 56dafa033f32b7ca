"""Modules made of one function, and what their traces say in few words."""

from __future__ import annotations

from queue import SimpleQueue

from torch import nn

from resnet_inspect.tracing.recorder import trace


class Forward(nn.Module):
    """``function(module, x)`` as a forward; the keywords become submodules, parameters, buffers or plain attributes."""

    def __init__(self, function, *, buffers=None, **attributes):
        super().__init__()
        self._function = function
        for name, value in attributes.items():
            setattr(self, name, value)
        for name, value in (buffers or {}).items():
            self.register_buffer(name, value)

    def forward(self, x):
        return self._function(self, x)


class Probe(SimpleQueue):
    """Keeps what a forward puts into it; a trace brings back every list that a forward can reach."""

    def taken(self):
        return [self.get_nowait() for _ in range(self.qsize())]


def flow(module, shape=(1, 3, 8, 8), **options):
    """Each operator with its sources, then the sources of the output."""
    traced = trace(module, shape, **options)
    assert traced.failure is None, traced.failure
    return [(op.name, *op.sources) for op in traced.ops], traced.outputs


def op_named(traced, name):
    (op,) = [op for op in traced.ops if op.name == name]
    return op
