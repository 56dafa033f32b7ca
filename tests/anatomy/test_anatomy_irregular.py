"""Networks that are no sequence of blocks: what grows, stands side by side, runs again, or is taken away."""

from __future__ import annotations

import pytest
import torch
from small_nets import AddAfter, BottleneckBlock, Net, ShortcutFirst, conv
from torch import nn
from torch.nn import functional
from understanding import understand

from resnet_inspect.anatomy.compare import compare_anatomies
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.anatomy.irregular import irregularities
from resnet_inspect.anatomy.sizes import observations, size_steps
from resnet_inspect.commands.compare.tables import ComparedFigure
from resnet_inspect.commands.compare.verdict import describe_difference
from resnet_inspect.tracing.inputs import InputSpec
from resnet_inspect.tracing.recorder import trace

# --- what grows ---


class Enlarging(nn.Module):
    """A residual block behind an enlargement, as generators have them."""

    def __init__(self, enlarge):
        super().__init__()
        self.enlarge, self.a, self.b, self.shortcut = enlarge, conv(8, 8), conv(8, 8), conv(8, 8, 1)

    def forward(self, x):
        wide = self.enlarge(x)
        return self.b(functional.relu(self.a(functional.relu(wide)))) + self.shortcut(wide)


ENLARGEMENTS = {
    "nearest": (lambda: nn.Upsample(scale_factor=2), "32 · 2 = 64"),
    "bilinear": (lambda: nn.Upsample(size=48, mode="bilinear"), "32 · 1.5 = 48"),
    "transposed": (lambda: nn.ConvTranspose2d(8, 8, 3, 2, 1, output_padding=1), "(32 − 1)·2 − 2·1 + 3 + 1 = 64"),
    "transposed, nothing added": (lambda: nn.ConvTranspose2d(8, 8, 4, 2, 1), "(32 − 1)·2 − 2·1 + 4 = 64"),
}


@pytest.mark.parametrize(("made", "formula"), ENLARGEMENTS.values(), ids=ENLARGEMENTS.keys())
def test_what_grows_has_no_stride_and_is_shown_to_grow(made, formula):
    anatomy = understand(Net(Enlarging(made())))
    stage, (step,) = anatomy.stages[0], size_steps(anatomy)
    assert (stage.stride, stage.total_stride, stage.receptive_field) == ((), None, ())
    assert (step.formula, step.by_stride, step.by_border, step.by_resampling) == (formula, False, False, True)
    said = list(observations(anatomy, (step,)))
    assert f"H and W grow at {step.layer}" in said
    assert not any("padding does not keep" in sentence for sentence in said)


class ManyScales(nn.Module):
    """A head that ends on the finest of several maps."""

    def __init__(self):
        super().__init__()
        self.fine, self.coarse = ShortcutFirst(3, 8, 2), ShortcutFirst(8, 8, 4)
        self.of_coarse, self.of_fine = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 1)

    def forward(self, x):
        fine = self.fine(x)
        coarse = self.coarse(fine)
        return [self.of_coarse(coarse), self.of_fine(fine)]


def test_a_head_that_ends_on_a_finer_map_has_no_stride_and_no_name_in_the_paper():
    head = understand(ManyScales()).head
    assert (head.output_shape, head.stride, head.total_stride) == ((1, 4, 16, 16), (), (2, 2))
    assert head.paper_name == ""
    assert understand(Net(AddAfter())).head.paper_name == "fc"


# --- side by side ---


class Trunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.one, self.two = conv(3, 8), nn.Sequential(AddAfter(), AddAfter()), nn.Sequential(AddAfter())

    def forward(self, x):
        return self.two(self.one(self.stem(x))).mean((2, 3))


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right, self.fc = Trunk(), Trunk(), nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(torch.cat([self.left(x), self.right(x)], 1))


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.net, self.fc = Trunk(), nn.Linear(8, 1)

    def forward(self, a, b):
        return self.fc((self.net(a) - self.net(b)).abs())


def siamese():
    return dissect(trace(Siamese(), inputs=[InputSpec((1, 3, 32, 32), path=name) for name in "ab"]))


def test_stages_side_by_side_are_no_sequence():
    found = understand(Two())
    assert [block.follows for block in found.blocks] == [True, True, True, False, True, True]
    assert [stage.paper_name for stage in found.stages] == ["conv2_x", "conv3_x", "", ""]
    assert [block.paper_name for block in found.blocks] == ["conv2_1", "conv2_2", "conv3_1", "", "", ""]
    assert {layer.paper_name for layer in found.layers if layer.name.startswith("right.one")} == {""}
    assert [found.stages[1].title, found.stages[2].title] == ["stage2 (conv3_x)", "stage3"]
    (said,) = irregularities(found)
    assert said.startswith("stage3 does not depend on stage2, but is parallel to it")


def test_a_network_that_is_run_twice_is_no_sequence():
    """Its modules, entered twice, tell no stages; nor do shapes, which are all the same."""
    found = siamese()
    assert [block.follows for block in found.blocks] == [True, True, True, False, True, True]
    beside, again = irregularities(found)
    assert beside.startswith("block 4 of stage1 does not depend on block 3 of stage1, but is parallel to it")
    assert again == "7 weighted layers run more than once: net.stem, net.one.0.a, net.one.0.b, …"


def test_a_sequence_says_nothing_of_the_kind():
    anatomy = understand(Net(nn.Sequential(AddAfter(), AddAfter()), nn.Sequential(ShortcutFirst(8, 8, 2))))
    assert [block.follows for block in anatomy.blocks] == [True] * 3
    assert list(irregularities(anatomy)) == []


class Product(nn.Module):
    """Neither of the two maps is a gate."""

    def __init__(self):
        super().__init__()
        self.a, self.b = conv(8, 8), conv(8, 8)

    def forward(self, x):
        return functional.relu(self.a(x)) * functional.relu(self.b(x)) + x


class Highway(Product):
    """One gate for both branches."""

    def forward(self, x):
        gate = torch.sigmoid(self.a(x))
        return functional.relu(self.b(x)) * gate + x * (1 - gate)


def test_layers_side_by_side_make_no_basic_block():
    (block,) = understand(Net(Product())).blocks
    assert (block.kind, block.is_chain, block.shortcut) == ("3x3-3x3", False, "identity")
    (basic,) = understand(Net(AddAfter())).blocks
    assert (basic.kind, basic.is_chain, basic.shortcut) == ("basic", True, "identity")


def test_a_gate_of_both_branches_is_a_gate():
    anatomy = understand(Net(Highway()))
    (block,) = anatomy.blocks
    assert (block.kind, block.shortcut, anatomy.depth.attention, anatomy.depth.depth) == ("3x3", "other", 1, 3)


class Reversible(nn.Module):
    """Two streams, each of which is added to what the other one is."""

    def __init__(self):
        super().__init__()
        self.f, self.g = (nn.ModuleList(conv(8, 8) for _ in range(2)) for _ in range(2))

    def forward(self, x):
        a, b = torch.cat([x, x], 1).chunk(2, 1)
        for f, g in zip(self.f, self.g, strict=True):
            a = a + functional.relu(f(b))
            b = b + functional.relu(g(a))
        return torch.cat([a, b], 1)


def test_additions_that_end_no_block_are_named():
    anatomy = understand(Net(Reversible(), out=16))
    (block,) = anatomy.blocks
    assert "body.0:add" in [anatomy.operations[number].name for number in block.main]
    assert anatomy.undecided == ("body.0:add#2", "body.0:add#3", "body.0:add#4")
    (said,) = irregularities(anatomy)
    assert said.startswith("3 additions join other parts of the network")


# --- what is taken away ---


class TakesAway(nn.Module):
    def __init__(self, turned=False):
        super().__init__()
        self.turned, self.body = turned, nn.Sequential(conv(3, 8), nn.ReLU(), conv(8, 3))

    def forward(self, x):
        return self.body(x) - x if self.turned else x - self.body(x)


class Centred(nn.Module):
    """A difference from a mean of the same shape: a normalisation, not a residual."""

    def forward(self, x):
        return x - x.mean((2, 3), keepdim=True).expand_as(x)


class Difference(nn.Module):
    """What two networks without blocks make of the same image."""

    def __init__(self):
        super().__init__()
        self.a, self.b = (nn.Sequential(conv(3, 8), nn.ReLU(), conv(8, 8)) for _ in range(2))

    def forward(self, x):
        return self.a(x) - self.b(x)


@pytest.mark.parametrize("turned", [False, True])
def test_a_difference_is_a_residual(turned):
    (block,) = understand(TakesAway(turned)).blocks
    assert (block.kind, block.shortcut) == ("basic", "identity")


def test_a_difference_from_a_mean_or_of_two_networks_is_none():
    assert understand(nn.Sequential(conv(3, 8), Centred(), conv(8, 8))).blocks == ()
    assert len(understand(Net(AddAfter(), Centred(), AddAfter())).blocks) == 2
    assert len(siamese().blocks) == 6
    assert understand(Difference()).blocks == ()


# --- words ---


def test_a_block_of_linear_layers_has_a_kind():
    class Mlp(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(16, 32), nn.Linear(32, 16)

        def forward(self, x):
            return x + self.b(functional.relu(self.a(x)))

    assert [block.kind for block in understand(nn.Sequential(Mlp(), Mlp()), (1, 16)).blocks] == ["linear-linear"] * 2


def test_a_stride_that_stays_under_another_name_does_not_move():
    class Wrapped(nn.Module):
        def __init__(self, net):
            super().__init__()
            self.net = net

        def forward(self, x):
            return self.net(x)

    def net(first, second):
        return Net(nn.Sequential(BottleneckBlock(8, first)), nn.Sequential(BottleneckBlock(8, second)))

    left, right = understand(Wrapped(net((2, 1, 1), (1, 2, 1)))), understand(net((1, 2, 1), (1, 2, 1)))
    (said, *_) = describe_difference(
        left, right, compare_anatomies(left, right), ComparedFigure.of(left.totals.macs, right.totals.macs)
    )
    assert said.startswith("other → v1.5: in the first block of stage 1 the stride moves from a (1×1) to b (3×3);")
    assert "stage 2" not in said


class Held(nn.Module):
    """Weights in containers of torch, which do not run themselves; Keras on torch holds all of them in one."""

    def __init__(self):
        super().__init__()
        self.named = nn.ParameterDict({"a": nn.Parameter(torch.zeros(4, 4)), "b": nn.Parameter(torch.zeros(4, 4))})
        self.listed = nn.ParameterList([nn.Parameter(torch.zeros(4, 4)) for _ in "12"])
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        for weight in (self.named["a"], self.named["b"], *self.listed, self.layer.weight, self.layer.weight):
            x = functional.linear(x, weight)
        return x


def test_layers_with_different_weights_are_not_one_that_runs_again():
    anatomy = dissect(trace(Held(), (1, 4)))
    assert [layer.name for layer in anatomy.layers] == [
        "named.a",
        "named.b",
        "listed.0",
        "listed.1",
        "layer",
        "layer#2",
    ]
    assert tuple(irregularities(anatomy)) == ("1 weighted layer runs more than once: layer",)
