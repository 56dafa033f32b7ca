"""One file: from what is written in it to findings with their places."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from judged import CHANGES, INHERITED, NAME, SETTINGS, SIZE, TEXT, WHOLE, checked, places, saying

from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.judge import check_file
from resnet_inspect.checking.settings import PathIgnores
from resnet_inspect.checking.targets import Target


def test_findings_stand_where_their_fields_stand():
    result = checked(TEXT, SIZE, NAME, INHERITED, WHOLE)
    assert places(result) == [
        ("RI104", None, None, None),
        ("RI103", 1, 8, 18),
        ("RI102", 2, 1, 13),
        ("RI101", 4, 9, 11),
    ]
    whole, inherited, name, size = result.findings
    assert (whole.path, whole.source_line) == ("", "")
    assert (whole.changes, whole.only_left, whole.only_right) == (CHANGES, ("fc",), ("head",))
    assert inherited.path == "stage_strides"
    assert (name.path, name.layer, name.source_line) == ("stage_blocks", "layer1.0", TEXT.splitlines()[1])
    assert (size.path, size.source_line) == ("input_size[1]", "    64, 65,")
    assert (size.message, size.expected, size.found, size.why, size.hint) == ("odd", "4", "5", "w", "h")
    assert {finding.severity for finding in result.findings} == {"warning"}
    assert not result.ok


def test_findings_on_one_line_come_from_left_to_right_and_then_by_code():
    left = Finding(message="left", field_path=("stage_blocks",), at_key=True)
    right = Finding(message="right", field_path=("stage_blocks",))
    result = checked(TEXT, saying("RI101", right), saying("RI103", left), saying("RI102", left))
    assert places(result) == [("RI102", 2, 1, 13), ("RI103", 2, 1, 13), ("RI101", 2, 16, 28)]


def test_a_file_that_nothing_is_wrong_with():
    start = time.perf_counter()
    result = checked('base = "resnet18"\n')
    assert result.ok
    assert (result.path, result.model, result.ignored, result.fault) == ("net.toml", "net", 0, "")
    assert (result.depth, result.params, result.macs) == (18, 11_689_512, 1_814_073_344)
    assert 0 < result.seconds <= time.perf_counter() - start


@pytest.mark.parametrize(
    ("text", "left", "ignored"),
    [
        (TEXT, ["RI104", "RI103", "RI102", "RI101"], 0),
        (TEXT.replace("# as small", "# resnet-inspect: ignore[RI102] as small"), ["RI104", "RI103", "RI101"], 1),
        (TEXT.replace("# as small", "# resnet-inspect: ignore[RI1] as small"), ["RI104", "RI103", "RI101"], 1),
        (TEXT.replace("# as small", "# resnet-inspect: ignore[RI101]"), ["RI104", "RI103", "RI102", "RI101"], 0),
        ("# resnet-inspect: ignore[RI101, RI104]\n" + TEXT, ["RI103", "RI102"], 2),
        ("# resnet-inspect: ignore\n" + TEXT, [], 4),
        (TEXT + '[check]\nignore = ["RI10"]\n', [], 4),
    ],
)
def test_what_a_file_ignores_is_counted(text, left, ignored):
    result = checked(text, SIZE, NAME, INHERITED, WHOLE)
    assert [finding.code for finding in result.findings] == left
    assert result.ignored == ignored


def test_only_the_rules_that_are_on_are_asked():
    on = replace(
        SETTINGS, codes=frozenset({"RI101", "RI102"}), path_ignores=(PathIgnores("*.yaml", frozenset({"RI102"})),)
    )
    assert [code for code, *_ in places(checked(TEXT, SIZE, NAME, WHOLE, settings=on))] == ["RI102", "RI101"]
    yaml = "base: resnet18\nstage_blocks: [1, 1, 1, 1]\ninput_size: [64, 65]\n"
    assert places(checked(yaml, SIZE, NAME, WHOLE, suffix=".yaml", settings=on)) == [("RI101", 3, 18, 20)]


def test_standard_input_without_a_name():
    result = check_file(Target("<stdin>", b'{"base": "resnet18"}'), SETTINGS)
    assert (result.path, result.model, result.ok) == ("<stdin>", "stdin", True)
