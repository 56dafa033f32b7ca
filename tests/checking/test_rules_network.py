"""The network as a whole: its name, its head, its weights, what it does not use."""

from __future__ import annotations

import pytest
from rule_examples import of_config
from torch import nn

from resnet_inspect.checking.registry import RULES
from resnet_inspect.configs.toml_format import toml_value

HEAD, NAME, WEIGHTS, UNUSED = (RULES[code] for code in ("RI141", "RI142", "RI143", "RI144"))


@pytest.mark.parametrize(
    ("name", "base", "says"),
    [
        ("my_resnet50", "resnet34", (50, 34)),
        ("my_resnet34", "resnet34", None),
        ("resnet50_pets", "resnet50d", None),
        ("resnet52_pets", "resnet50d", None),
        ("resnet51_pets", "resnet50d", (51, 52)),
        ("resnext101_32x4d_mine", "resnext50_32x4d", (101, 50)),
        ("32x4d_resnext50", "resnext50_32x4d", None),
        ("R-101-FPN", "resnet50", (101, 50)),
        ("fp16_r50_224", "resnet50", None),
        ("resnet_224_r50", "resnet50", None),
        ("backbone12", "resnet50", None),
        ("exp101", "resnet50", None),
        ("imagenet100_resnet18", "resnet18", None),
        ("wide_resnet50_2", "wide_resnet50_2", None),
        ("resnet20_cifar100", "resnet20_cifar", None),
    ],
)
def test_numbers_in_names(judged, name, base, says):
    found = judged(NAME, f'name = "{name}"\nbase = "{base}"\n')
    assert [(f.expected, f.found) for f in found] == ([] if says is None else [tuple(map(str, says))])
    assert all(f.field_path == ("name",) for f in found)


@pytest.mark.parametrize("how", ["num_classes = 0", 'head = "none"'])
@pytest.mark.parametrize(
    ("name", "base", "says"),
    [
        ("resnet50_backbone", "resnet50", None),
        ("resnet49", "resnet50", None),
        ("resnet48", "resnet50", (48, 49)),
        ("resnet51", "resnet50", (51, 49)),
        ("resnet50", "resnet50d", None),
        ("resnet53", "resnet50d", (53, 51)),
        ("resnet50", "resnetv2_50", None),
        ("resnet50", "resnet34", (50, 33)),
        ("plain34", "plain34", None),
        ("resnet50_c4", {"stage_blocks": [3, 4, 6], "block": "bottleneck"}, None),
    ],
)
def test_a_backbone_has_the_name_of_the_whole(judged, name, base, says, how):
    net = f'base = "{base}"' if isinstance(base, str) else "\n".join(f"{k} = {toml_value(v)}" for k, v in base.items())
    found = judged(NAME, f'name = "{name}"\n{net}\n{how}\n')
    assert [(f.expected, f.found) for f in found] == ([] if says is None else [tuple(map(str, says))])


class Backbone(nn.Module):
    """A convolution and eight blocks of two: 17, where ResNet-18 has its classifier; then whatever is given."""

    def __init__(self, behind):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 1)
        self.main = nn.ModuleList(nn.Sequential(nn.Conv2d(8, 8, 1), nn.ReLU(), nn.Conv2d(8, 8, 1)) for _ in range(8))
        self.behind = behind

    def forward(self, x):
        x = self.stem(x)
        for main in self.main:
            x = nn.functional.relu(x + main(x))
        return self.behind(x)


ONE, TWO = nn.Conv2d(8, 8, 3), nn.Sequential(nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3))


@pytest.mark.parametrize(
    ("behind", "name", "depth"),
    [
        (nn.Identity(), "ResNet17", None),
        (nn.Identity(), "ResNet18", None),
        (nn.AdaptiveAvgPool2d(1), "ResNet18", None),
        (nn.Identity(), "ResNet19", 17),
        (ONE, "ResNet18", None),
        (ONE, "ResNet19", 18),
        (TWO, "ResNet19", None),
        (TWO, "ResNet20", 19),
        (TWO, "ResNet18", 19),
    ],
)
def test_for_a_missing_classifier_it_is_allowed_and_for_no_other_layer(judged_module, behind, name, depth):
    net = type(name, (Backbone,), {})(behind)
    assert [found.found for found in judged_module(NAME, net)] == ([] if depth is None else [str(depth)])


@pytest.mark.parametrize("base", ["resnet18", "resnetv2_50"])
@pytest.mark.parametrize("how", ["num_classes = 0", 'head = "none"'])
def test_no_head_is_not_too_heavy(judged, base, how):
    assert judged(HEAD, f'base = "{base}"\n{how}\n') == []


@pytest.mark.parametrize(("name", "says"), [("WideResNet-28-10", None), ("wide_resnet26_10", None), ("resnet27", 27)])
def test_wide_networks_count_their_shortcuts_and_not_the_head(judged, name, says):
    """1 + 2·(4+4+4) + 3 shortcuts = 28; the paper's count has the head in their place: 26."""
    net = 'block = "basic"\nstage_blocks = [4, 4, 4]\nstage_widths = [160, 320, 640]\nstem_width = 16\n'
    found = judged(NAME, f'name = "{name}"\n{net}')
    assert [f.message for f in found] == ([f"the name says {says}, the depth is 26"] if says else [])


@pytest.mark.parametrize(
    ("name", "base", "blocks", "says"),
    [
        ("r50-c4", "resnet50", [3, 4, 6], None),
        ("resnet50_c4", "resnet50d", [3, 4, 6], None),
        ("resnet101_c4", "resnet101", [3, 4, 23], None),
        ("resnet101_c3", "resnet101", [3, 4], None),
        ("resnet34_c4", "resnet34", [3, 4, 6], None),
        ("resnet50_c4", "resnet34", [3, 4, 6], (50, 28)),
        ("resnet101_c4", "resnet50", [3, 4, 6], (101, 41)),
        ("resnet50_c4", "resnet50", [3, 4, 5], (50, 38)),
        ("resnet50_c5", "resnet50", [3, 4, 4, 3], (50, 44)),
    ],
)
def test_the_first_stages_of_a_network_may_have_its_name(judged, name, base, blocks, says):
    """As a detector's C4 backbone: by the blocks, and whatever else its name says."""
    stages = len(blocks)
    widths, strides = [64, 128, 256, 512][:stages], [1, 2, 2, 2][:stages]
    text = f'base = "{base}"\nstage_blocks = {blocks}\nstage_widths = {widths}\nstage_strides = {strides}\n'
    found = judged(NAME, f'name = "{name}"\n{text}')
    assert [(f.expected, f.found) for f in found] == ([] if says is None else [tuple(map(str, says))])


def test_a_config_without_a_name_has_its_file_s(tmp_path):
    evidence = of_config('base = "resnet34"\n', tmp_path / "resnet50_pets.toml")
    (found,) = NAME.find(evidence)
    assert (found.message, found.field_path) == ("the name of the file says 50, the depth is 34", ())


def test_a_name_without_a_number_says_nothing(judged):
    assert judged(NAME, 'name = "ours"\nbase = "resnet34"\n') == []


@pytest.mark.parametrize(("classes", "found"), [(1000, False), (21_780, False), (21_790, True)])
def test_the_head_beside_the_rest(judged, classes, found):
    """The rest of ResNet-18 has 11,176,512 parameters, and a class takes 513: the same at 21,786.6 classes."""
    assert bool(judged(HEAD, f'base = "resnet18"\nnum_classes = {classes}\n')) is found


class HalfHead(nn.Module):
    """The body has 24 + 2 · 64 parameters, a class takes 8: the same at 19 classes."""

    def __init__(self, classes):
        super().__init__()
        self.stem, self.head = nn.Conv2d(3, 8, 1, bias=False), nn.Linear(8, classes, bias=False)
        self.a, self.b = (nn.Conv2d(8, 8, 1, bias=False) for _ in range(2))

    def forward(self, x):
        x = self.stem(x)
        x = x + self.b(nn.functional.relu(self.a(x)))
        return self.head(x.mean((2, 3)))


@pytest.mark.parametrize(("classes", "found"), [(19, False), (20, True)])
def test_half_of_the_parameters_is_not_too_much_for_a_head(judged_module, classes, found):
    assert bool(judged_module(HEAD, HalfHead(classes))) is found


def test_the_share_of_the_head(judged):
    (found,) = judged(HEAD, 'base = "resnet18"\nnum_classes = 30_000\n')
    assert found.message == "the head has 15,390,000 of 26,566,512 parameters (57.9 %)"
    assert found.why == "30,000 outputs"


@pytest.mark.parametrize(
    ("base", "extra", "loads", "found"),
    [
        ("resnet50_v1", "", "resnet50", True),
        ("resnet50", "", "resnet50_v1", True),
        ("resnet50", "", "resnet50", False),
        ("resnet50_v1", "", "resnet50_v1", False),
        ("resnet18", 'stride_in = "1x1"', "resnet18", False),
        ("resnet50", 'stride_in = "1x1"\nstage_strides = [1, 1, 1, 1]', "resnet50", False),
        ("resnet101_v1", "", "resnet101", True),
    ],
)
def test_weights_of_the_other_stride(judged, base, extra, loads, found):
    text = f'base = "{base}"\n{extra}\n\n[expect]\nloads = "{loads}"\n'
    findings = judged(WEIGHTS, text)
    assert bool(findings) is found
    assert all(finding.field_path == ("expect", "loads") for finding in findings)


@pytest.mark.parametrize(
    ("extra", "says"),
    [("", "they load without a warning"), ("num_classes = 10\n", "those that load compute different outputs")],
)
def test_weights_that_load_in_part(judged, extra, says):
    (found,) = judged(WEIGHTS, f'base = "resnet50_v1"\n{extra}\n[expect]\nloads = "resnet50"\n')
    assert says in found.message


def test_nothing_is_said_of_weights_that_nobody_mentions(judged):
    assert judged(WEIGHTS, 'base = "resnet50_v1"\n') == []


class Wasteful(nn.Module):
    """One convolution that is used, one that is not called, one that is called for nothing."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.spare = nn.Conv2d(3, 8, 5)
        self.lost = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        self.lost(x)
        return self.conv(x)


def test_what_is_not_used(judged_module):
    never, nothing = judged_module(UNUSED, Wasteful())
    assert never.message == "never used: spare"
    assert never.why.startswith(f"{3 * 8 * 25 + 8:,} parameters")
    assert nothing.message == "computed for nothing: lost"
    assert nothing.why.startswith(f"{96 * 96 * 3 * 4:,} MACs")


@pytest.mark.parametrize(
    ("count", "names"),
    [(4, "0, 1, 2, 3"), (5, "0, 1, 2, 3, 4"), (6, "0, 1, 2, 3, 4, 5"), (8, "0, 1, 2, 3, 4 and 3 more")],
)
def test_of_many_names_five_are_shown(judged_module, count, names):
    net = nn.Conv2d(3, 8, 3)
    for number in range(count):
        net.add_module(str(number), nn.Conv2d(3, 8, 1))
    (found,) = judged_module(UNUSED, net)
    assert found.message == f"never used: {names}"


def test_what_a_failed_forward_did_not_reach_is_not_unused(judged_module):
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(16, 8, 3), nn.Conv2d(8, 8, 3))
    assert judged_module(UNUSED, net) == []
