"""One file whose network does not run, or whose rules break: told once, and hiding nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judged import SETTINGS, SIZE, TEXT, breaking, checked

from resnet_inspect.checking import judge
from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.judge import check_file
from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.targets import Target


def test_a_traceback_is_not_printed_with_the_result():
    assert "Traceback" not in repr(FileResult("net.toml", (), fault="Traceback"))


def test_that_it_does_not_run_cannot_be_ignored():
    text = 'base = "resnet50_caffe"\ninput_size = [2, 2]\n'
    assert [finding.code for finding in checked(text).findings] == ["RI002"]
    silent = checked("# resnet-inspect: ignore\n" + text)
    assert [finding.code for finding in silent.findings] == ["RI002"]
    assert (silent.depth, silent.params, silent.macs) == (None, None, None)


ODD = 'base = "resnetaa50"\ninput_size = [200, 200]'
"""RI101 tells why this does not run, as long as it may."""


@pytest.mark.parametrize(
    ("text", "codes", "told", "ignored"),
    [
        (ODD, {"RI101"}, ["RI101"], 0),
        (ODD, set(), ["RI002"], 0),
        (ODD, {"RI104", "RI121"}, ["RI002"], 0),
        (ODD + "  # resnet-inspect: ignore", {"RI101"}, ["RI002"], 1),
        ("# resnet-inspect: ignore[RI101]\n" + ODD, {"RI101"}, ["RI002"], 1),
        (ODD + '\n[check]\nignore = ["RI1"]', {"RI101"}, ["RI002"], 1),
        (ODD + "  # resnet-inspect: ignore[RI002]", {"RI101"}, ["RI001"], 0),
    ],
)
def test_that_it_does_not_run_is_told_by_one_rule_or_the_other(text, codes, told, ignored):
    on = replace(SETTINGS, codes=frozenset(codes | {"RI001", "RI002", "RI003"}))
    result = check_file(Target("net.toml", text.encode()), on)
    assert [finding.code for finding in result.findings] == told
    assert result.ignored == ignored


def test_that_it_does_not_run_is_told_though_the_rule_that_has_the_reason_breaks():
    result = checked(ODD, breaking("RI101", ZeroDivisionError()))
    assert [finding.code for finding in result.findings] == ["RI003", "RI002"]


EXPECTING = 'base = "resnet50"\nanti_alias = "avg"\ninput_size = [200, 200]\n[expect]\n'
UNJUDGED = "output_stride = 32\nmacs = 3\ninputs = [[3, 224, 224], [3, 200, 200], [3, 232, 232]]\n"


@pytest.mark.parametrize(
    ("comment", "line", "codes", "unjudged", "ignored"),
    [
        ("", "", ["RI101", "RI211"], ["output_stride", "macs", "inputs[1]"], 0),
        ("", "# resnet-inspect: ignore[RI203]", ["RI101", "RI211"], ["output_stride", "inputs[1]"], 1),
        ("# resnet-inspect: ignore[RI101]\n", "", ["RI002", "RI211"], ["output_stride", "macs", "inputs[1]"], 1),
        ("# resnet-inspect: ignore[RI101,RI207,RI203]\n", "", ["RI002", "RI211"], ["inputs[1]"], 3),
        ("# resnet-inspect: ignore[RI2]\n", "", ["RI101"], [], 4),
    ],
)
def test_a_forward_that_fails_is_told_once(comment, line, codes, unjudged, ignored):
    """With the expectations that were not judged for it; by RI002, where the rule with the reason is ignored."""
    text = comment + EXPECTING + UNJUDGED.replace("macs = 3", f"macs = 3 {line}")
    rules = [RULES[code] for code in ("RI002", "RI101", "RI203", "RI207", "RI211")]
    result = checked(text, *rules)
    assert [finding.code for finding in result.findings] == codes
    assert [list(finding.unjudged) for finding in result.findings] == [
        [f"expect.{field}" for field in unjudged], *([] for _ in codes[1:])
    ]  # fmt: skip
    assert result.ignored == ignored
    assert not any("1×3×" in finding.message for finding in result.findings)


def test_a_failure_without_branches_is_told_once_too():
    text = 'base = "resnetblur50"\ninput_size = [16, 16]\n[expect]\nmacs = 3\noutput_shape = [1]\n'
    (found,) = checked(text, RULES["RI203"], RULES["RI206"]).findings
    assert (found.code, found.unjudged) == ("RI002", ("expect.macs", "expect.output_shape"))


def test_what_was_judged_is_not_put_together():
    text = 'base = "resnet18"\n[expect]\nmacs = 3\noutput_shape = [1]\ninputs = [[4, 224, 224], [5, 224, 224]]\n'
    found = checked(text, *(RULES[code] for code in ("RI203", "RI206", "RI211"))).findings
    assert [finding.code for finding in found] == ["RI203", "RI206", "RI211", "RI211"]
    assert [finding.unjudged for finding in found] == [()] * 4


def test_a_rule_that_breaks_leaves_the_others_their_say():
    result = checked(TEXT, breaking("RI100", ZeroDivisionError("no \x1b[31mway")), SIZE)
    fault, size = result.findings
    assert fault.code == "RI003"
    assert (
        fault.message == r"the check did not finish: a bug in resnet-inspect (RI100): ZeroDivisionError: no \x1b[31mway"
    )
    assert size.code == "RI101"
    assert "Traceback" in result.fault
    assert "find" in result.fault


def test_memory_that_runs_out_is_no_fault_of_ours():
    result = checked(TEXT, breaking("RI100", MemoryError()), SIZE)
    assert [finding.message for finding in result.findings] == ["the check did not finish: memory ran out", "odd"]
    assert result.fault == ""


@pytest.mark.parametrize(
    ("error", "is_fault"), [(MemoryError(), False), (RecursionError(), True), (KeyError("x"), True)]
)
def test_a_net_that_cannot_be_built_is_a_finding(monkeypatch, error, is_fault):
    def gather(*_: object) -> None:
        raise error

    monkeypatch.setattr(judge, "gather", gather)
    result = checked(TEXT, SIZE)
    assert [finding.code for finding in result.findings] == ["RI003"]
    assert bool(result.fault) is is_fault
