"""A config as text, judged by rules that say what they are told to say."""

from __future__ import annotations

from dataclasses import replace

from resnet_inspect.anatomy.compare import Change
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.judge import check_file
from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.checking.targets import Target

SETTINGS = settings_of()


def saying(code: str, *findings: Finding) -> Rule:
    return Rule(code, code.lower(), "warning", True, "", "", "", "", "", lambda _: findings)


SIZE = saying("RI101", Finding(message="odd", field_path=("input_size", 1), expected="4", found="5", why="w", hint="h"))
NAME = saying("RI102", Finding(message="bad key", field_path=("stage_blocks",), at_key=True, layer="layer1.0"))
INHERITED = saying("RI103", Finding(message="from the base", field_path=("stage_strides",)))
CHANGES = (Change("layer1.0", "stage1", 0, "main", "stride", (1, 1), (2, 2)),)
WHOLE = saying("RI104", Finding(message="all of it", changes=CHANGES, only_left=("fc",), only_right=("head",)))
TEXT = """\
base = "resnet18"
stage_blocks = [1, 1, 1, 1]  # as small as can be
input_size = [
    64, 65,
]
"""


def checked(text, *rules, suffix=".toml", settings=SETTINGS):
    table = {**{code: RULES[code] for code in ("RI001", "RI002", "RI003")}, **{rule.code: rule for rule in rules}}
    chosen = replace(settings, codes=frozenset(table)) if settings is SETTINGS else settings
    return check_file(Target(f"net{suffix}", text.encode()), chosen, table)


def places(result):
    return [(finding.code, finding.line, finding.column, finding.end_column) for finding in result.findings]


def breaking(code: str, error: Exception) -> Rule:
    def find(_: object) -> None:
        raise error

    return replace(saying(code), find=find)
