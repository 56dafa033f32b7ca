"""Why tensors do not load, of nets that are almost ResNets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checkpoints import other_nets as net
from checkpoints.other_nets import with_head, with_inside
from checkpoints.styled_names import tensors

from resnet_inspect.checkpoints.key_matching import match_keys
from resnet_inspect.checkpoints.reasons import absent


def reasons(model, file):
    return {(key.status, key.reason) for key in match_keys(model, file).keys if key.reason}


def test_other_heads_are_named_on_both_sides():
    other = with_head(fc_1_weight=(7, 64), fc_1_bias=(7,))
    assert reasons(net.SMALL, other) == {
        ("missing", "the file has a different head: fc.1 (64 → 7)"),
        ("unexpected", "the file has a different head: fc.1 (64 → 7)"),
    }


def test_what_lies_inside_the_blocks_is_named():
    other = with_inside(ca_fc_0_weight=(4, 64, 1, 1), sa_weight=(1, 2, 7, 7))
    inside = "something else inside the blocks of the {}, which the {} does not have: "
    file, model = inside.format("file", "model"), inside.format("model", "file")
    assert reasons(net.SMALL, other) == {("unexpected", f"{file}ca"), ("unexpected", f"{file}sa")}
    assert reasons(other, net.SMALL) == {("missing", f"{model}ca"), ("missing", f"{model}sa")}


@pytest.mark.parametrize(("file", "word"), [(net.pruned(), "pruned"), (net.weight_normed(), "re-parametrised")])
def test_re_parametrised_layers_are_named(file, word):
    said = f"in the file this layer is {word}: remove that before saving"
    assert reasons(net.SMALL, file) == {("missing", said), ("unexpected", said)}


def test_a_kernel_of_three_dimensions_is_called_so():
    model = {name: (*shape[:2], 3, *shape[2:]) if len(shape) == 4 else shape for name, shape in net.SMALL.items()}
    assert {reason for status, reason in reasons(model, net.SMALL) if status == "wrong shape"} == {
        "the kernel has 2 dimensions in the file, 3 in the model"
    }


def test_one_channel_is_one():
    assert reasons(tensors("resnet18"), tensors("resnet18", in_channels=1)) == {
        ("wrong shape", "images have 1 channel in the file, 3 in the model")
    }


@pytest.mark.parametrize("name", ["layer6.9.bn1.bias", "layer4.9.bn1.bias"])
def test_behind_a_gap_the_blocks_that_were_counted_are_no_reason(name):
    """The file has four stages of two blocks, and this one tensor after them."""
    model = tensors("resnet18", stage_blocks=[2] * 6, stage_widths=[64] * 6, stage_strides=[1] * 6)
    (found,) = [key for key in match_keys(model, {**tensors("resnet18"), name: (1,)}).keys if key.file_key == name]
    assert found.reason == "the model has no such tensor"


class NeverSearched(tuple):
    __slots__ = ()

    def __contains__(self, name):
        raise AssertionError(name)


def test_what_lies_inside_the_blocks_is_not_searched_for_each_tensor():
    found = match_keys(net.SMALL, with_inside(ca_weight=(1,)))
    inside = replace(found.file.translation, inside=NeverSearched(found.file.translation.inside))
    file = replace(found.file, translation=inside)
    assert absent("layer1.0.ca.weight", has=file, lacks=found.model).endswith("does not have: ca")
