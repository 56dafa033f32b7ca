"""Branches that do not fit together: which rule says so, with which numbers, and only one."""

from __future__ import annotations

import pytest
from rule_examples import codes, of_config, of_module
from torch import nn

from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.rules.branch_mismatch import Branch, BranchMismatch

FAILURES = [RULES[code] for code in ("RI002", "RI101", "RI103", "RI104", "RI121")]


class Turned(nn.Module):
    """A network whose shortcut is the first operand of the addition, and runs."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 32, stride=32)
        self.a, self.b = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, stride=2, padding=1)
        self.shortcut = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        x = self.stem(x)
        return self.shortcut(x) + self.b(nn.functional.relu(self.a(x)))


class Block(nn.Module):
    """A residual block of any two branches, behind any stem."""

    def __init__(self, main, shortcut, stem=None):
        super().__init__()
        self.stem, self.main, self.shortcut = stem or nn.Conv2d(3, 8, 3, padding=1), main, shortcut

    def forward(self, x):
        x = self.stem(x)
        return self.main(x) + self.shortcut(x)


@pytest.mark.parametrize(
    ("size", "block", "main", "shortcut", "axis"),
    [
        ((200, 200), "layer3.0", "1024×12×12", "1024×13×13", 0),
        ((36, 36), "layer2.0", "512×4×4", "512×5×5", 0),
        ((48, 48), "layer4.0", "2048×1×1", "2048×2×2", 0),
        ((224, 100), "layer2.0", "512×28×12", "512×28×13", 1),
    ],
)
def test_odd_sizes_name_both_branches(judged, size, block, main, shortcut, axis):
    (found,) = judged(RULES["RI101"], f'base = "resnetaa50"\ninput_size = [{size[0]}, {size[1]}]\n')
    assert (found.layer, found.field_path) == (block, ("input_size", axis))
    assert f"the main branch is {main}, the shortcut {shortcut}" in found.message
    assert f" at input {size[0]}×{size[1]}: " in found.message
    height, width = main.split("×")[1:]
    assert f"{block}.aa (2×2, stride 2) takes" in found.why
    assert f" to {height}×{width}; shortcut: " in found.why
    assert f"{block}.downsample.0 (1×1, stride 2) takes" in found.why


@pytest.mark.parametrize(("main", "shortcut", "axis"), [((4, 5), (4, 4), 1), ((4, 4), (4, 5), 1), ((5, 5), (4, 4), 0)])
def test_the_axis_is_the_first_that_differs_whichever_branch_is_larger(main, shortcut, axis):
    sides = (Branch((1, 8, *shape), (1, 1), ()) for shape in (main, shortcut))
    found = BranchMismatch("layer1.0", *sides, failed=True)
    assert (found.axis, found.sizes_differ) == (axis, True)


def test_a_shortcut_that_takes_every_second_of_one_pixel_strides_as_its_branch(tmp_path):
    evidence = of_config('base = "resnet18_a"\ninput_size = [1, 1]\n', tmp_path / "net.toml")
    assert evidence.ran
    assert codes(evidence, FAILURES) == []


@pytest.mark.parametrize("net", ["resnetaa50", "resnetaa50d", "seresnetaa50d"])
@pytest.mark.parametrize("size", [33, 36, 50, 65, 97, 100, 200, 225])
def test_a_failing_forward_is_one_finding(net, size, tmp_path):
    evidence = of_config(f'base = "{net}"\ninput_size = [{size}, {size}]\n', tmp_path / "net.toml")
    assert codes(evidence, FAILURES) == ([] if evidence.ran else ["RI101"])


@pytest.mark.parametrize(
    "net", ["resnet50d", "resnetblur50d", "resnet18_a", "resnet50_v1", "resnetv2_50d", "resnet50s"]
)
@pytest.mark.parametrize("size", [33, 37, 50, 65, 97, 111, 225])
def test_all_other_nets_fit_at_odd_sizes(net, size, tmp_path):
    evidence = of_config(f'base = "{net}"\ninput_size = [{size}, {size}]\n', tmp_path / "net.toml")
    assert evidence.ran
    assert codes(evidence, FAILURES) == []


def test_the_sizes_that_it_names_run(judged, tmp_path):
    (found,) = judged(RULES["RI101"], 'base = "resnetaa50"\ninput_size = [200, 210]\n')
    assert found.hint == "sizes that run: 192×192, 224×224"
    for size in ("[192, 192]", "[224, 224]"):
        assert of_config(f'base = "resnetaa50"\ninput_size = {size}\n', tmp_path / "good.toml").ran


def test_an_image_too_small_is_no_matter_of_branches(judged):
    text = 'base = "resnetblur50"\ninput_size = [16, 16]\n'
    (found,) = judged(RULES["RI002"], text)
    assert found.layer == "layer4.0.aa"
    assert found.message == "the forward fails at input 3×16×16 in layer4.0.aa"
    assert found.hint == "a size that runs: 32×32"
    assert not judged(RULES["RI101"], text)


@pytest.mark.parametrize(
    ("size", "strides"), [(1, ("2", "1")), (96, ("2", "1"))], ids=["runs, at one pixel", "fails, at 96"]
)
def test_a_shortcut_without_its_stride(size, strides):
    module = Block(nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.Conv2d(8, 8, 1))
    evidence = of_module(module, (1, 3, size, size))
    assert evidence.ran is (size == 1)
    assert codes(evidence, FAILURES) == ["RI104"]
    (found,) = RULES["RI104"].find(evidence)
    assert f"the main branch has total stride {strides[0]}, its shortcut {strides[1]}" in found.message


def test_the_main_branch_is_the_one_with_more_layers_whatever_the_order():
    deep = nn.Sequential(nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.Conv2d(8, 8, 3, padding=1))
    module = Block(nn.Conv2d(8, 8, 1, stride=3), deep)
    (found,) = RULES["RI104"].find(of_module(module))
    assert "the main branch has total stride 2, its shortcut 3" in found.message
    assert "the main branch is 8×48×48, the shortcut 8×32×32" in found.message


def test_the_main_branch_is_told_where_it_is_added_second():
    evidence = of_module(Turned(), (1, 3, 32, 32))
    assert evidence.ran
    (found,) = RULES["RI104"].find(evidence)
    assert "the main branch has total stride 64, its shortcut 32" in found.message
    spread = of_module(Turned(), (1, 3, 64, 64))
    assert spread.ran
    assert codes(spread, FAILURES) == ["RI104"], "that one is spread over the other follows from the strides"


def test_of_what_fails_only_additions_are_mismatches():
    class And(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(3, 8, 3, 2, 1)

        def forward(self, x):
            return (self.a(x) > 0).__and__(self.b(x) > 0)

    evidence = of_module(And())
    assert len(evidence.trace.failure.operand_shapes) == 2
    assert codes(evidence, FAILURES) == ["RI002"]


def test_a_shortcut_may_be_the_input_of_the_network():
    module = Block(nn.Conv2d(3, 3, 3, stride=2, padding=1), nn.Identity(), stem=nn.Identity())
    (found,) = RULES["RI104"].find(of_module(module, (1, 3, 1, 1)))
    assert "the main branch has total stride 2, its shortcut 1" in found.message


class Last(nn.Module):
    """Adds what another module made to its own convolution."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1)

    def forward(self, given, x):
        return given + self.conv(x)


class GivenToTheLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.block = nn.Conv2d(3, 8, 3, padding=1), Last()
        self.more = nn.Sequential(nn.Conv2d(8, 8, 3, 2, 1), nn.Conv2d(8, 8, 3, padding=1))

    def forward(self, x):
        x = self.stem(x)
        return self.block(self.more(x), x)


def test_where_an_addition_fails_the_branches_are_those_of_its_module():
    (found,) = RULES["RI104"].find(of_module(GivenToTheLast()))
    assert found.layer == "block"
    assert "the main branch has total stride 1, its shortcut 2" in found.message
    assert found.why == "main branch: nothing changes its 96×96; shortcut: nothing changes its 48×48"


def test_strides_that_differ_between_the_axes_are_both_told():
    module = Block(nn.Conv2d(8, 8, 3, stride=(2, 1), padding=1), nn.Conv2d(8, 8, 1))
    (found,) = RULES["RI104"].find(of_module(module))
    assert "main (3×3, stride 2×1) takes 96×96 to 48×96" in found.why
    assert "the main branch has total stride 2×1, its shortcut 1" in found.message


def test_channels_that_do_not_fit_are_left_to_the_forward():
    module = Block(nn.Conv2d(8, 16, 3, padding=1), nn.Identity())
    evidence = of_module(module)
    assert codes(evidence, FAILURES) == ["RI002"]
    (found,) = RULES["RI002"].find(evidence)
    assert "1×16×96×96 and 1×8×96×96" in found.why


def test_the_context_of_a_whole_image_is_added_on_purpose():
    context = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1))
    evidence = of_module(Block(nn.Conv2d(8, 8, 3, padding=1), context))
    assert evidence.ran
    assert codes(evidence, FAILURES) == []


def test_one_channel_for_all_is_added_on_purpose():
    evidence = of_module(Block(nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 1, 1)))
    assert evidence.ran
    assert codes(evidence, FAILURES) == []


def test_a_branch_spread_over_the_other():
    stem = nn.Conv2d(3, 8, 32, stride=32)
    module = Block(nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.AvgPool2d(2)), nn.Conv2d(8, 8, 1, stride=2), stem)
    evidence = of_module(module)
    assert evidence.ran
    assert codes(evidence, FAILURES) == ["RI103"]
    (found,) = RULES["RI103"].find(evidence)
    assert "the main branch is 8×1×1, the shortcut 8×2×2" in found.message


class UnevenConvolution(nn.Module):
    """Runs on the meta device, which does not look."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(nn.Conv2d(2, 8, 3).weight.detach())

    def forward(self, x):
        return nn.functional.conv2d(x[:, :2].repeat(1, 3, 1, 1), self.weight, groups=3)


class UnevenNorm(nn.Module):
    """Fails everywhere."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 48, 3)

    def forward(self, x):
        return nn.functional.group_norm(self.conv(x), 32)


@pytest.mark.parametrize(("net", "runs"), [(UnevenConvolution, True), (UnevenNorm, False)])
def test_groups_that_do_not_divide_are_one_finding(net, runs):
    evidence = of_module(net())
    assert evidence.ran is runs
    assert codes(evidence, FAILURES) == ["RI121"]
