"""Expectations: met by a network's own figures and by nothing else, and told with what makes the difference."""

from __future__ import annotations

import dataclasses
import io
import sys
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from resnet_inspect.checks.evidence import gather
from resnet_inspect.checks.expectations import EXPECTATIONS
from resnet_inspect.config import table
from resnet_inspect.config.dump import toml_value
from resnet_inspect.config.expect import Expectations
from resnet_inspect.config.files import declare, load
from resnet_inspect.config.state_dict import state_dict
from resnet_inspect.errors import ConfigError

sys.path.append(str(Path(__file__).resolve().parents[1] / "model"))

from every_axis import any_fields

BY_CODE = {rule.code: rule for rule in EXPECTATIONS}


def declared(text):
    return declare("-", stdin=io.BytesIO(text.encode()), stdin_filename="net.toml")


def observed(text, codes=BY_CODE):
    evidence = gather(declared(text))
    return [observation for code in codes for observation in BY_CODE[code].find(evidence)]


def with_expectations(evidence, **expect):
    """The same run, with other expectations."""
    declaration = dataclasses.replace(evidence.declaration, expect=Expectations.model_validate(expect))
    return dataclasses.replace(evidence, declaration=declaration)


def fields_found(evidence, **expect):
    judged = with_expectations(evidence, **expect)
    return [observation.field[1:] for rule in EXPECTATIONS for observation in rule.find(judged)]


def test_every_expectation_is_a_rule_with_a_code_of_its_own():
    assert list(BY_CODE) == [f"RI{number}" for number in range(201, 212)]
    assert len({rule.name for rule in EXPECTATIONS}) == len(EXPECTATIONS)
    assert all(rule.severity == "error" and rule.by_default for rule in EXPECTATIONS)


@pytest.mark.parametrize("code", BY_CODE)
def test_its_examples_are_bad_and_good(code):
    rule = BY_CODE[code]
    assert observed(rule.bad, [code])
    assert observed(rule.bad, set(BY_CODE) - {code}) == []
    assert observed(rule.good) == []


# what is expected of which config -> field, message, why, hint, layer
STORIES = {
    "a deep stem": (
        'base = "resnet50d"\n[expect]\ndepth = 50\n',
        [
            (
                ("depth",),
                "depth 52, expected 50",
                "the stem has 3 convolutions: 52 = 3 + 3·(3+4+6+3) + 1",
                "",
                "",
            )
        ],
    ),
    "a convolutional pool": (
        'base = "resnet50"\nstem_pool = "conv"\n[expect]\ndepth = 50\n',
        [(("depth",), "depth 51, expected 50", "the stem has 2 convolutions: 51 = 2 + 3·(3+4+6+3) + 1", "", "")],
    ),
    "one block more": (
        'base = "resnet50"\nstage_blocks = [3, 4, 6, 4]\n[expect]\ndepth = 50\n',
        [
            (
                ("depth",),
                "depth 53, expected 50",
                "stage_blocks = [3, 4, 6, 4], resnet50 has [3, 4, 6, 3]: 53 = 1 + 3·(3+4+6+4) + 1",
                "",
                "",
            )
        ],
    ),
    "no variant has it": (
        'base = "resnet50"\n[expect]\ndepth = {min = 1_000_000}\nparams = "1T"\nmacs = "< 1k"\n',
        [
            (("depth",), "depth 50, expected >= 1,000,000", "50 = 1 + 3·(3+4+6+3) + 1", "", ""),
            (
                ("params",),
                "25,557,032 parameters, expected 1T",
                "stem 9,536, stage1 215,808, stage2 1,219,584, stage3 7,098,368, stage4 14,964,736, head 2,049,000",
                "",
                "",
            ),
            (
                ("macs",),
                "4,089,184,256 MACs at 224×224, expected < 1k",
                "stem 118,013,952, stage1 667,942,912, stage2 1,027,604,480, stage3 1,464,336,384, "
                "stage4 809,238,528, head 2,048,000",
                "",
                "",
            ),
        ],
    ),
    "another head": (
        'base = "resnet50"\nnum_classes = 10\n[expect]\nparams = 25_557_032\n',
        [
            (
                ("params",),
                "23,528,522 parameters, expected 25,557,032",
                "num_classes = 10, resnet50 has 1000: fc has 20,490, not 2,049,000",
                "",
                "",
            )
        ],
    ),
    "another width": (
        'base = "resnet18"\nstage_widths = [64, 128, 256, 640]\nzero_init_last = true\n[expect]\nparams = "11.7M"\n',
        [
            (
                ("params",),
                "16,127,784 parameters, expected 11.7M",
                "stage_widths = [64, 128, 256, 640], resnet18 has [64, 128, 256, 512]: "
                "stage4 has 12,704,000, not 8,393,728, head has 641,000, not 513,000",
                "",
                "",
            )
        ],
    ),
    "a deep stem, and a block more": (
        'base = "resnet50d"\nstage_blocks = [3, 4, 6, 4]\n[expect]\ndepth = 50\n',
        [
            (
                ("depth",),
                "depth 55, expected 50",
                "55 = 3 + 3·(3+4+6+4) + 1",
                "",
                "",
            )
        ],
    ),
    "parameters cut off": (
        'base = "resnet50"\n[expect]\nparams = "25.5M"\n',
        [
            (
                ("params",),
                "25,557,032 parameters, expected 25.5M",
                "25.5M is 25,557,032 truncated; its last digit must be rounded",
                "",
                "",
            )
        ],
    ),
    "cut off as in the paper": (
        'base = "resnet50_v1"\n[expect]\nmacs = "3.8G"\n',
        [
            (
                ("macs",),
                "3,857,973,248 MACs at 224×224, expected 3.8G",
                "3.8G is 3,857,973,248 truncated; its last digit must be rounded",
                "",
                "",
            )
        ],
    ),
    "FLOPs": (
        'base = "resnet50"\n[expect]\nmacs = 8_178_368_512\n',
        [
            (
                ("macs",),
                "4,089,184,256 MACs at 224×224, expected 8,178,368,512",
                "stem 118,013,952, stage1 667,942,912, stage2 1,027,604,480, stage3 1,464,336,384, "
                "stage4 809,238,528, head 2,048,000",
                "that is twice as many: an amount of FLOPs, which count two for each MAC?",
                "",
            )
        ],
    ),
    "no classifier": (
        'base = "resnet50"\nnum_classes = 0\n[expect]\ndepth = 50\noutput_shape = [1000]\nparams = "25.6M"\n',
        [
            (
                ("depth",),
                "depth 49, expected 50",
                "no classifier is counted, because there is none: 49 = 1 + 3·(3+4+6+3)",
                "",
                "",
            ),
            (
                ("params",),
                "23,508,032 parameters, expected 25.6M",
                "num_classes = 0, resnet50 has 1000: head has 0, not 2,049,000",
                "",
                "",
            ),
            (
                ("output_shape",),
                "output shape [2048], expected [1000]",
                "stage4 writes 2,048 channels, and with num_classes = 0 only the average pool follows",
                "",
                "",
            ),
        ],
    ),
    "no head": (
        'base = "resnet50d"\nhead = "none"\n[expect]\ndepth = 52\noutput_shape = [2048]\nloads = "resnet50d"\n',
        [
            (
                ("depth",),
                "depth 51, expected 52",
                "no classifier is counted, because there is none: 51 = 3 + 3·(3+4+6+3)",
                "",
                "",
            ),
            (
                ("output_shape",),
                "output shape [2048, 7, 7], expected [2048]",
                'stage4 writes 2,048 channels, and with head = "none" no pool follows, and no classifier',
                "",
                "",
            ),
            (
                ("loads",),
                "the weights of resnet50d do not fit, by keys: 2 unexpected",
                "num_classes = 0, resnet50d has 1000. unexpected: fc.weight, fc.bias",
                "",
                "",
            ),
        ],
    ),
    "no classifier behind a deep stem": (
        'base = "resnet50d"\nnum_classes = 0\n[expect]\ndepth = 50\n',
        [
            (
                ("depth",),
                "depth 51, expected 50",
                "the stem has 3 convolutions, and no classifier is counted, because there is none: 51 = 3 + 3·(3+4+6+3)",
                "",
                "",
            )
        ],
    ),
    "another input size": (
        'base = "resnet50"\ninput_size = [320, 320]\n[expect]\nmacs = "4.1G"\n',
        [
            (
                ("macs",),
                "8,343,142,400 MACs at 320×320, expected 4.1G",
                "input_size = [320, 320], resnet50 has [224, 224]",
                "",
                "",
            )
        ],
    ),
    "a pool strides": (
        'base = "resnetaa50"\n[expect]\nversion = "v1.5"\nstride_in = "3x3"\n',
        [
            (
                ("stride_in",),
                "stride_in is neither 1x1 nor 3x3, expected 3x3",
                "neither v1 nor v1.5: no convolution strides; a pool after the 3×3 convolution does "
                "(layer2.0.aa, layer3.0.aa, layer4.0.aa); this is v1.5 with anti-aliasing",
                "",
                "layer2.0.aa",
            ),
            (
                ("version",),
                "version is neither v1 nor v1.5, expected v1.5",
                "neither v1 nor v1.5: no convolution strides; a pool after the 3×3 convolution does "
                "(layer2.0.aa, layer3.0.aa, layer4.0.aa); this is v1.5 with anti-aliasing",
                "",
                "layer2.0.aa",
            ),
        ],
    ),
    "v1": (
        'base = "resnet50_v1"\n[expect]\nstride_in = "3x3"\n',
        [
            (
                ("stride_in",),
                "stride_in 1x1, expected 3x3",
                "v1: the first 1×1 convolution strides (layer2.0.conv1, layer3.0.conv1, layer4.0.conv1)",
                'stride_in = "3x3" moves it',
                "layer2.0.conv1",
            )
        ],
    ),
    "a stage halved twice": (
        'base = "resnet18"\nstage_strides = [1, 2, 4, 2]\n[expect]\n'
        "stage_shapes = [[64, 56, 56], [128, 28, 28], [256, 14, 14], [512, 7, 7]]\n",
        [
            (
                ("stage_shapes", 2),
                "stage3 writes 256×7×7, expected 256×14×14",
                "layer3.0.conv1 strides by 4",
                "",
                "layer3.0.conv1",
            ),
            (
                ("stage_shapes", 3),
                "stage4 writes 512×4×4, expected 512×7×7",
                "256×7×7 reached it already; stage4 itself reduces as expected",
                "",
                "",
            ),
        ],
    ),
    "a stage dilated": (
        'base = "resnet50"\noutput_stride = 16\n[expect]\n'
        "stage_shapes = [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 7, 7]]\n",
        [
            (
                ("stage_shapes", 3),
                "stage4 writes 2048×14×14, expected 2048×7×7",
                "nothing strides in stage4: layer4.1.conv2, layer4.2.conv2 dilated instead",
                "",
                "",
            )
        ],
    ),
    "channels, and a stage less": (
        'base = "resnet18"\nstage_widths = [64, 96, 256, 512]\n[expect]\nstage_shapes = [[64, 56, 56], [128, 28, 28]]\n',
        [
            (("stage_shapes",), "4 stages, expected 2", "", "", ""),
            (
                ("stage_shapes", 1),
                "stage2 writes 96×28×28, expected 128×28×28",
                "layer2.1.conv2 writes 96 channels",
                "",
                "layer2.1.conv2",
            ),
        ],
    ),
    "a stem without a pool": (
        'base = "resnet18"\nstem_pool = "none"\n[expect]\nstage_shapes = [[64, 56, 56]]\noutput_stride = 32\n',
        [
            (("stage_shapes",), "4 stages, expected 1", "", "", ""),
            (
                ("stage_shapes", 0),
                "stage1 writes 64×112×112, expected 64×56×56",
                "conv1 strides by 2",
                "",
                "conv1",
            ),
            (
                ("output_stride",),
                "output stride 16, expected 32",
                "strided: conv1 by 2, layer2.0.conv1 by 2, layer3.0.conv1 by 2, layer4.0.conv1 by 2",
                "",
                "layer4.0.conv1",
            ),
        ],
    ),
    "a batch in a shape": (
        'base = "resnet18"\n[expect]\noutput_shape = [1, 1000]\n',
        [
            (
                ("output_shape",),
                "output shape [1000], expected [1, 1000]",
                "fc has 1,000 outputs, which is num_classes",
                "leave the batch out",
                "fc",
            )
        ],
    ),
    "no projection": (
        'base = "resnet20_cifar"\n[expect]\nshortcut_convs = 2\n',
        [
            (
                ("shortcut_convs",),
                "0 convolutions on shortcuts, expected 2",
                'shortcut = "A": no shortcut has one',
                "",
                "",
            )
        ],
    ),
    "projections": (
        'base = "resnet34"\n[expect]\nshortcut_convs = 4\n',
        [
            (
                ("shortcut_convs",),
                "3 convolutions on shortcuts, expected 4",
                'shortcut = "B": layer2.0.downsample.0, layer3.0.downsample.0, layer4.0.downsample.0',
                "",
                "layer2.0.downsample.0",
            )
        ],
    ),
    "a receptive field": (
        'base = "resnet50"\n[expect]\nreceptive_field = [427, 483]\n',
        [
            (
                ("receptive_field",),
                "receptive field 427, expected 427×483",
                "at the end of stem 11, stage1 35, stage2 91, stage3 267, stage4 427",
                "",
                "",
            )
        ],
    ),
    "other weights": (
        'base = "resnet50"\nstage_blocks = [3, 4, 6, 2]\nnum_classes = 10\nattention = "eca"\n[expect]\n'
        'loads = "resnet50"\n',
        [
            (
                ("loads",),
                "the weights of resnet50 do not fit, by keys: 15 missing from the weights, 18 unexpected, 2 of a different shape",
                'stage_blocks = [3, 4, 6, 2], resnet50 has [3, 4, 6, 3]; attention = "eca", resnet50 has "none"; '
                "num_classes = 10, resnet50 has 1000. "
                "missing from the weights: layer1.0.se.conv.weight, layer1.1.se.conv.weight, layer1.2.se.conv.weight and "
                "12 more. unexpected: layer4.2.conv1.weight, layer4.2.bn1.weight, layer4.2.bn1.bias and 15 more. "
                "of a different shape: fc.weight 10×2048, not 1000×2048, fc.bias 10, not 1000",
                "",
                "layer1.0.se.conv",
            )
        ],
    ),
    "three channels are expected": (
        'base = "resnet18"\nin_channels = 1\n[expect]\ninputs = [[1, 64, 64], [3, 64, 64]]\n',
        [
            (
                ("inputs", 1),
                "it does not run at 3×64×64: the forward fails in conv1",
                "conv2d of 1×3×64×64: ",
                "in_channels is 1",
                "conv1",
            )
        ],
    ),
    "an odd size": (
        'base = "resnet50"\nanti_alias = "avg"\n[expect]\ninputs = [[3, 240, 240], [3, 224, 224]]\n',
        [
            (
                ("inputs", 0),
                "it does not run at 3×240×240: layer4.0 cannot add its branches: the main branch is 2048×7×7, "
                "the shortcut 2048×8×8",
                "main branch: layer4.0.aa (2×2, stride 2) takes 15×15 to 7×7; "
                "shortcut: layer4.0.downsample.0 (1×1, stride 2) takes 15×15 to 8×8",
                "sizes that run: 224×224, 256×256",
                "layer4.0",
            )
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), STORIES.values(), ids=STORIES)
def test_a_finding_says_what_makes_the_difference(text, expected):
    found = observed(text)
    assert [(seen.field[0], seen.field[1:], seen.message, seen.hint, seen.layer) for seen in found] == [
        ("expect", field, message, hint, layer) for field, message, _, hint, layer in expected
    ]
    for seen, (_, _, why, _, _) in zip(found, expected, strict=True):
        assert seen.why == why or (why.endswith(": ") and seen.why.startswith(why))
        assert "\n" not in seen.message + seen.why


FAILING = 'base = "resnet50"\nanti_alias = "avg"\ninput_size = [240, 240]\n'


def test_what_needs_no_run_is_judged_where_the_forward_fails():
    run_free = 'depth = 50\nparams = 25_557_032\nloads = "resnet50"\ninputs = [[3, 224, 224]]\n'
    assert observed(f"{FAILING}[expect]\n{run_free}") == []
    wrong = 'depth = 49\nparams = "25M"\nloads = "resnet34"\ninputs = [[3, 240, 240]]\n'
    found = observed(f"{FAILING}[expect]\n{wrong}")
    assert [seen.field[1] for seen in found] == ["depth", "params", "loads", "inputs"]
    assert [seen.follows for seen in found] == [False, False, False, True]
    assert [seen.message for seen in found[:2]] == ["depth 50, expected 49", "25,557,032 parameters, expected 25M"]


def test_and_all_else_is_reported_as_not_judged():
    unjudged = {
        "macs": 1, "stride_in": "3x3", "version": "v1.5", "stage_shapes": [[1, 1, 1]], "output_shape": [1000],
        "output_stride": 32, "shortcut_convs": 4, "receptive_field": 427,
    }  # fmt: skip
    lines = "".join(f"{field} = {toml_value(value)}\n" for field, value in unjudged.items())
    found = observed(f"{FAILING}[expect]\n{lines}")
    assert {seen.field for seen in found} == {("expect", field) for field in unjudged}
    for seen in found:
        assert seen.message == f"{seen.field[1]} cannot be judged: the model does not run at 3×240×240"
        assert seen.why.startswith("layer4.0 cannot add its branches: the main branch is 2048×7×7, the shortcut ")
        assert seen.follows
        assert seen.layer == "layer4.0"


def own_figures(evidence):
    """Everything that can be expected of a network, as it is."""
    anatomy, config = evidence.anatomy, evidence.config
    last = anatomy.stages[-1]
    own = {
        "depth": anatomy.depth.depth,
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


@pytest.mark.parametrize("name", table.variant_names()[::4])
def test_a_variant_is_as_it_is(name):
    evidence = gather(declared(f'base = "{name}"\n'))
    assert fields_found(evidence, **own_figures(evidence), loads=name) == []


@pytest.mark.parametrize("name", ["resnet50", "resnet34_c", "resnet164_cifar", "resnet50_caffe", "ecaresnet50t"])
def test_a_variant_loads_into_itself_only(name):
    evidence = gather(declared(f'base = "{name}"\n'))
    known = (*table.variant_names()[::5], name, f"{name}_v1" if name == "resnet50" else name)
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
    evidence = gather(declaration)
    if not evidence.ran:
        return
    own = own_figures(evidence)
    assert fields_found(evidence, **own) == []
    for field in ("depth", "params", "macs", "output_stride", "shortcut_convs"):
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
