"""RI4xx: what a file silences."""

from __future__ import annotations

from resnet_inspect.checks.rule import Rule, raised_by_the_check

UNUSED_SILENCE = Rule(
    code="RI401",
    name="unused-silence",
    severity="warning",
    by_default=True,
    summary="A comment, or an entry of [check] ignore, silences nothing.",
    why="Its reason is gone, or it was never where the finding is. It hides the next finding of its rule, which "
    "nobody has looked at. ruff has a similar rule, RUF100, which is off by default; but a noqa can be meant for "
    "another tool, another Python or a run with other rules. A silence here cannot, so this rule is on: the silence "
    "is for this tool only, the findings depend on the file, and a silence is not reported where none of its rules "
    "is on, or where one that is off would find something. RI301 and RI302 count only with --locked. A silence that "
    "names only this rule is not reported, nor is one in a file whose check did not finish.",
    mend="Remove it: the whole comment, or the one word that the finding points at. If the rule finds something on "
    "another line, move the comment there; on a line of its own it applies to the whole file.",
    bad='base = "resnet50"\nstem_width = 64  # resnet-inspect: ignore[RI122] pruned\n',
    good='base = "resnet50"\nstem_width = 60  # resnet-inspect: ignore[RI122] pruned\n',
    find=raised_by_the_check,
)

RULES = (UNUSED_SILENCE,)
