"""Expectations: met by a network's own figures and by nothing else, and told with what makes the difference."""

from __future__ import annotations

import dataclasses
import io
import sys
from pathlib import Path

import hypothesis.strategies as st
import pytest
from figure_stories import FIGURES
from hypothesis import HealthCheck, given, settings
from place_stories import PLACES
from rule_examples import of_variant
from run_once import gathered

from resnet_inspect.checking.registry import EXPECTATIONS
from resnet_inspect.configs import variants
from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.files import declare, load
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.configs.toml_format import toml_value
from resnet_inspect.errors import ConfigError

sys.path.append(str(Path(__file__).resolve().parents[1] / "model"))

from every_axis import any_fields

STORIES = {**FIGURES, **PLACES}

BY_CODE = {rule.code: rule for rule in EXPECTATIONS}


def declared(text):
    return declare("-", stdin=io.BytesIO(text.encode()), stdin_filename="net.toml")


def observed(text, codes=BY_CODE):
    evidence = gathered(declared(text))
    return [finding for code in codes for finding in BY_CODE[code].find(evidence)]


def with_expectations(evidence, **expect):
    """The same run, with other expectations."""
    declaration = dataclasses.replace(evidence.declaration, expect=Expectations.model_validate(expect))
    return dataclasses.replace(evidence, declaration=declaration)


def fields_found(evidence, **expect):
    judged = with_expectations(evidence, **expect)
    return [finding.field_path[1:] for rule in EXPECTATIONS for finding in rule.find(judged)]


def test_every_expectation_is_a_rule_with_a_code_of_its_own():
    assert list(BY_CODE) == [f"RI{number}" for number in range(201, 214)]
    assert len({rule.name for rule in EXPECTATIONS}) == len(EXPECTATIONS)
    assert all(rule.severity == "error" and rule.by_default for rule in EXPECTATIONS)


@pytest.mark.parametrize("code", BY_CODE)
def test_its_examples_are_bad_and_good(code):
    rule = BY_CODE[code]
    assert observed(rule.bad, [code])
    assert observed(rule.bad, set(BY_CODE) - {code}) == []
    assert observed(rule.good) == []


@pytest.mark.parametrize(("text", "expected"), STORIES.values(), ids=STORIES)
def test_a_finding_says_what_makes_the_difference(text, expected):
    found = observed(text)
    assert [(seen.field_path[0], seen.field_path[1:], seen.message, seen.hint, seen.layer) for seen in found] == [
        ("expect", field, message, hint, layer) for field, message, _, hint, layer in expected
    ]
    for seen, (_, _, why, _, _) in zip(found, expected, strict=True):
        assert seen.why == why or (why.endswith(": ") and seen.why.startswith(why))
        assert "\n" not in seen.message + seen.why


FAILING = 'base = "resnet50"\nanti_alias = "avg"\ninput_size = [240, 240]\n'


def test_what_needs_no_run_is_judged_where_the_forward_fails():
    run_free = 'depth = 50\nweighted_layers = 54\nconv_layers = 53\nparams = 25_557_032\nloads = "resnet50"\ninputs = [[3, 224, 224]]\n'
    assert observed(f"{FAILING}[expect]\n{run_free}") == []
    wrong = 'depth = 49\nweighted_layers = 5\nconv_layers = 50\nparams = "25M"\nloads = "resnet34"\ninputs = [[3, 240, 240]]\n'
    found = observed(f"{FAILING}[expect]\n{wrong}")
    assert [seen.field_path[1] for seen in found] == [
        "depth", "params", "loads", "inputs", "weighted_layers", "conv_layers",
    ]  # fmt: skip
    assert [seen.follows for seen in found] == [False, False, False, True, False, False]
    assert [seen.message for seen in (*found[:2], *found[4:])] == [
        "depth 50, expected 49",
        "25,557,032 parameters, expected 25M",
        "54 weighted layers, expected 5",
        "53 convolutions, expected 50",
    ]
    assert found[5].hint == "50 is the network's depth, which is an expectation too"


def test_and_all_else_is_reported_as_not_judged():
    unjudged = {
        "macs": 1, "stride_in": "3x3", "version": "v1.5", "stage_shapes": [[1, 1, 1]], "output_shape": [1000],
        "output_stride": 32, "shortcut_convs": 4, "receptive_field": 427,
    }  # fmt: skip
    lines = "".join(f"{field} = {toml_value(value)}\n" for field, value in unjudged.items())
    found = observed(f"{FAILING}[expect]\n{lines}")
    assert {seen.field_path for seen in found} == {("expect", field) for field in unjudged}
    for seen in found:
        assert seen.message == f"{seen.field_path[1]} cannot be judged: the model does not run at 3×240×240"
        assert seen.why.startswith("layer4.0 cannot add its branches: the main branch is 2048×7×7, the shortcut ")
        assert seen.follows
        assert seen.layer == "layer4.0"


def own_figures(evidence):
    """Everything that can be expected of a network, as it is."""
    anatomy, config = evidence.anatomy, evidence.config
    last = anatomy.stages[-1]
    own = {
        "depth": anatomy.depth.depth,
        "weighted_layers": anatomy.depth.weighted,
        "conv_layers": anatomy.depth.conv,
        "params": anatomy.totals.params,
        "macs": anatomy.totals.macs,
        "stage_shapes": [stage.output_shape[1:] for stage in anatomy.stages],
        "output_shape": list(anatomy.output_shape[1:]),
        "shortcut_convs": anatomy.depth.shortcut,
        "inputs": [(config.in_channels, *config.input_size)],
    }
    if last.total_stride[0] == last.total_stride[1]:
        own["output_stride"] = last.total_stride[0]
    own["receptive_field"] = last.receptive_field
    if anatomy.placement.version in {"v1", "v1.5"}:
        own["version"] = anatomy.placement.version
        own["stride_in"] = {"v1": "1x1", "v1.5": "3x3"}[anatomy.placement.version]
    return own


@pytest.mark.parametrize("name", variants.variant_names()[::4])
def test_a_variant_is_as_it_is(name, examine, tmp_path):
    evidence = of_variant(examine(name), tmp_path / "net.toml")
    assert fields_found(evidence, **own_figures(evidence), loads=name) == []


@pytest.mark.parametrize("name", ["resnet50", "resnet34_c", "resnet164_cifar", "resnet50_caffe", "ecaresnet50t"])
def test_a_variant_loads_into_itself_only(name, examine, tmp_path):
    evidence = of_variant(examine(name), tmp_path / "net.toml")
    known = (*variants.variant_names()[::5], name, f"{name}_v1" if name == "resnet50" else name)
    others = [other for other in known if fields_found(evidence, loads=other) == []]
    keys = evidence.trace.state_dict
    assert others == [other for other in known if set(state_dict(load(other))) == set(keys)]
    assert name in others


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(any_fields(), st.data())
def test_a_network_meets_its_own_figures_and_no_others(fields, data):
    lines = "".join(f"{field} = {toml_value(value)}\n" for field, value in fields.items())
    try:
        declaration = declared(lines)
    except ConfigError:
        return
    evidence = gathered(declaration)
    if not evidence.ran:
        return
    own = own_figures(evidence)
    assert fields_found(evidence, **own) == []
    for field in ("depth", "weighted_layers", "conv_layers", "params", "macs", "output_stride", "shortcut_convs"):
        if field in own:
            for wrong in {own[field] + 1, own[field] - 1} - {-1} - ({0} if field == "output_stride" else set()):
                assert fields_found(evidence, **{field: wrong}) == [(field,)]
    stage = data.draw(st.integers(0, len(own["stage_shapes"]) - 1))
    axis = data.draw(st.integers(0, 2))
    shapes = [list(shape) for shape in own["stage_shapes"]]
    shapes[stage][axis] += 1
    assert fields_found(evidence, stage_shapes=shapes) == [("stage_shapes", stage)]
    assert fields_found(evidence, stage_shapes=[*own["stage_shapes"], (1, 1, 1)]) == [("stage_shapes",)]
    height, width = own["receptive_field"]
    assert fields_found(evidence, receptive_field=[height, width + 1]) == [("receptive_field",)]
    assert fields_found(evidence, receptive_field=height) == ([] if height == width else [("receptive_field",)])
    assert fields_found(evidence, output_shape=[own["output_shape"][0] + 1]) == [("output_shape",)]
    for version in ("v1", "v1.5"):
        expected = [] if own.get("version") == version else [("version",)]
        assert fields_found(evidence, version=version) == expected
