from __future__ import annotations

import itertools

import pytest
from config_problems import load_stdin, load_text
from each import for_each
from hypothesis import assume, given, settings, strategies as st
from pydantic import ValidationError

from resnet_inspect.configs import variants
from resnet_inspect.configs.arithmetic import figures
from resnet_inspect.configs.files import load
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.toml_format import to_toml, toml_value

NASTY_NAMES = [
    '"',
    "\\",
    "\\u0041",
    "'''",
    '"""',
    "a\nb\r\n\tc",
    "\x00\x1b[31m\x7f\x85",
    "\u2028\u202e\ufeff\u00a0",
    "é日本😀\U000e0001",
    "# not a comment",
    "]",
    " ",
]


@for_each("name, comments", itertools.product(variants.variant_names(), [True, False]))
def test_every_variant_comes_back(tmp_path, name, comments):
    config = load(name)
    back = load_text(tmp_path, to_toml(config, comments=comments), "TOML")
    assert back == config
    assert figures(back) == figures(config)


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_a_nasty_name_comes_back_and_is_printable(name):
    config = load({"base": "resnet18", "name": name})
    text = to_toml(config)
    assert load_stdin(text) == config
    assert text.replace("\n", "").isprintable()


def _widths(count):
    return st.lists(st.integers(1, 512), min_size=count, max_size=count)


@st.composite
def configs(draw):
    stages = draw(st.integers(1, 16))
    fields = {
        "name": draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)),
        "block": draw(st.sampled_from(["basic", "bottleneck"])),
        "stage_blocks": draw(st.lists(st.integers(1, 1000), min_size=stages, max_size=stages)),
        "stage_widths": draw(_widths(stages)),
        "stage_strides": draw(st.lists(st.integers(1, 16), min_size=stages, max_size=stages)),
        "stride_in": draw(st.sampled_from(["1x1", "3x3"])),
        "shortcut": draw(st.sampled_from(["B", "C", "none"])),
        "stem_kernel": draw(st.integers(0, 127)) * 2 + 1,
        "stem_bias": draw(st.booleans()),
        "stem_pool": draw(st.sampled_from(["max", "none"])),
        "stem_pool_ceil": draw(st.booleans()),
        "input_size": draw(st.lists(st.integers(1, 16_384), min_size=2, max_size=2)),
        "num_classes": draw(st.integers(1, 1_000_000)),
    }
    try:
        return ResNetConfig.model_validate(fields)
    except ValidationError:
        assume(False)


@settings(max_examples=150, deadline=None)
@given(configs(), st.booleans())
def test_any_config_comes_back(config, comments):
    assert load_stdin(to_toml(config, comments=comments)) == config


def test_comments_describe_every_field_within_the_width():
    lines = to_toml(load("resnet50")).splitlines()
    assert lines[:5] == [
        "# Name of the model in reports.",
        'name = "resnet50"',
        "",
        "# Kind of residual block: basic is two 3x3 convolutions, bottleneck is 1x1, 3x3, 1x1 with four",
        "# times the width at its output (paper, Figure 5). One for all stages, or a list with one for",
    ]
    assert max(map(len, lines)) <= 96
    for before, line in itertools.pairwise(lines):
        if " = " in line and not line.startswith("#"):
            assert before.startswith("# ")


def test_without_comments_there_is_one_line_per_field_in_the_order_of_the_schema():
    lines = to_toml(load("resnet50"), comments=False).splitlines()
    written = [name for name in ResNetConfig.model_fields if name not in {"output_widths", "conv_widths"}]
    assert [line.partition(" = ")[0] for line in lines] == written


def test_a_field_that_is_not_set_is_told_in_a_comment_alone():
    text = to_toml(load("resnet50"))
    assert "# output_widths is not set\n" in text
    assert "\noutput_widths" not in text
    assert "output_widths = [19, 171, 818, 2022]\n" in to_toml(load("ecaresnet50d_pruned"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (7, "7"),
        ((1, 2), "[1, 2]"),
        (["a"], '["a"]'),
        ("\x7f", '"\\u007f"'),
        ("\U000e0001", '"\\U000e0001"'),
    ],
)
def test_toml_value(value, text):
    assert toml_value(value) == text
