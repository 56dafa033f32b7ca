"""RI4xx: what a file silences."""

from __future__ import annotations

from resnet_inspect.checks.rule import Rule, raised_by_the_check

UNUSED_SILENCE = Rule(
    code="RI401",
    name="unused-silence",
    severity="warning",
    by_default=True,
    summary="A comment, or an entry of [check] ignore, silences nothing.",
    why="Its reason is gone, or it never stood where the finding is. It hides the next finding of its rule, "
    "which nobody has looked at. ruff has the like, RUF100, off by default; but a noqa can be meant for another tool, "
    "another Python or a run with other rules. A silence here cannot, so this rule is on: the silence is for this tool "
    "alone, what is found depends on the file, and a silence is left alone where none of its rules is on, or where one "
    "that is off would find something. RI301 and RI302 count with --locked only. Nothing is said of a silence that "
    "means this rule alone, nor of a file that was not checked to its end.",
    mend="Take it out: the whole comment, or the one word that is pointed at. If the rule finds something on another "
    "line, move the comment there; on a line of its own it concerns the whole file.",
    bad='base = "resnet50"\nstem_width = 64  # resnet-inspect: ignore[RI122] pruned\n',
    good='base = "resnet50"\nstem_width = 60  # resnet-inspect: ignore[RI122] pruned\n',
    find=raised_by_the_check,
)

RULES = (UNUSED_SILENCE,)
