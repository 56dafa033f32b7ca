"""The tables [expect] and [check]: what they take, and everything wrong with them at once, each at its place."""

from __future__ import annotations

import io

import hypothesis.strategies as st
import pytest
from config_problems import lines_of, load_text, outcome, problems_of
from hypothesis import given

from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.files import declare, load
from resnet_inspect.configs.toml_format import to_toml

GOOD = {
    "TOML": """base = "resnet50"
[expect]
depth = 50
weighted_layers = 54.0
conv_layers = "53 layers"
params = "25.6M"
macs = {min = "4G", max = 4_200_000_000}
stride_in = "3x3"
version = "v1.5"
stage_shapes = [[256, 56, 56], [512, 28, 28]]
output_shape = [1000]
output_stride = 32
shortcut_convs = 0
receptive_field = [427, 427]
loads = "ResNet-50"
inputs = [[3, 224, 224], [3, 320, 320]]
[check]
ignore = ["RI103", "RI2"]
""",
    "YAML": """base: resnet50
expect:
  depth: 50
  weighted_layers: 54.0
  conv_layers: 53 layers
  params: 25.6M
  macs: {min: 4G, max: 4200000000}
  stride_in: 3x3
  version: v1.5
  stage_shapes: [[256, 56, 56], [512, 28, 28]]
  output_shape: [1000]
  output_stride: 32
  shortcut_convs: 0
  receptive_field: [427, 427]
  loads: ResNet-50
  inputs:
  - [3, 224, 224]
  - [3, 320, 320]
check: {ignore: [RI103, RI2]}
""",
    "JSON": """{"base": "resnet50", "expect": {"depth": 50, "weighted_layers": 54.0, "conv_layers": "53 layers", "params": "25.6M", "macs": {"min": "4G", "max": 4200000000},
"stride_in": "3x3", "version": "v1.5", "stage_shapes": [[256, 56, 56], [512, 28, 28]], "output_shape": [1000],
"output_stride": 32, "shortcut_convs": 0, "receptive_field": [427, 427], "loads": "ResNet-50",
"inputs": [[3, 224, 224], [3, 320, 320]]}, "check": {"ignore": ["RI103", "RI2"]}}
""",
}
SUFFIX = {"TOML": "toml", "YAML": "yaml", "JSON": "json"}


def declared(text, kind="TOML"):
    return declare("-", stdin=io.BytesIO(text.encode()), stdin_filename=f"net.{SUFFIX[kind]}")


@pytest.mark.parametrize("kind", GOOD)
def test_everything_can_be_said_in_each_format(kind, tmp_path):
    found = declared(GOOD[kind], kind)
    expect = found.expect
    assert set(Expectations.model_fields) == expect.model_fields_set
    amounts = (expect.depth, expect.weighted_layers, expect.conv_layers, expect.params, expect.macs)
    assert [(amount.least, amount.most) for amount in amounts] == [
        (50, 50),
        (54, 54),
        (53, 53),
        (25_550_000, 25_650_000),
        (4_000_000_000, 4_200_000_000),
    ]
    assert expect.stage_shapes == ((256, 56, 56), (512, 28, 28))
    assert (expect.receptive_field, expect.loads) == ((427, 427), "resnet50")
    assert expect.inputs == ((3, 224, 224), (3, 320, 320))
    assert [ignore.selector for ignore in found.ignores] == ["RI103", "RI2"]
    assert (found.source, found.text, found.config.name) == (f"net.{SUFFIX[kind]}", GOOD[kind], "net")
    assert load_text(tmp_path, GOOD[kind], kind) == found.config
    assert "expect" not in to_toml(found.config)
    for field in Expectations.model_fields:
        assert found.document.locate(("expect", field), key=False) is not None
    line, column = found.document.locate(("expect", "inputs", 1), key=False)
    assert found.text.split("\n")[line - 1][column - 1 :].startswith("[3, 320, 320]")


def test_a_file_without_tables_declares_a_config_alone(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text('base = "resnet18"\n[expect]\n[check]\n')
    for source in (path, str(path)):
        found = declare(source)
        assert (found.expect, found.ignores, found.source) == (Expectations(), (), str(path))
    assert load({"base": "resnet18", "name": "resnet18", "expect": {"depth": 18}, "check": {}}) == load("resnet18")


def test_standard_input_has_a_name_if_it_is_given_one():
    text = b"block: basic\nstage_blocks: [1]\n"
    found = declare("-", stdin=io.BytesIO(text), stdin_filename="nets/tiny.yml")
    assert (found.source, found.config.name) == ("nets/tiny.yml", "tiny")
    assert (declare("-", stdin=io.BytesIO(text)).source, declare("-", stdin=io.BytesIO(text)).config.name) == (
        "<stdin>",
        "stdin",
    )
    for name, message in (
        ("nets/tiny.toml", "nets/tiny.toml:1:6: not valid TOML"),
        ("tiny.txt", "tiny.txt: unknown suffix '.txt'"),
        ("a\x1b.toml", "a\\x1b.toml:1:6"),
    ):
        (problem,) = outcome(lambda name=name: declare("-", stdin=io.BytesIO(text), stdin_filename=name))
        assert str(problem).startswith(message)


ACCEPTED = 'write a number like 25557032, "25.6M", "4.1G ± 1%", "<= 30M", "20M..30M" or {min, max}'
OF_CONFIG = "a field of the config itself belongs above the tables"
CASES = {
    "with those of the config": (
        "TOML",
        'base = "resnet51"\n[expect]\nname = "x"\ndepth = "5o"\nparams = {min = 26.5, max = "2x", mx = 3}\n'
        "macs = nan\nvershun = 'v1'\n[check]\nignore = ['E501', 4]\nignored = 3\ngroups = 2\n[stem]\n",
        [
            '1:8 base: no variant is called "resnet51" (did you mean "resnet50" or "resnet50_v1" or "resnet50c"?)',
            f"3:1 expect.name: unknown field ({OF_CONFIG})",
            f'4:9 expect.depth: is not a number: "5o" ({ACCEPTED})',
            "5:17 expect.params.min: must be a whole number or text, found 26.5 (a decimal number) "
            '(with its unit: "26.5k" or "26.5M" or "26.5G")',
            f'5:29 expect.params.max: is not a number: "2x" ({ACCEPTED})',
            "5:35 expect.params.mx: unknown field (did you mean max?)",
            f"6:8 expect.macs: must be an amount, found nan (a decimal number) ({ACCEPTED})",
            "7:1 expect.vershun: unknown field (did you mean version?)",
            "9:11 check.ignore[0]: there is no rule 'E501' (write a code (RI104), the start of several (RI1), or a name)",
            '9:19 check.ignore[1]: must be a rule in quotes, found 4 (a whole number) (write "RI104")',
            "10:1 check.ignored: unknown field (did you mean ignore?)",
            f"11:1 check.groups: unknown field ({OF_CONFIG})",
            '12:2 stem: must be one of "single", "deep", "deep_tiered"; found a table',
        ],
    ),
    "shapes": (
        "YAML",
        "base: resnet50\nexpect:\n  stage_shapes:\n  - [256, 56]\n  - [512, x, 2.0]\n  - 7\n  - [0, 1, .inf]\n"
        "  output_shape: []\n  receptive_field: [1, 2, 3]\n  inputs: [[3, 224, 22400], [3, -1, 1]]\n"
        "  shortcut_convs: -1\n  output_stride: '8'\n",
        [
            "4:5 expect.stage_shapes[0]: must have at least 3 entries, found 2",
            '5:11 expect.stage_shapes[1][1]: must be a whole number, found "x" (text)',
            "5:14 expect.stage_shapes[1][2]: must be a whole number, found 2.0 (a decimal number) (write 2)",
            "6:5 expect.stage_shapes[2]: must be a list, found 7 (a whole number)",
            "7:6 expect.stage_shapes[3][0]: must be at least 1, found 0",
            "7:12 expect.stage_shapes[3][2]: must be a whole number, found inf (a decimal number)",
            "8:17 expect.output_shape: must have at least 1 entry, found 0",
            "9:20 expect.receptive_field: must have at most 2 entries, found 3",
            "10:21 expect.inputs[0][2]: must be at most 16384, found 22400",
            "10:33 expect.inputs[1][1]: must be at least 1, found -1",
            "11:19 expect.shortcut_convs: must be 0 to 1,000,000,000,000,000,000, found -1",
            '12:18 expect.output_stride: must be a whole number, found "8" (text) (write 8, without quotes)',
        ],
    ),
    "names": (
        "JSON",
        '{"base": "resnet50",\n "expect": {"loads": "R-50",\n "version": 1.5, "stride_in": "3X3", "depth": null,\n'
        ' "flops": 4, "Parameters": 1, "zzz": 1,\n "params": true, "macs": []}}',
        [
            '2:22 expect.loads: "R-50" does not name a single network (write resnet50 (v1.5, stride on the 3x3: '
            "torchvision, timm, NVIDIA), or resnet50_v1 (v1, stride on the first 1x1: the authors' Caffe networks, "
            "and Detectron2 by default))",
            '3:13 expect.version: must be one of "v1", "v1.5"; found 1.5 (a decimal number) (here: "v1.5")',
            '3:31 expect.stride_in: must be one of "1x1", "3x3"; found "3X3" (did you mean "3x3"?)',
            "3:47 expect.depth: must not be null (omit it if nothing is expected)",
            "4:2 expect.flops: unknown field "
            "(here: macs; a multiply-accumulate is one MAC, and often counted as two FLOPs)",
            "4:14 expect.Parameters: unknown field (here: params)",
            f"4:31 expect.zzz: unknown field (the fields are {', '.join(Expectations.model_fields)})",
            f"5:12 expect.params: must be an amount, found true ({ACCEPTED})",
            f"5:26 expect.macs: must be an amount, found a list ({ACCEPTED})",
        ],
    ),
    "fields of the config below the table": (
        "TOML",
        'block = "basic"\nstage_blocks = [1]\n[expect]\nbase = "resnet50"\ninput_size = [64, 64]\nnum_classes = 2\n'
        "[check]\nbase = 1\n[Expect]\ndepth = 5\n[expects]\n[chek]\n",
        [
            f"4:1 expect.base: unknown field ({OF_CONFIG}; the expectation is called loads)",
            f"5:1 expect.input_size: unknown field ({OF_CONFIG}; the expectation is called inputs)",
            f"6:1 expect.num_classes: unknown field ({OF_CONFIG})",
            f"8:1 check.base: unknown field ({OF_CONFIG})",
            "9:2 Expect: unknown field (did you mean expect?)",
            "11:2 expects: unknown field (did you mean expect?)",
            "12:2 chek: unknown field (did you mean check?)",
        ],
    ),
    "one shape instead of a list": (
        "TOML",
        'base = "resnet50"\n[expect]\ninputs = [3, 224, 224]\nstage_shapes = [56, 56]\n',
        [
            "3:10 expect.inputs: must be a list of [C, H, W], found one list of numbers (write [[3, 224, 224]])",
            "4:16 expect.stage_shapes: must be a list of [C, H, W], found one list of numbers (write [[C, 56, 56]])",
        ],
    ),
    "what is no shape either": (
        "TOML",
        'base = "resnet50"\n[expect]\ninputs = [3, 224, 224, 5]\nstage_shapes = [0, 1, 1]\n',
        [
            "3:10 expect.inputs: must be a list of [C, H, W], found one list of numbers",
            "4:16 expect.stage_shapes: must be a list of [C, H, W], found one list of numbers",
        ],
    ),
    "no tables": (
        "YAML",
        "base: resnet50\nexpect: 50\ncheck: [RI104]\n",
        ["2:9 expect: must be a table, found 50 (a whole number)", "3:8 check: must be a table, found a list"],
    ),
    "a list of tables": (
        "TOML",
        'base = "resnet50"\n[[expect]]\ndepth = 50\n',
        ["2:3 expect: must be a table, found a list"],
    ),
    "at odds": (
        "TOML",
        'base = "resnet50"\n[expect]\nversion = "v1"\nstride_in = "3x3"\nparams = {min = 3, max = 2}\n',
        ["5:26 expect.params.max: is less than min"],
    ),
    "really at odds": (
        "TOML",
        'base = "resnet50"\n[expect]\nversion = "v1"\nstride_in = "3x3"\n',
        ['3:11 expect.version: v1 is stride_in = "1x1", not "3x3"'],
    ),
    "no such variant": (
        "TOML",
        'base = "resnet50"\n[expect]\nloads = "resnet5o"\n',
        ['3:9 expect.loads: no variant is called "resnet5o" (did you mean "resnet50" or "resnet50c" or "resnet50s"?)'],
    ),
    "a table and no config": (
        "TOML",
        "[expect]\ndepth = -1\n",
        [
            "2:9 expect.depth: must be 0 to 1,000,000,000,000,000,000, found -1",
            '- block: missing: kind of residual block (base = "resnet50" supplies it)',
            '- stage_blocks: missing: blocks in each stage, conv2_x first (base = "resnet50" supplies it)',
        ],
    ),
}


@pytest.mark.parametrize(("kind", "text", "expected"), CASES.values(), ids=CASES)
def test_all_problems_come_at_once_in_order_and_place(tmp_path, kind, text, expected):
    assert lines_of(problems_of(lambda: declared(text, kind))) == expected
    assert lines_of(problems_of(lambda: load_text(tmp_path, text, kind))) == expected


LAYERS = "(on the path from input to output)"
GATES = "(with those on shortcuts and in gates)"
THESE = "(the convolutions among these)"


@pytest.mark.parametrize("name", ["layers", "Layers", "num-layers"])
@pytest.mark.parametrize(
    ("base", "counts"),
    [("resnet50", (50, 54, 53)), ("resnet34", (34, 37, 36)), ("seresnet50", (50, 86, 85)), ("resnet50_gone", None)],
)
def test_layers_may_mean_any_of_three_counts(base, counts, name):
    problems = problems_of({"base": base, "expect": {name: 54}})
    depth, weighted, conv = ("depth", "weighted_layers", "conv_layers")
    if counts:
        depth, weighted, conv = f"depth = {counts[0]}", f"weighted_layers = {counts[1]}", f"conv_layers = {counts[2]}"
    assert problems[-1].hint == f"here: {depth} {LAYERS}, {weighted} {GATES} or {conv} {THESE}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("convs", "here: conv_layers"),
        ("stride_placement", "here: stride_in"),
        ("placement", "here: stride_in"),
        ("flops", "here: macs; a multiply"),
        ("weighted", "did you mean weighted_layers?"),
    ],
)
def test_other_names_of_an_expectation(name, hint):
    (problem,) = problems_of({"base": "resnet50", "expect": {name: 54}})
    assert problem.hint.startswith(hint)


UNREADABLE = [
    ("TOML", "macs = 1e400", "3:8 expect.macs: must be an amount, found inf (a decimal number)"),
    ("TOML", "macs = 1e999999999", "3:8 expect.macs: must be an amount, found inf (a decimal number)"),
    ("TOML", "macs = -inf", "3:8 expect.macs: must be an amount, found -inf (a decimal number)"),
    ("TOML", "macs = {max = nan}", "3:15 expect.macs.max: must be an amount, found nan (a decimal number)"),
    ("TOML", "macs = true", "3:8 expect.macs: must be an amount, found true"),
    ("TOML", "macs = -4e9", "3:8 expect.macs: must be 0 to 1,000,000,000,000,000,000, found -4000000000"),
    ("TOML", f"macs = {'9' * 5000}", "3:8 a number of 5,000 digits cannot be read"),
    ("TOML", f"macs = '{'9' * 5000}'", "3:8 expect.macs: is not a number: "),
    ("TOML", "macs = '1e999999999'", "3:8 expect.macs: is more than 1,000,000,000,000,000,000: "),
    ("TOML", "shortcut_convs = {max = '4 GMACs'}", "3:25 expect.shortcut_convs.max: counts MACs, not layers: "),
    ("YAML", "  macs: .nan", "3:9 expect.macs: must be an amount, found nan (a decimal number)"),
    ("YAML", "  macs: 1.0e+400", "3:9 expect.macs: must be an amount, found inf (a decimal number)"),
    ("YAML", "  macs: 1e400", "3:9 expect.macs: is more than 1,000,000,000,000,000,000: "),
    ("YAML", f"  macs: {'9' * 5000}", "3:9 a number of 5,000 digits cannot be read"),
    ("JSON", ' "macs": 1e400', "3:10 expect.macs: must be an amount, found inf (a decimal number)"),
    ("JSON", f' "macs": {"9" * 5000}', "3:10 a number of 5,000 digits cannot be read"),
]
TOPS = {
    "TOML": ('base = "resnet50"\n[expect]\n', "\n"),
    "YAML": ("base: resnet50\nexpect:\n", "\n"),
    "JSON": ('{"base": "resnet50",\n"expect": {\n', "}}"),
}


@pytest.mark.parametrize(("kind", "line", "start"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_number_that_is_none_has_its_place(kind, line, start):
    top, end = TOPS[kind]
    (found,) = lines_of(problems_of(lambda: declared(f"{top}{line}{end}", kind)))
    assert found.startswith(start)


@pytest.mark.parametrize(
    ("kind", "line"),
    [("TOML", "macs = 4.2e9"), ("YAML", "  macs: 4.2e9"), ("YAML", "  macs: 4.2e+9"), ("JSON", '"macs": 4.2e9')],
)
def test_an_exponent_means_the_same_in_every_format(kind, line):
    """PyYAML takes 4.2e9 for text."""
    top, end = TOPS[kind]
    amount = declared(f"{top}{line}{end}", kind).expect.macs
    assert (amount.least, amount.most) == (4_200_000_000, 4_200_000_000)


@pytest.mark.parametrize(
    ("field", "value"),
    [("stage_shapes", [[1, 1, 1]] * 17), ("output_shape", [1] * 5), ("inputs", [[3, 1, 1]] * 17), ("inputs", [])],
)
def test_lists_have_their_bounds(field, value):
    (problem,) = problems_of({"base": "resnet18", "expect": {field: value}})
    assert problem.message.startswith("must have at ")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["25M", "v1", "RI1"]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["min", "max", "x"]), inside),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from([*Expectations.model_fields, "x"]), json_values, max_size=3) | json_values,
    st.dictionaries(st.sampled_from(["ignore", "x"]), json_values, max_size=2) | json_values,
)
def test_any_table_is_read_or_told_what_is_wrong(expect, check):
    problems = outcome(lambda: load({"base": "resnet18", "expect": expect, "check": check}))
    assert all(problem.field.startswith(("expect", "check")) and problem.message for problem in problems)


def test_tables_stay_out_of_the_config_itself():
    problems = problems_of({"base": "resnet18", "expectations": {}, "checks": {}})
    assert [problem.field for problem in problems] == ["expectations", "checks"]
