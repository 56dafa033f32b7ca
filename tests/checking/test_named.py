"""What is found in models that are named by themselves."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import pytest
from each import for_each
from named_models import NETS, SETTINGS, checked, codes

from resnet_inspect.checking import budget, judge
from resnet_inspect.checking.judge import check_file, record_file
from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.settings import PathIgnores
from resnet_inspect.checking.targets import NamedModelOptions, Target
from resnet_inspect.tracing.inputs import InputSpec

pytestmark = pytest.mark.usefixtures("named_models")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("nets:Plain", []),
        ("nets.py:Plain", []),
        ("nets:alone", []),
        ("resnet50", []),
        ("nets:Shortcut", ["RI104"]),
        ("nets:Unused", ["RI144"]),
        ("nets:Dilated", ["RI115"]),
        ("nets:Groups", ["RI121"]),
        ("nets:resnet50", ["RI142"]),
        ("nets:resnet50_c4", []),
        ("resnetrs270", ["RI142"]),
        ("nets:Raises", ["RI002"]),
        ("nets:Leaves", ["RI002"]),
        ("nets:raises", ["RI001"]),
        ("nets:quits", ["RI001"]),
        ("nets:number", ["RI001"]),
        ("nets:Nothing", ["RI001"]),
        ("nets:deep", ["RI001"]),
        ("broken:net", ["RI001"]),
        ("broken.py:net", ["RI001"]),
        ("no_such_module:net", ["RI001"]),
        ("no/such.py:net", ["RI001"]),
    ],
)
def test_what_is_found_in_a_model(name, found):
    result = checked(name)
    assert codes(result) == found
    assert result.fault == ""
    assert (result.path, result.model_name) == (name, name)
    for finding in result.findings:
        assert (finding.line, finding.column, finding.path, finding.source_line) == (None, None, "", "")
        assert not finding.message.startswith(name)
        assert "\n" not in finding.message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nets:raises", "cannot be built: ValueError: no units (nets.py:"),
        ("broken:net", "'broken' cannot be imported: RuntimeError: at import (broken.py:1)"),
        ("nets:quits", "cannot be built: the code called sys.exit(0)"),
        ("nets:Leaves", "called sys.exit(3)"),
        ("nets:unforeseen", "cannot be built: Unforeseen: at all (nets.py:"),
        ("nets:speechless", "cannot be built: Speechless (nets.py:"),
        ("nets:RaisesUnforeseen", "the forward of nets:RaisesUnforeseen raised Unforeseen"),
        ("nets:RaisesSpeechless", "the forward fails at input 3×224×224"),
        ("nets:number", "is an int: a torch.nn.Module, a class or a factory is needed"),
    ],
)
def test_why_there_is_no_model(name, said):
    (finding,) = checked(name).findings
    assert said in finding.message


def test_a_forward_that_fails_says_which_input_was_taken():
    (finding,) = checked("nets:Raises").findings
    assert "1×3×224×224" in finding.hint
    assert "--input" in finding.hint


def test_the_figures_are_those_of_the_model_as_it_was_asked_for():
    result = checked("nets:Plain", arguments={"width": 16}, inputs=(InputSpec((1, 3, 32, 32)),))
    weights = 16 * 3 * 9 + 16 * 3
    assert (result.params, result.macs) == (weights + 2 * 16, weights * 16 * 16)
    assert (result.model, result.model_name) == ("nets:Plain(width=16)",) * 2


def test_a_note_says_where_it_ran():
    assert checked("nets:Plain").notes == ()
    result = checked("nets:Looks")
    assert codes(result) == []
    assert [note[:14] for note in result.notes] == ["traced on cpu:"]
    first, second = record_file(Target("nets:Looks", options=NamedModelOptions()), SETTINGS).notes
    assert (first,) == result.notes
    assert second.startswith("the lock does not hold")


def test_too_many_layers_are_not_run(monkeypatch):
    monkeypatch.setattr(budget, "MOST_LAYERS", 20)
    for check in (check_file, record_file):
        target = Target("nets:deep", options=NamedModelOptions(arguments={"layers": 21}))
        (finding,) = check(target, SETTINGS).findings
        assert (finding.code, finding.layer) == ("RI003", "")
        assert "21 layers" in finding.message
    assert "RI003" not in codes(checked("nets:deep", arguments={"layers": 20}))


def test_a_forward_without_end_is_told_also_after_a_run_with_values():
    """On the way to the end of the stack the recorder may be at work, and is not to blame."""
    assert codes(checked("nets:Looks")) == []
    result = checked("nets:Endless")
    assert (codes(result), result.fault) == (["RI002"], "")
    assert result.findings[0].why.startswith("maximum recursion depth exceeded")


def test_the_current_folder_stays():
    here = Path.cwd()
    assert codes(checked("nets:goes_away")) == []
    assert Path.cwd() == here


@pytest.fixture
def run_once(monkeypatch):
    """Each model is run once, however many times it is checked."""
    once = functools.cache(functools.partial(judge.gather_named, options=NamedModelOptions()))
    monkeypatch.setattr(judge, "gather_named", lambda source, *_: once(source))


@pytest.mark.parametrize("name", ["nets:Plain", "nets:Shortcut", "nets:Groups", "nets:Raises", "resnet18"])
@for_each("rule", [rule for rule in RULES.values() if rule.code < "RI4"])
def test_every_rule_copes_with_a_model_that_no_file_declares(rule: Rule, name, run_once):
    del run_once
    result = checked(name, settings=replace(SETTINGS, codes=frozenset({rule.code})))
    assert result.fault == ""
    assert rule.code < "RI2" or rule.code not in codes(result), "there is no [expect], and no lock"


@pytest.mark.parametrize(
    ("pattern", "found"), [("nets:*", []), ("nets:Unused", []), ("nets", ["RI144"]), ("*.py", ["RI144"])]
)
def test_codes_can_be_ignored_for_a_model(pattern, found):
    ignores = (PathIgnores(pattern, frozenset({"RI144"})),)
    settings = replace(SETTINGS, root=Path.cwd(), path_ignores=ignores)
    assert codes(checked("nets:Unused", settings=settings)) == found


def test_the_name_of_a_library_s_model_is_not_held_against_its_depth():
    """transformers calls it so, and nobody here can mend it."""
    pytest.importorskip("transformers")
    Path("resnet34").mkdir()
    Path("resnet34/config.json").write_text('{"model_type": "resnet"}')
    result = checked("transformers:resnet34")
    assert (codes(result), result.depth) == ([], 50)


@pytest.mark.parametrize(
    ("name", "shape", "code", "hint"),
    [
        ("nets:Rounds", (1, 3, 31, 31), "RI101", "a size that runs: 32×32"),
        ("nets:Rounds", (1, 3, 33, 33), "RI101", "a size that runs: 32×32"),
        ("nets:Rounds", (1, 3, 65, 65), "RI101", "a size that runs: 96×96"),
        ("nets:Flat", (9,), "RI002", ""),
        ("nets:Flat", (1, 9), "RI002", ""),
        ("nets:pools", (1, 3, 33, 33), "RI111", "round the size up (ceil_mode), pad or an input size"),
        ("nets:narrow", (1, 3, 8, 8), "RI122", "the nearest multiples are 8 and 16"),
        ("nets:deep", (1, 3, 8, 8), "RI122", "the nearest multiple is 8"),
        ("nets:Plain", (1, 3, 8, 8), "RI122", "for main, the nearest multiples are 8 and 16"),
    ],
)
def test_hints_are_for_a_model_without_a_config(capfd, name, shape, code, hint):
    arguments = {"nets:deep": {"layers": 2, "width": 4}, "nets:Plain": {"width": 12}}.get(name, {})
    result = checked(name, inputs=(InputSpec(shape),), arguments=arguments)
    found = next(finding for finding in result.findings if finding.code == code)
    assert hint in found.hint
    assert bool(hint) or not found.hint
    assert result.fault == ""
    assert capfd.readouterr().out == ""


def test_equal_losses_of_three_axes_are_told_once():
    (finding,) = checked("nets:volume", inputs=(InputSpec((1, 3, 16, 32, 32)),)).findings
    assert finding.code == "RI111"
    assert "never reads 1 position at the border of its 16×32×32 input" in finding.message


def test_of_the_name_of_code_only_the_attribute_is_held_against_the_depth():
    Path("resnet34").mkdir()
    Path("resnet34/nets.py").write_text(NETS)
    assert codes(checked("resnet34/nets.py:Plain")) == []
    assert codes(checked("resnet34/nets.py:resnet50")) == ["RI142"]
