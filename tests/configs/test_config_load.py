from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from config_problems import lines_of, load_stdin, load_text, problems_of
from each import for_each

from resnet_inspect.configs import variants
from resnet_inspect.configs.files import load
from resnet_inspect.errors import ConfigError, UnknownVariantError

SAME_CONFIG = {
    "TOML": 'block = "basic"\nstage_blocks = [1, 2]\n',
    "YAML": "block: basic\nstage_blocks: [1, 2]\n",
    "JSON": '{"block": "basic", "stage_blocks": [1, 2]}',
}


@for_each("name", variants.variant_names())
def test_a_bare_name_is_a_variant(name):
    assert load(name) == variants.variant(name)


def test_a_config_is_returned_as_it_is():
    config = load("resnet50")
    assert load(config) is config


RESNEXT = {"groups": 32, "base_width": 4}


@pytest.mark.parametrize(
    ("source", "fields", "name"),
    [
        (load("resnet50"), RESNEXT, "custom"),
        (load("resnet50"), {**RESNEXT, "name": "mine"}, "mine"),
        (load("resnet50"), {"name": "resnet50"}, "resnet50"),
        (load("resnet50").model_copy(update={"name": "mine"}), RESNEXT, "mine"),
        (load({"base": "resnet50", "name": "resnet50", "num_classes": 10}), RESNEXT, "resnet50"),
        ({"base": "resnet50", "name": "mine"}, RESNEXT, "mine"),
        ({"base": "resnet50"}, RESNEXT, "custom"),
        ("resnet50", RESNEXT, "custom"),
    ],
)
def test_a_config_with_other_fields_does_not_bear_the_name_of_its_variant(source, fields, name):
    assert load(source, **fields).name == name


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ({"block": "basic"}, {"stage_blocks": [2, 2, 2, 2]}),
        ({}, {"block": "basic", "stage_blocks": [1]}),
        ({"base": "resnet50", "num_classes": "x"}, {"num_classes": 10}),
        ({"base": "resnet51"}, {"base": "resnet50"}),
    ],
)
def test_fields_replace_those_of_a_mapping_before_it_is_judged(source, fields):
    before = dict(source)
    assert load(source, **fields) == load({**source, **fields})
    assert source == before


def test_a_mapping_is_validated_and_left_alone():
    fields = {"base": "resnet50", "stage_blocks": (3, 4, 6)}
    config = load(fields)
    assert (config.name, config.stage_blocks, config.stage_widths) == ("custom", (3, 4, 6), (64, 128, 256))
    assert fields == {"base": "resnet50", "stage_blocks": (3, 4, 6)}


@pytest.mark.parametrize(
    ("fields", "classes"),
    [
        ({"base": "resnet50", "head": "none"}, 0),
        ({"base": "resnet20_cifar", "head": "none"}, 0),
        ({"base": "resnet20_cifar", "head": "none", "num_classes": 0}, 0),
        ({"base": "resnet20_cifar", "head": "linear"}, 10),
        ({"base": "resnet20_cifar", "num_classes": 0}, 0),
        ({"block": "basic", "stage_blocks": [1], "head": "none"}, 0),
        ({"block": "basic", "stage_blocks": [1]}, 1000),
    ],
)
def test_without_a_head_there_are_no_classes_whatever_the_base_has(fields, classes):
    assert load(fields).num_classes == classes
    assert load(fields).classifies is (classes > 0)


def test_a_row_of_the_table_without_a_head_leaves_the_classes_of_its_base():
    rows = {"a": {"num_classes": 10, "block": "basic"}, "b": {"base": "a", "head": "none"}, "c": {"base": "b"}}
    assert variants.merge_bases(rows, "b") == variants.merge_bases(rows, "c") == {"block": "basic", "head": "none"}


@pytest.mark.parametrize("kind", SAME_CONFIG)
def test_each_format_gives_the_same_config(tmp_path, kind):
    config = load_text(tmp_path, SAME_CONFIG[kind], kind)
    assert config == load({"block": "basic", "stage_blocks": [1, 2], "name": "net"})


@pytest.mark.parametrize("kind", SAME_CONFIG)
def test_standard_input_is_read_in_each_format(kind):
    assert load_stdin(SAME_CONFIG[kind]) == load({"block": "basic", "stage_blocks": [1, 2], "name": "stdin"})


def test_a_line_that_looks_like_toml_within_yaml_is_yaml():
    assert load_stdin('base: resnet18\nname: "a\nb = c"\n').name == "a b = c"


def test_standard_input_is_the_process_s_own_by_default(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'base = "resnet18"')))
    assert load("-").stage_blocks == (2, 2, 2, 2)


def test_without_standard_input_says_so(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert lines_of(problems_of("-")) == ["- there is no standard input to read"]


@pytest.mark.parametrize("name", ["net.toml", "NET.TOML", "net.v2.toml"])
def test_a_string_with_a_known_suffix_is_a_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text('base = "resnet18"')
    assert load(name).name == name.rpartition(".")[0]


def test_an_explicit_name_wins_over_the_file_s(tmp_path):
    assert load_text(tmp_path, 'base = "resnet50"\nname = "mine"', "TOML").name == "mine"


def test_a_base_s_defaults_follow_the_overrides(tmp_path):
    config = load_text(tmp_path, '{"base": "resnet50_v1", "stage_blocks": [3, 4, 6]}', "JSON")
    assert (config.name, config.stride_in, config.stage_widths) == ("net", "1x1", (64, 128, 256))


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ('{"block": ', "not valid JSON"),
        ('  \n {"block": }', "not valid JSON"),
        ("block = basic\n", "not valid TOML"),
        ('name = "a: b\nblock = "basic"\n', "not valid TOML"),
        ("[expect\n", "not valid TOML"),
        ("block: [basic\n", "not valid YAML"),
        ("stem_kernel: 'a = 3\n", "not valid YAML"),
        ("block = 1\nblock = 2\n", "not valid TOML: cannot overwrite"),
        ("- 1\n", "must have named fields at its top level, found a list"),
        ("resnet50\n", "must have named fields at its top level, found a single value"),
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("# only a comment\n", "is empty"),
        ("---\n", "is empty"),
        ("{}", "is empty"),
    ],
)
def test_standard_input_reports_the_format_that_it_looks_like(text, starts):
    (problem,) = problems_of(lambda: load_stdin(text))
    assert problem.message.startswith(starts)
    assert problem.source == "<stdin>"


@pytest.mark.parametrize("entry", ["file", "folder"])
def test_an_unknown_name_that_is_a_file_says_how_to_read_it(tmp_path, monkeypatch, entry):
    monkeypatch.chdir(tmp_path)
    Path("mynet").touch() if entry == "file" else Path("mynet").mkdir()
    with pytest.raises(UnknownVariantError, match=r"a file 'mynet' is here, but needs one of the suffixes \.toml"):
        load("mynet")


def test_a_mapping_s_problems_have_no_source():
    problems = problems_of({"block": "basci", "stage_blocks": [1], 7: 1})
    assert {(problem.source, problem.line) for problem in problems} == {("", None)}
    assert lines_of(problems) == [
        '- block: must be one of "basic", "bottleneck"; found "basci" (did you mean "basic"?)',
        "- [7]: a field's name must be text, found 7 (a whole number)",
    ]


def test_an_empty_mapping_says_what_a_config_needs():
    assert "needs block and stage_blocks, or base" in lines_of(problems_of({}))[0]


def test_the_message_names_file_line_column_and_field(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.toml").write_text('base = "resnet50"\nstage_blocks = [3, 0]')
    with pytest.raises(ConfigError) as caught:
        load("./net.toml")
    assert str(caught.value) == "./net.toml:2:20: stage_blocks[1]: must be at least 1, found 0"
