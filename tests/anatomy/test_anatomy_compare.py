from __future__ import annotations

import small_nets as nets
from small_nets import AddAfter, Net, conv
from torch import nn
from torch.nn import functional

from resnet_inspect.anatomy.compare import compare_anatomies
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace


def anatomy(net):
    return dissect(trace(net, (1, 3, 32, 32)))


def by_layer(difference):
    changes = {}
    for change in difference.changes:
        changes.setdefault(change.path, {})[change.field] = (change.left, change.right)
    return changes


def nothing(difference):
    return (difference.changes, difference.only_left, difference.only_right) == ((), (), ())


def test_v1_and_v1_5_differ_in_six_layers(examine):
    found = compare_anatomies(examine("resnet50_v1").anatomy, examine("resnet50").anatomy)
    expected = {}
    for layer, inner, cin, size in ((2, 128, 256, 28), (3, 256, 512, 14), (4, 512, 1024, 7)):
        macs_1x1, macs_3x3 = cin * inner * size**2, inner * inner * 9 * size**2
        expected[f"layer{layer}.0.conv1"] = {
            "stride": ((2, 2), (1, 1)),
            "output_shape": ((1, inner, size, size), (1, inner, 2 * size, 2 * size)),
            "macs": (macs_1x1, 4 * macs_1x1),
        }
        expected[f"layer{layer}.0.conv2"] = {
            "stride": ((1, 1), (2, 2)),
            "input_shape": ((1, inner, size, size), (1, inner, 2 * size, 2 * size)),
        }
        assert macs_3x3 == 115_605_504
    assert by_layer(found) == expected
    assert (found.only_left, found.only_right) == ((), ())
    assert {(change.block, change.role, change.right_path) for change in found.changes} == {(0, "main", "")}


def test_changes_come_in_running_order(examine):
    found = compare_anatomies(examine("resnet50_v1").anatomy, examine("resnet50").anatomy)
    paths = list(dict.fromkeys(change.path for change in found.changes))
    assert paths == [f"layer{layer}.0.conv{conv}" for layer in (2, 3, 4) for conv in (1, 2)]


def test_the_other_way_round_is_the_mirror_image(examine):
    left, right = examine("resnet34").anatomy, examine("resnet50").anatomy
    there, back = compare_anatomies(left, right), compare_anatomies(right, left)
    assert (there.only_left, there.only_right) == (back.only_right, back.only_left)
    assert sorted((c.field, str(c.left), str(c.right)) for c in there.changes) == sorted(
        (c.field, str(c.right), str(c.left)) for c in back.changes
    )


def test_a_network_is_like_itself(examine):
    assert nothing(compare_anatomies(examine("resnet50").anatomy, examine("resnet50").anatomy))
    assert nothing(compare_anatomies(examine("resnet50_v1").anatomy, examine("resnet50_v1").anatomy))


def test_another_depth(examine):
    found = compare_anatomies(examine("resnet18").anatomy, examine("resnet34").anatomy)
    assert found.only_left == ()
    added = {"layer1": range(2, 3), "layer2": range(2, 4), "layer3": range(2, 6), "layer4": range(2, 3)}
    assert list(found.only_right) == [
        f"{stage}.{block}.conv{conv}" for stage, blocks in added.items() for block in blocks for conv in (1, 2)
    ]
    assert by_layer(found) == {
        "stage1": {"blocks": (2, 3)},
        "stage2": {"blocks": (2, 4)},
        "stage3": {"blocks": (2, 6)},
        "stage4": {"blocks": (2, 3)},
    }


def test_stages_that_one_side_does_not_have():
    short = anatomy(Net(AddAfter(), AddAfter()))
    long = anatomy(Net(AddAfter(), AddAfter(), nets.ShortcutFirst(8, 16, 2), out=16))
    found = compare_anatomies(short, long)
    assert by_layer(found)["stage2"] == {"blocks": (0, 1)}
    assert found.only_right == ("body.2.a", "body.2.b", "body.2.shortcut")
    assert by_layer(compare_anatomies(long, short))["stage2"] == {"blocks": (1, 0)}


def test_another_shortcut_option(examine):
    found = compare_anatomies(examine("resnet34_a").anatomy, examine("resnet34").anatomy)
    changes = {"shortcut": ("zero-pad", "projection"), "operations": ("slice, slice, pad", "batch_norm")}
    assert by_layer(found) == {f"layer{layer}.0": changes for layer in (2, 3, 4)}
    assert {change.role for change in found.changes if change.field == "operations"} == {"shortcut"}
    assert found.only_left == ()
    assert found.only_right == tuple(f"layer{layer}.0.downsample.0" for layer in (2, 3, 4))


def test_another_kernel_has_other_parameters():
    left = anatomy(nn.Sequential(conv(3, 8, 3), nn.ReLU(), conv(8, 8, 3)))
    right = anatomy(nn.Sequential(conv(3, 8, 3), nn.ReLU(), conv(8, 8, 5)))
    assert by_layer(compare_anatomies(left, right)) == {
        "2": {
            "kernel": ((3, 3), (5, 5)),
            "padding": ((1, 1), (2, 2)),
            "params": (576, 1600),
            "macs": (576 * 1024, 1600 * 1024),
        }
    }


class OtherActivation(AddAfter):
    def forward(self, x):
        return functional.gelu(self.b(functional.relu(self.a(x))) + x)


class OtherNames(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = conv(8, 8), conv(8, 8)

    def forward(self, x):
        return functional.relu(self.second(functional.relu(self.first(x))) + x)


def test_another_activation_is_another_operation():
    found = compare_anatomies(anatomy(Net(AddAfter())), anatomy(Net(OtherActivation())))
    (change,) = found.changes
    assert change.field == "operations"
    assert (change.left, change.right) == ("relu, add, relu", "relu, add, gelu")
    assert (change.path, change.stage, change.block) == ("body.0", "stage1", 0)
    assert (found.only_left, found.only_right) == ((), ())


def test_operations_are_told_by_the_block_that_they_are_in():
    class Activated(nets.PreActivation):
        def forward(self, x):
            return super().forward(functional.relu(x))

    class ActivatedSmoothly(nets.PreActivation):
        def forward(self, x):
            return super().forward(functional.gelu(x))

    (change,) = compare_anatomies(anatomy(Net(Activated(8, 8))), anatomy(Net(ActivatedSmoothly(8, 8)))).changes
    assert (change.path, change.field) == ("body.0", "operations")


def test_an_operation_where_the_other_side_has_none():
    bare, activated = nn.Sequential(AddAfter(3)), nn.Sequential(nn.ReLU(), AddAfter(3))
    (change,) = compare_anatomies(anatomy(bare), anatomy(activated)).changes
    assert (change.path, change.field, change.left, change.right) == ("stem", "operations", "", "relu")


def test_names_do_not_matter():
    assert nothing(compare_anatomies(anatomy(Net(AddAfter())), anatomy(Net(OtherNames()))))


def test_the_name_on_the_right_is_kept_where_it_is_another_one():
    wide = OtherNames()
    wide.first = nn.Conv2d(8, 8, 3, padding=1)
    found = compare_anatomies(anatomy(Net(AddAfter())), anatomy(Net(wide)))
    assert [(change.path, change.right_path, change.field) for change in found.changes] == [
        ("body.0.a", "body.0.first", "bias"),
        ("body.0.a", "body.0.first", "params"),
    ]


def test_networks_without_blocks_are_aligned_by_position():
    assert nothing(compare_anatomies(anatomy(nets.Vgg()), anatomy(nets.Vgg())))
    found = compare_anatomies(anatomy(nets.Vgg()), anatomy(nn.Sequential(conv(3, 8), nn.ReLU())))
    assert found.only_right == ()
    assert found.only_left[0] == "features.2"


def test_a_dropout_that_does_nothing_is_no_difference():
    bare, dropping = Net(AddAfter()), Net(AddAfter())
    dropping.fc = nn.Sequential(nn.Dropout(), dropping.fc)
    assert nothing(compare_anatomies(anatomy(bare), anatomy(dropping)))
