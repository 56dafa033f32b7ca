"""Expectations: what is said at the edges."""

from __future__ import annotations

import io

import pytest

from resnet_inspect.checks.evidence import gather
from resnet_inspect.checks.expectations import EXPECTATIONS
from resnet_inspect.config.files import declare


def observed(text):
    evidence = gather(declare("-", stdin=io.BytesIO(text.encode()), stdin_filename="net.toml"))
    return [observation for rule in EXPECTATIONS for observation in rule.find(evidence)]


def test_a_stage_that_is_missing_has_nothing():
    text = 'base = "resnet18"\nstage_blocks = [2, 2, 2]\nstage_widths = [64, 128, 256]\nstage_strides = [1, 2, 2]\n'
    (found,) = observed(f"{text}[expect]\nparams = 11_689_512\n")
    assert found.why.endswith(": head has 257,000, not 513,000, stage4 has 0, not 8,393,728")


def test_where_no_layer_differs_the_stages_are_named():
    """Under pre-activation, the normalisations alone have other parameters."""
    (found,) = observed('base = "resnet18"\npreact = true\n[expect]\nparams = 11_689_512\n')
    assert found.why == (
        "preact = true, resnet18 has false: stem has 9,408, not 9,536, stage2 has 525,184, not 525,568 and 3 more"
    )


@pytest.mark.parametrize(("channels", "hint"), [(1, "in_channels is 3"), (4, "in_channels is 3")])
def test_an_input_of_fewer_or_more_channels(channels, hint):
    (found,) = observed(f'base = "resnet18"\n[expect]\ninputs = [[{channels}, 224, 224]]\n')
    assert found.hint == hint


def test_an_input_that_is_too_small_is_no_matter_of_channels():
    (found,) = observed('base = "resnet50"\nanti_alias = "avg"\n[expect]\ninputs = [[3, 240, 240]]\n')
    assert found.hint == ""


@pytest.mark.parametrize(
    ("blocks", "dilated"),
    [(4, "layer4.1.conv2, layer4.2.conv2, layer4.3.conv2"), (5, "layer4.1.conv2, layer4.2.conv2 and 2 more")],
)
def test_of_many_dilated_layers_two_are_named(blocks, dilated):
    text = f'base = "resnet50"\nstage_blocks = [1, 1, 1, {blocks}]\noutput_stride = 16\n'
    (found,) = observed(
        f"{text}[expect]\nstage_shapes = [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 7, 7]]\n"
    )
    assert f"nothing strides in stage4: {dilated} dilated instead" in found.why + found.hint
