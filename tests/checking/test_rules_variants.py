"""Published networks are clean under the rules that are on by default, but for a few that are rightly found."""

from __future__ import annotations

import pytest
from rule_examples import codes, of_config, of_variant

from resnet_inspect.checking.registry import RULES
from resnet_inspect.configs.variants import variant, variant_names

STRUCTURE = [rule for rule in RULES.values() if rule.code < "RI2"]

RIGHTLY_FOUND = {
    "resnet50_caffe": "RI124",  # the authors' prototxt has a bias before the stem's normalisation
    "ecaresnet50d_pruned": "RI122",  # pruned channel by channel
    "ecaresnet101d_pruned": "RI122",
    "resnetrs270": "RI142",  # 275 layers
    "resnetrs420": "RI142",  # 422 layers
    "seresnextaa201d_32x8d": "RI142",  # 205 layers
    "test_resnet": "RI123",  # from 192 channels to 96
}
SMALLER_FIELD = {
    "resnet26", "resnet26d", "resnet26t", "resnet14t", "resnet10t", "test_resnet", "seresnext26d_32x4d",
    "seresnext26t_32x4d", "ecaresnet26t", "ecaresnext26t_32x4d",
}  # fmt: skip


@pytest.fixture(scope="module")
def found(examine, tmp_path_factory):
    """Variant -> codes of all rules of structure that find something."""
    path = tmp_path_factory.mktemp("variants") / "net.toml"
    return {name: codes(of_variant(examine(name), path), STRUCTURE) for name in variant_names()}


def test_a_variant_that_has_been_examined_is_what_its_file_declares(examine, tmp_path):
    path = tmp_path / "net.toml"
    declared = of_config('base = "resnet50"\nname = "resnet50"\n', path)
    assert of_variant(examine("resnet50"), path) == declared


@pytest.mark.parametrize("name", variant_names()[::6])
def test_what_windows_make_of_another_size_is_what_they_make_when_it_runs(name, examine, tmp_path):
    here = of_variant(examine(name), tmp_path / "net.toml")
    there = of_config(f'base = "{name}"\ninput_size = [161, 226]\n', tmp_path / "net.toml")
    pairs = list(zip(here.windows, there.windows, strict=there.ran))
    assert bool(pairs) is there.ran
    assert [one.output_of(other.size) for one, other in pairs] == [other.layer.output_shape[2:] for _, other in pairs]


def variants_with(found, code):
    return {name for name, codes in found.items() if code in codes}


def test_by_default_only_these_are_found(found):
    by_default = {rule.code for rule in STRUCTURE if rule.by_default}
    clean = {name: [code for code in codes if code in by_default] for name, codes in found.items()}
    assert {name: codes for name, codes in clean.items() if codes} == {n: [c] for n, c in RIGHTLY_FOUND.items()}


def test_quarter_shortcuts_are_where_a_shortcut_strides_without_a_pool(found):
    configs = {name: variant(name) for name in variant_names()}
    striding = {
        name
        for name, config in configs.items()
        if config.shortcut != "none" and not config.avg_down and config.shortcut_kernel == 1
    }
    assert variants_with(found, "RI112") == striding
    assert len(striding) == 60


def test_first_convolutions_skip_where_the_stride_is_in_the_1x1(found):
    first = {
        name for name in variant_names() if variant(name).stride_in == "1x1" and variant(name).kind(0) == "bottleneck"
    }
    assert variants_with(found, "RI113") == first
    assert len(first) == 7


def test_short_networks_see_less_than_the_image(found):
    assert variants_with(found, "RI131") == SMALLER_FIELD


def test_no_published_head_holds_most_parameters(found):
    assert not variants_with(found, "RI141")
