"""Convolutions whose weights are computed from the data: dynamic and conditionally parametrised ones."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

import resnet_inspect as ri


class DynamicConv(nn.Module):
    """A kernel mixed of four, by what a gate makes of the averaged image (Chen et al., arXiv:1912.03458)."""

    def __init__(self, channels, stride=1, experts=4):
        super().__init__()
        self.squeeze, self.choose = nn.Linear(channels, channels // 4), nn.Linear(channels // 4, experts)
        self.experts = nn.Parameter(torch.randn(experts, channels, channels, 3, 3))
        self.stride = stride

    def mixed(self, share):
        return (share.view(-1, 1, 1, 1, 1) * self.experts).sum(0)

    def forward(self, x):
        pooled = functional.adaptive_avg_pool2d(x, 1).flatten(1)
        share = self.choose(self.squeeze(pooled).relu()).softmax(1)
        return functional.conv2d(x, self.mixed(share[0]), stride=self.stride, padding=1)


class MatmulConv(DynamicConv):
    """The same by a matrix product, as in conditionally parametrised convolutions (Yang et al., arXiv:1904.04971)."""

    def mixed(self, share):
        return torch.matmul(share, self.experts.flatten(1)).view(self.experts.shape[1:])


class Block(nn.Module):
    def __init__(self, kind, channels=16):
        super().__init__()
        self.conv1, self.bn1 = kind(channels), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)

    def forward(self, x):
        return (x + self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))).relu()


def plain(channels):
    return nn.Conv2d(channels, channels, 3, padding=1)


def net(kind):
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))
    return nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), Block(kind), Block(kind), *head)


def understood(kind):
    return ri.dissect(ri.trace(net(kind), (1, 3, 32, 32)))


MACS = 32 * 32 * 16 * 16 * 9
GATE = 16 * 4 + 4 * 4
"""The two linear layers that choose a kernel."""


@pytest.mark.parametrize(("kind", "mixing"), [(DynamicConv, 0), (MatmulConv, 4 * 16 * 16 * 9)])
def test_a_generated_kernel_is_a_layer_and_what_makes_it_is_a_gate(kind, mixing):
    dynamic, static = understood(kind), understood(plain)
    assert static.totals.macs == 32 * 32 * 3 * 9 * 16 + 4 * MACS + 160
    assert dynamic.totals.macs == static.totals.macs + 2 * (GATE + mixing)
    assert dynamic.depth.formula == static.depth.formula == "6 = 1 + 2·(2) + 1"
    assert [(b.kind, b.shortcut) for b in dynamic.blocks] == [(b.kind, b.shortcut) for b in static.blocks]
    assert dynamic.unmeasured == ()
    convolution = next(layer for layer in dynamic.layers if layer.op == "conv2d" and layer.block == 0)
    assert (convolution.role, convolution.macs, convolution.kernel) == ("main", MACS, (3, 3))
    gates = [layer.op for layer in dynamic.layers if layer.role == "attention" and layer.weighted]
    assert gates == (["linear", "linear"] + ["matmul"] * bool(mixing)) * 2
    fields = [[layer.receptive_field for layer in found.layers if layer.op == "conv2d"] for found in (dynamic, static)]
    assert fields[0] == fields[1]


@pytest.mark.parametrize(
    ("forward", "unmeasured"),
    [
        (lambda x: x @ x.transpose(2, 3), ("matmul",)),
        (lambda x: torch.einsum("bchw,bchv->bcwv", x, x * 2), ("einsum",)),
        (lambda x: torch.bmm(x[0], x[0].transpose(1, 2)), ("bmm",)),
        (lambda x: functional.scaled_dot_product_attention(x, x + 1, x), ("scaled_dot_product_attention",)),
        (lambda x: x @ torch.ones(8, 2), ()),
        (lambda x: x * x, ()),
    ],
)
def test_products_of_data_by_data_are_named(forward, unmeasured):
    class Products(nn.Module):
        def forward(self, x):
            return forward(x)

    assert ri.dissect(ri.trace(Products(), (1, 3, 8, 8))).unmeasured == unmeasured
