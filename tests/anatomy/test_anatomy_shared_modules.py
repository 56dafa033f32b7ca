"""One activation, pool or dropout for all blocks: nothing is different from one for each."""

from __future__ import annotations

import torch
from each import for_each
from small_nets import Net, conv
from torch import nn
from understanding import understand

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace

SHAPES = ((8, 8, 1), (8, 16, 2), (16, 32, 2))


class Block(nn.Module):
    """A basic block that calls its activation, ``act``, twice."""

    def __init__(self, cin, cout, stride, act):
        super().__init__()
        self.a, self.norm, self.b = conv(cin, cout, 3, stride), nn.BatchNorm2d(cout), conv(cout, cout)
        self.act = act()
        self.shortcut = nn.Identity() if cin == cout else conv(cin, cout, 1, stride)

    def forward(self, x):
        return self.act(self.b(self.act(self.norm(self.a(x)))) + self.shortcut(x))


class PreActivated(Block):
    def forward(self, x):
        x = self.act(x)
        return self.b(self.act(self.norm(self.a(x)))) + self.shortcut(x)


class WithTwoNames(Block):
    """Hold one activation under two names."""

    def __init__(self, cin, cout, stride, act):
        super().__init__(cin, cout, stride, act)
        self.last = act()

    def forward(self, x):
        return self.last(self.b(self.act(self.norm(self.a(x)))) + self.shortcut(x))


class InLists(Block):
    """Activations in a list, where the block itself calls them in turn."""

    def __init__(self, cin, cout, stride, act):
        super().__init__(cin, cout, stride, act)
        del self.act
        self.acts = nn.ModuleList([act(), act()])

    def forward(self, x):
        return self.acts[1](self.b(self.acts[0](self.norm(self.a(x)))) + self.shortcut(x))


class OfContainers(nn.Module):
    """A block whose main branch is a sequence with the activation behind each convolution, and a pool that strides."""

    def __init__(self, cin, cout, stride, act):
        super().__init__()
        pool = act() if stride == 1 else nn.Sequential(act(), nn.AvgPool2d(2))
        self.main = nn.Sequential(conv(cin, cout), act(), conv(cout, cout), pool, act())
        self.shortcut = act() if cin == cout else conv(cin, cout, 1, stride)

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


def stages_of(block, act):
    stages = [nn.Sequential(block(cin, cout, stride, act), block(cout, cout, 1, act)) for cin, cout, stride in SHAPES]
    return Net(*stages, out=32)


def shared(kind):
    """Return a function that always returns the same module."""
    one = kind()
    return lambda: one


def _activated_pool():
    return nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.ReLU())


@for_each(
    "block, kind",
    [
        (Block, nn.ReLU),
        (Block, nn.Dropout),
        (Block, nn.Identity),
        (Block, _activated_pool),
        (Block, lambda: nn.LeakyReLU(0.1)),
        (PreActivated, nn.SiLU),
        (WithTwoNames, nn.ReLU),
        (WithTwoNames, _activated_pool),
        (InLists, nn.GELU),
        (OfContainers, nn.ReLU),
        (OfContainers, lambda: nn.MaxPool2d(3, 1, 1)),
    ],
)
def test_a_shared_module_without_parameters_changes_nothing(block, kind):
    own, one = understand(stages_of(block, kind)), understand(stages_of(block, shared(kind)))
    assert [stage.blocks for stage in one.stages] == [2, 2, 2]
    assert one == own


class Hides(Block):
    """A block that calls an activation which is no attribute of it."""

    def __init__(self, cin, cout, stride, act):
        super().__init__(cin, cout, stride, nn.Identity)
        vars(self)["act"] = act()


def test_a_module_of_another_part_of_the_network_belongs_to_the_block_that_calls_it():
    act = nn.ReLU()
    net = stages_of(Hides, lambda: act)
    net.act = act
    anatomy = understand(net)
    assert [stage.blocks for stage in anatomy.stages] == [2, 2, 2]
    assert [layer.name for layer in anatomy.operations[1:6]] == [
        "relu", "body.0.0.a", "body.0.0.norm", "body.0.0:relu", "body.0.0.b",
    ]  # fmt: skip


@for_each("kind", [nn.PReLU, lambda: nn.Sequential(nn.PReLU(), nn.Dropout())])
def test_a_shared_layer_with_parameters_does_not_part_the_stages(kind):
    anatomy = understand(stages_of(Block, shared(kind)))
    assert [block.name for block in anatomy.blocks] == [
        f"body.{stage}.{index}" for stage in range(3) for index in (0, 1)
    ]
    assert [stage.blocks for stage in anatomy.stages] == [2, 2, 2]
    assert [block.output_shape[1] for block in anatomy.blocks] == [8, 8, 16, 16, 32, 32]


def test_many_blocks_share_an_activation():
    """As in networks for super-resolution: no stage begins where the first block has the activation's first name."""
    act = nn.ReLU(inplace=True)
    with torch.device("meta"):
        net = nn.Sequential(conv(3, 8), *(Block(8, 8, 1, lambda: act) for _ in range(32)), conv(8, 3))
    anatomy = dissect(trace(net, (1, 3, 8, 8)))
    assert [stage.blocks for stage in anatomy.stages] == [32]
    assert [block.name for block in anatomy.blocks] == [str(number) for number in range(1, 33)]


def test_a_layer_with_the_weight_of_another_one_is_no_module_without_parameters():
    first, second = conv(8, 8), conv(8, 8)
    second.weight = first.weight
    net = nn.Sequential(conv(3, 8), first, second, second)
    assert [layer.name for layer in understand(net).layers] == ["0", "1", "2", "2#2"]
