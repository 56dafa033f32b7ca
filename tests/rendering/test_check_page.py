"""``check`` as text, csv, markdown and html."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from sample_findings import ATTACKS, DEPTH, FILES, KILLED, QUARTER, hostile, report, reports
from sample_pages import hidden_characters

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.rendering.pen import Look
from resnet_inspect.rendering.report import render

AT_80 = """\
configs/wide.toml:4:1: warning RI104 the shortcut of layer2.0 reads a quarter of
  its input: a 1×1 convolution of stride 2
 4 │ shortcut = "projection"
   │ ^^^^^^^^
   why       layer2.0.downsample.0 reads 28×28 of the 56×56 pixels, and no other
             path of the block carries the rest
   hint      avg_down = true

configs/wide.toml:9:9: error RI201 the depth is 101, expected 50
 9 │ depth = 50  # as in the paper
   │         ^^
   expected  50
   found     101 = 1 + 3·(3+4+23+3) + 1
   why       stage3 (conv4_x) has 23 blocks of 3 counted layers; with 6 the
             depth would be 50, as the name says
   hint      stage_blocks = [3, 4, 6, 3], or depth = 101

configs/wide.toml:12:8: error RI203 7,801,405,440 MACs are not within 1 % of 4.1
  G
 12 │ macs = "4.1G ± 1%"
    │        ^^^^^^^^^^
    expected  4.1 G ± 1 %: 4,059,000,000 to 4,141,000,000
    found     7,801,405,440

configs/broken.yaml:2:16: error RI001 must be a list, found 3 (a whole number)
 2 │ stage_blocks = 3
   │                ^

configs/bomb.json: error RI003 the check took more than 1 GB of memory and was
  ended

4 files checked: 3 with findings; 4 errors, 1 warning
more about a finding: resnet-inspect rule RI104
"""

QUIET = """\
configs/wide.toml:4:1: warning RI104 the shortcut of layer2.0 reads a quarter of its input: a 1×1 convolution of stride 2
configs/wide.toml:9:9: error RI201 the depth is 101, expected 50
configs/wide.toml:12:8: error RI203 7,801,405,440 MACs are not within 1 % of 4.1 G
configs/broken.yaml:2:16: error RI001 must be a list, found 3 (a whole number)
configs/bomb.json: error RI003 the check took more than 1 GB of memory and was ended
"""

VERBOSE_END = """\
file                 findings             ignored  model     depth   params     MACs
────────────────────────────────────────────────────────────────────────────────────
configs/r50.toml     none                          resnet50     50  25.56 M  4.089 G
configs/wide.toml    2 errors, 1 warning        2  wide        101  44.55 M  7.801 G
configs/broken.yaml  1 error
configs/bomb.json    1 error

4 files checked: 3 with findings; 4 errors, 1 warning; 2 ignored
more about a finding: resnet-inspect rule RI104
"""


def text(made, width=None, **look):
    return render(made, "table", Look(width=width, **look))


def test_at_80_columns():
    assert text(report(), 80) == AT_80


def test_in_a_pipe_nothing_is_wrapped():
    lines = text(report()).splitlines()
    assert f"   why       {DEPTH.why}" in lines
    assert f"configs/bomb.json: error RI003 {KILLED.message}" in lines


def test_quiet_is_one_line_for_each_finding_and_nothing_else():
    assert text(report(detail="quiet")) == QUIET
    assert text(report(FILES[:1], "quiet")) == ""


def test_verbose_shows_the_clean_files_too():
    shown = text(report(detail="verbose"))
    assert shown.endswith("\n\n" + VERBOSE_END)
    assert shown.startswith(text(report()).partition("\n4 files")[0])


def test_nothing_found():
    assert text(report(FILES[:1] * 3)) == "All checks passed (3 files)\n"


def test_colours_repeat_what_the_words_say():
    shown = text(report(), 80, colour=True)
    assert "\x1b[1;31merror\x1b[0m" in shown
    assert "\x1b[1;33mwarning\x1b[0m" in shown
    assert "\x1b[1;31m        ^^\x1b[0m" in shown
    assert "\x1b" not in text(report(), 80)


def test_a_file_has_the_colour_of_its_worst_finding():
    files = (FileResult("a", (QUARTER,)), FileResult("b", (QUARTER, DEPTH)), FileResult("c", ()))
    shown = text(report(files, "verbose"), colour=True)
    assert "a     \x1b[1;33m1 warning\x1b[0m" in shown
    assert "b     \x1b[1;31m1 error, 1 warning\x1b[0m" in shown
    assert "c     \x1b[32mnone\x1b[0m" in shown


def test_ascii_alone():
    shown = text(report(), 80, ascii_only=True)
    assert shown.isascii()
    assert ' 12 | macs = "4.1G +/- 1%"\n    |        ^^^^^^^^^^^^\n' in shown


@pytest.mark.parametrize("detail", ["quiet", "normal", "verbose"])
def test_no_line_is_wider_than_80_columns(detail):
    assert max(map(len, text(report(detail=detail), 80).splitlines())) <= 80


def test_csv_has_a_row_for_each_finding_whatever_the_detail():
    rows = list(csv.DictReader(io.StringIO(render(report(), "csv"))))
    assert [row["code"] for row in rows] == ["RI104", "RI201", "RI203", "RI001", "RI003"]
    assert rows[1] == {
        "file": "configs/wide.toml", "line": "9", "column": "9", "end_column": "11", "severity": "error",
        "code": "RI201", "name": "depth", "message": DEPTH.message, "path": "expect.depth", "expected": "50",
        "found": DEPTH.found, "why": DEPTH.why, "hint": DEPTH.hint, "unjudged": "", "layer": "", "model": "wide",
            "silenced_by": "",
    }  # fmt: skip
    assert (rows[4]["line"], rows[4]["column"], rows[4]["model"]) == ("", "", "")
    assert render(report(detail="quiet"), "csv") == render(report(), "csv")
    assert render(report(FILES[:1]), "csv").count("\n") == 1


def test_markdown_keeps_the_source_line_and_its_marks():
    shown = render(report(), "markdown")
    assert "\n```text\n 9 │ depth = 50  # as in the paper\n   │         ^^\n```\n" in shown
    assert "stage_blocks = \\[3, 4, 6, 3\\]" in shown


def test_html_keeps_the_source_line_and_its_marks():
    shown = render(report(), "html")
    assert "depth = 50  # as in the paper\n" in shown
    assert '<span class="bad">        ^^</span></pre>' in shown


def test_html_says_at_the_top_what_was_found():
    shown = render(report(detail="quiet"), "html")
    assert "<title>resnet-inspect check</title>" in shown
    top = '<h1 id="section-1">resnet-inspect check <small class="dim">4 files checked: 3 with findings; 4 errors, 1 warning'
    assert shown.count(top) == 1


@pytest.mark.parametrize("name", ["table", "csv", "markdown", "html", "json", "github", "sarif", "junit"])
@given(attack=ATTACKS)
def test_nothing_from_outside_reaches_the_terminal_as_it_is(name, attack):
    for detail in ("quiet", "normal", "verbose"):
        assert hidden_characters(render(hostile(attack, detail=detail), name)) == []


@given(reports)
def test_each_finding_is_said_in_every_detail(made):
    shown = text(made).split("\n")
    assert sum(f" {finding.severity} {finding.code}" in line for _, finding in made.found for line in shown) >= len(
        made.found
    )


def test_a_source_line_without_a_column_is_not_shown():
    bare = replace(DEPTH, column=None, end_column=None)
    assert "│" not in text(report((FileResult("a.toml", (bare,)),)))
