"""Whatever a config describes: no rule breaks, a failing forward has one reason, and findings point at fields."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings, strategies as st
from model.small_configs import SMALL
from rule_examples import codes, of_config

from resnet_inspect.checking.registry import RULES
from resnet_inspect.configs.schema import ResNetConfig

STRUCTURE = [rule for rule in RULES.values() if rule.code < "RI2"]
REASONS = {"RI002", "RI101"}
"""Why the forward of a config can fail."""

IMPOSSIBLE = {"RI103", "RI104", "RI115", "RI121", "RI144"}
"""What a config cannot build, as the pages of these rules say."""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("any") / "net.json"


@st.composite
def configs(draw):
    """A small config of one axis, with any strides and image size."""
    config = dict(draw(st.sampled_from(list(SMALL.values()))))
    config["stage_strides"] = draw(st.lists(st.integers(1, 4), min_size=(n := len(config["stage_blocks"])), max_size=n))
    config["stem_stride"] = draw(st.integers(1, 4))
    config["input_size"] = draw(st.lists(st.integers(1, 130), min_size=2, max_size=2))
    if "output_stride" in config:
        config.update(stage_strides=[1] + [2] * (n - 1), stem_stride=1)
    return config


@settings(max_examples=80)
@given(configs())
def test_any_config_can_be_judged(path, config):
    evidence = of_config(json.dumps(config), path)
    found = set(codes(evidence, STRUCTURE))
    assert not found & IMPOSSIBLE
    assert len(found & REASONS) == (not evidence.ran)
    if not evidence.ran:
        assert found <= REASONS | {"RI124"}
    for rule in STRUCTURE:
        for finding in rule.find(evidence):
            name, *places = finding.field_path
            assert name in ResNetConfig.model_fields
            assert not places or places[0] < len(getattr(evidence.config, name))
            assert "\n" not in finding.message
