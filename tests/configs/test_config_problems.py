"""Every problem at once, each at its line and column, in all three formats."""

from __future__ import annotations

import datetime as dt

import pytest
from config_problems import lines_of, load_text, outcome, problems_of
from each import for_each

from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.files import load
from resnet_inspect.configs.problems import describe
from resnet_inspect.configs.schema import ResNetConfig

CHOICE = 'must be one of "basic", "bottleneck"'

CASES = {
    "many at once": (
        "TOML",
        'block = "basci"\nstage_blocks = [3, 0,\n  "3", # three\n  2.0, true]\ngrups = 3\nstem_bias = 1\n',
        [
            f'1:9 block: {CHOICE}; found "basci" (did you mean "basic"?)',
            "2:20 stage_blocks[1]: must be at least 1, found 0",
            '3:3 stage_blocks[2]: must be a whole number, found "3" (text) (write 3, without quotes)',
            "4:3 stage_blocks[3]: must be a whole number, found 2.0 (a decimal number) (write 2)",
            "4:8 stage_blocks[4]: must be a whole number, found true",
            "5:1 grups: unknown field (did you mean groups?)",
            "6:13 stem_bias: must be true or false, found 1 (a whole number)",
        ],
    ),
    "many at once, YAML": (
        "YAML",
        "block: Bottleneck\nstage_blocks:\n- 3\n- x\nstem_kernel: null\nshortcut: b\nstem_pool: no\nname: 2020-01-01\n",
        [
            f'1:8 block: {CHOICE}; found "Bottleneck" (did you mean "bottleneck"?)',
            '4:3 stage_blocks[1]: must be a whole number, found "x" (text)',
            "5:14 stem_kernel: must be a whole number, found null",
            '6:11 shortcut: must be one of "A", "B", "C", "none"; found "b" (did you mean "B"?)',
            '7:12 stem_pool: must be one of "max", "conv", "none"; found false (did you mean "none"?)',
            "8:7 name: must be text, found a date or time",
        ],
    ),
    "many at once, JSON": (
        "JSON",
        '{"block": {},\n\t"stage_blocks": 3, "a": {"x": [1, {}]},\n"n\\u00e4me": 1, "stem_width": 65537, "name": ""}',
        [
            f"1:11 block: {CHOICE}; found a table",
            "2:18 stage_blocks: must be a list, found 3 (a whole number)",
            "2:21 a: unknown field",
            '3:1 "näme": unknown field (did you mean name?)',
            "3:31 stem_width: must be at most 65536, found 65537",
            "3:46 name: must not be empty",
        ],
    ),
    "missing": (
        "TOML",
        'name = "x"\n',
        [
            '- block: missing: kind of residual block (base = "resnet50" supplies it)',
            '- stage_blocks: missing: blocks in each stage, conv2_x first (base = "resnet50" supplies it)',
        ],
    ),
    "cross-field": (
        "TOML",
        'base = "resnet50"\nstem_kernel = 4\nstage_widths = [64, 128]\n',
        [
            "2:15 stem_kernel: must be odd, so that padding can keep the size; found 4",
            "3:16 stage_widths: must have one entry per stage: stage_blocks has 4, this has 2",
        ],
    ),
    "cross-field without a place": (
        "YAML",
        "base: resnext50_32x4d\nblock: basic\n",
        [
            '- groups: basic blocks take 1 only; block = "bottleneck" has this axis',
            '- base_width: basic blocks take 64 only; block = "bottleneck" has this axis',
        ],
    ),
    "classes without a head": (
        "TOML",
        'base = "resnet50"\nhead = "none"\nnum_classes = 10\n',
        ['3:15 num_classes: must be 0 or omitted where head is "none"; found 10'],
    ),
    "a head that is no text": (
        "YAML",
        "base: resnet50\nhead: no\nnum_classes: null\n",
        [
            '2:7 head: must be one of "linear", "conv", "none"; found false (did you mean "none"?)',
            "3:14 num_classes: must be a whole number, found null",
        ],
    ),
    "a head for others": (
        "JSON",
        '{"base": "resnet50", "head": "conv", "num_classes": 0}',
        ["1:30 head: needs preact = true"],
    ),
    "lengths": (
        "TOML",
        'base = "resnet50"\ninput_size = [224]\nstage_blocks = []\n',
        [
            "2:14 input_size: must have at least 2 entries, found 1",
            "3:16 stage_blocks: must have at least 1 entry, found 0",
        ],
    ),
    "too long": (
        "YAML",
        f"base: resnet50\ninput_size: [1, 2, 3]\nname: {'x' * 201}\n",
        [
            "2:13 input_size: must have at most 2 entries, found 3",
            "3:7 name: must have at most 200 characters, found 201",
        ],
    ),
    "unknown base and the rest": (
        "YAML",
        "base: resnt50\nstem_width: 0\n",
        [
            '1:7 base: no variant is called "resnt50" (did you mean "resnet50" or "resnet50c" or "resnet50s"?)',
            "2:13 stem_width: must be at least 1, found 0",
        ],
    ),
    "base of no name": (
        "JSON",
        '{"base": "vgg"}',
        ["1:10 base: no variant is called \"vgg\" ('resnet-inspect variants' lists them all)"],
    ),
    "base of another type": (
        "TOML",
        "base = 50",
        ["1:8 base: must be the name of a variant, found 50 (a whole number)"],
    ),
    "unknown base hides what it might supply": (
        "TOML",
        'block = "basic"\nstage_blocks = [1]\nstem_kernel = 4\nbase = "vgg"\n',
        ["4:8 base: no variant is called \"vgg\" ('resnet-inspect variants' lists them all)"],
    ),
    "tables and dotted keys": (
        "TOML",
        'a . "b.c".d = 1\nbase = "resnet50"\n[notes]\ndepth = 50\n[x.y]\n[[z]]\n[[z]]\n',
        ["1:1 a: unknown field", "3:2 notes: unknown field", "5:2 x: unknown field", "6:3 z: unknown field"],
    ),
    "strange names": (
        "TOML",
        'base = "resnet50"\n"a\\u001b[31mb" = 1\n\'q\' = 2\n"" = 3\n',
        ['2:1 "a\\x1b[31mb": unknown field', "3:1 q: unknown field", '4:1 "": unknown field'],
    ),
    "newer TOML than the locator knows": (
        "TOML",
        'base = "resnet50"\nx = {a = 1,\n b = 2,\n}\ngroups = 0\n',
        ["2:1 x: unknown field", "5:10 groups: must be at least 1, found 0"],
    ),
    "half of a surrogate pair": (
        "JSON",
        '{"base": "resnet18",\n "name": "\\ud800"}',
        ["2:10 name: holds half of a surrogate pair, which is not Unicode text"],
    ),
    "a huge hexadecimal number": (
        "TOML",
        f'base = "resnet18"\ngroups = 0x{"f" * 9_000}\n',
        ["2:10 groups: must be at most 65536, found a number of about 10,838 digits"],
    ),
    "quoted text is cut": (
        "TOML",
        f'base = "resnet18"\nblock = "{"x" * 500}"\n',
        [f'2:9 block: {CHOICE}; found "{"x" * 60}…"'],
    ),
}

SYNTAX = [
    ("TOML", "block = basic\n", "1:9 not valid TOML: "),
    ("TOML", 'name = "a"\n\n  x y\n', "3:5 not valid TOML: expected '=' after a key in a key/value pair"),
    ("TOML", "a = 1\n  a = 2\n", "2:3 not valid TOML: cannot overwrite a value (is it given twice?)"),
    ("TOML", "[a]\n[a]\n", "2:1 not valid TOML: cannot declare ('a',) twice"),
    ("TOML", "a = 1\nbase = 'resnet50\n", "2:8 not valid TOML: the string that opens here is not closed"),
    ("TOML", "base = 'resnet50", "1:8 not valid TOML: the string that opens here is not closed"),
    ("TOML", 'base = "resnet50', "1:8 not valid TOML: the string that opens here is not closed"),
    ("TOML", "# it's\na = ['''\n''', \"'\", '''x\n\n", "3:11 not valid TOML: the string that opens here is not closed"),
    ("TOML", '"a" = """x\n\n', "1:7 not valid TOML: the string that opens here is not closed"),
    ("TOML", "a = [1,\n  2\n\n", "2:4 not valid TOML: unclosed array"),
    ("YAML", "block: basic\nstage_blocks: [1, 2\n", "2:20 not valid YAML: expected ',' or ']'"),
    ("YAML", "a: 1 # \u2028# x\nb: &x 1\n", "2:4 anchors and aliases are not supported"),
    ("YAML", "a: 1 # \u2028# x\nb: 1\nb: 2\n", "3:1 b is given twice, first on line 2"),
    ("YAML", "a: 1 # \u2028# x\n b: 1\n", "2:2 not valid YAML: expected <block end>"),
    ("YAML", "a: 1\n b: 2\n", "2:3 not valid YAML: mapping values are not allowed here"),
    ("YAML", "a: 1\nb: 2\na: 3\n", "3:1 a is given twice, first on line 1"),
    ("YAML", "x:\n  - {a: 1,\n     a: 2}\n", "3:6 a is given twice, first on line 2"),
    (
        "YAML",
        "a: 1\n---\nb: 2\n",
        "2:1 not valid YAML: expected a single document in the stream, but found another document",
    ),
    ("YAML", "a: &x 1\n", "1:4 anchors and aliases are not supported (write the value out)"),
    ("YAML", "a: *x\n", "1:4 anchors and aliases are not supported (write the value out)"),
    ("YAML", "a: 1\nb: !!python/object:os.system x\n", "2:4 tags are not supported, found !!python/object:os.system"),
    ("YAML", "a: !!int '3'\n", "1:4 tags are not supported, found !!int (leave it out)"),
    ("YAML", "a: !x\x85", "1:4 tags are not supported, found !x (leave it out)"),
    ("YAML", "a: 1\n1: 2\n", "2:1 a field's name must be text, found 1"),
    ("YAML", "yes: 2\n", "1:1 a field's name must be text, found yes"),
    ("YAML", "? [a]\n: 2\n", "1:3 a field's name must be text, found a list or table"),
    ("YAML", "<<: {block: basic}\n", "1:1 a field's name must be text, found <<"),
    ("YAML", "groups: 010\n", "1:9 010 is read as octal or base 60 by YAML"),
    ("YAML", "name: 1:30\n", "1:7 1:30 is read as octal or base 60 by YAML"),
    ("YAML", "a: =\n", "1:4 not valid YAML: could not determine a constructor"),
    ("YAML", "a: 1\nb: \x07\n", "2:4 not valid YAML: character U+0007 is not allowed"),
    ("YAML", "a: 2001-99-99\n", "- holds a value that cannot be read: month must be in 1..12"),
    ("YAML", '"\\UFFFFFFFF": 1\n', "- holds a value that cannot be read: "),
    ("YAML", "a: " + "[" * 40, "1:36 nested more than 32 deep"),
    ("YAML", "- 1\n", "- must have named fields at its top level, found a list"),
    ("YAML", "null\n", "- is empty"),
    ("JSON", "[1]", "- must have named fields at its top level, found a list"),
    ("JSON", "3", "- must have named fields at its top level, found a single value"),
    ("JSON", '{"a": 1,\r\n', "1:9 not valid JSON: expecting property name"),
    ("JSON", '{"a": 1\n  "b": 2}', "2:3 not valid JSON: expecting ',' delimiter"),
    ("JSON", '{"a": 1} x', "1:10 not valid JSON: extra data"),
    ("JSON", '{"a": 1,\n "\\u0061": 2}', "2:2 a is given twice, first on line 1"),
    ("JSON", '{"x": [{"b": 1}, {"b": 1,\n"b": 2}]}', "2:1 x[1].b is given twice, first on line 1"),
    ("JSON", '{"NaN": "NaN",\n "a": NaN}', "2:7 not valid JSON: NaN is not a JSON number"),
    ("JSON", '{"a": [1, -Infinity]}', "1:11 not valid JSON: -Infinity is not a JSON number"),
]


@pytest.mark.parametrize(("kind", "text", "expected"), CASES.values(), ids=CASES)
def test_all_problems_come_at_once_in_order_and_place(tmp_path, kind, text, expected):
    assert lines_of(problems_of(lambda: load_text(tmp_path, text, kind))) == expected


@pytest.mark.parametrize(("kind", "text", "start"), SYNTAX)
def test_a_text_that_cannot_be_read_is_located(tmp_path, kind, text, start):
    (line,) = lines_of(problems_of(lambda: load_text(tmp_path, text, kind)))
    assert line.startswith(start)


ODD = [
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    float("nan"),
    "",
    "x",
    [],
    [[]],
    ["x", None],
    {},
    {"a": 1},
    dt.date(2020, 1, 1),
    b"x",
]


@for_each("field", [*ResNetConfig.model_fields, *(f"expect.{name}" for name in Expectations.model_fields)])
def test_whatever_stands_in_a_field_is_told_in_our_own_words(field):
    table, _, name = field.rpartition(".")
    for value in ODD:
        fields = {"base": "resnet50", **({table: {name: value}} if table else {name: value})}
        for problem in outcome(lambda fields=fields: load(fields)):
            assert not any(theirs in str(problem) for theirs in ("Input should", "Value error", "unable to parse"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "null"),
        (True, "true"),
        (0, "0 (a whole number)"),
        (float("nan"), "nan (a decimal number)"),
        ("\x1b", '"\\x1b" (text)'),
        ((), "a list"),
        ({}, "a table"),
        (dt.time(1), "a date or time"),
        ({1}, "an object of type set"),
        (-(10**5000), "a number of about 5,001 digits (a whole number)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_describe(value, said):
    assert describe(value) == said
