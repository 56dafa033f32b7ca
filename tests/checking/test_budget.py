"""What is too much to check is told before anything is built, and everything that has been published is not."""

from __future__ import annotations

import pytest
from each import for_each

from resnet_inspect.checking import judge
from resnet_inspect.checking.budget import MOST_LAYERS, MOST_STANDARDIZED, layers_of, too_much
from resnet_inspect.checking.judge import check_file, record_file
from resnet_inspect.checking.locate import MOST_FINDINGS
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.checking.targets import Target
from resnet_inspect.configs.declaration import Declaration
from resnet_inspect.configs.documents import Document
from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.files import load
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.configs.variants import match, variant

SETTINGS = settings_of()


def declared(config, **expect) -> Declaration:
    return Declaration(load(config), Expectations(**expect), (), Document({}), "", "net.toml")


@pytest.fixture
def nothing_is_built(monkeypatch):
    def gather(*_: object) -> None:
        raise AssertionError("it was built")

    monkeypatch.setattr(judge, "gather", gather)


def checked(text: str, check=check_file):
    return check(Target("net.toml", text.encode()), SETTINGS)


@pytest.mark.parametrize("check", [check_file, record_file])
@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (
            'block = "basic"\nstage_blocks = [1, 19_999]\n',
            "too much to check: 40,004 layers would have to be run, and a check runs at most 4,000",
            (2, 16, "stage_blocks"),
        ),
        (
            'base = "resnet1202_cifar"\n\n[expect]\ninputs = [[3, 32, 32], [3, 64, 64], [3, 8, 8], [3, 40, 40]]\n',
            "too much to check: 1,205 layers would have to be run at each of 4 inputs, and a check runs at most 4,000",
            (4, 10, "expect.inputs"),
        ),
        (
            'base = "resnetv2_101x3_bit"\nstage_blocks = [100, 100, 100, 100]\n',
            "too much to check: 1,206 layers would have to be run, and a check runs at most 1,000",
            (2, 16, "stage_blocks"),
        ),
    ],
)
@pytest.mark.usefixtures("nothing_is_built")
def test_too_much_is_a_finding_before_anything_is_built(check, text, message, place):
    result = checked(text, check)
    (finding,) = result.findings
    assert (finding.code, finding.severity, finding.message) == ("RI003", "error", message)
    assert (finding.line, finding.column, finding.path) == place
    assert finding.hint
    assert (result.model, result.fault, result.depth) == ("net", "", None)


def test_a_check_that_is_not_begun_cannot_be_ignored():
    assert checked('block = "basic"\nstage_blocks = [9_999]\n# resnet-inspect: ignore\n').findings


@pytest.mark.parametrize(
    ("fields", "most"),
    [({}, MOST_LAYERS), ({"preact": True, "weight_standardized": True}, MOST_STANDARDIZED)],
)
def test_the_limit_is_exact(fields, most):
    """Three layers and the head, the stem, and one shortcut for the stage."""
    blocks = (most - 3) // 3
    config = {"block": "bottleneck", "stage_blocks": [blocks], **fields}
    assert too_much(declared(config)) is None
    assert too_much(declared({**config, "stage_blocks": [blocks + 1]})) is not None


def test_inputs_count_once_each_and_the_own_size_not_again():
    deep = {"block": "basic", "stage_blocks": [999]}  # 2,001 layers
    assert too_much(declared(deep, inputs=[[3, 224, 224]] * 16)) is None
    assert too_much(declared(deep, inputs=[[3, 224, 224], [3, 32, 32]])).field_path == ("expect", "inputs")


@for_each("name", match("*"))
def test_every_variant_may_be_checked_and_its_layers_are_counted(name):
    config = variant(name)
    assert too_much(declared(config)) is None
    real = sum(len(shape) > 1 for shape in dict(state_dict(config)).values())
    assert real <= layers_of(config) <= real + len(config.stage_blocks)


def test_of_very_many_findings_the_first_are_shown_and_the_others_counted():
    text = 'base = "resnet18"\n' + "".join(f"unknown_{number} = 1\n" for number in range(250))
    findings = checked(text).findings
    assert len(findings) == MOST_FINDINGS + 1
    assert [finding.line for finding in findings[:-1]] == list(range(2, MOST_FINDINGS + 2))
    last = findings[-1]
    assert (last.code, last.severity, last.line) == ("RI001", "error", None)
    assert last.message == "and 150 more, which are not shown: fix these first"


def test_a_hundred_findings_are_all_shown():
    text = 'base = "resnet18"\n' + "".join(f"unknown_{number} = 1\n" for number in range(MOST_FINDINGS))
    assert [finding.line for finding in checked(text).findings] == list(range(2, MOST_FINDINGS + 2))
