"""The JSON Schema takes what ``load`` takes, and refuses what a single field can show to be wrong."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import hypothesis.strategies as st
import jsonschema
import pytest
import tomli
import yaml
from each import for_each
from hypothesis import given
from test_config_quantity import CASES, REFUSED, likely_texts

from resnet_inspect.configs import variants
from resnet_inspect.configs.documents import TABLES
from resnet_inspect.configs.files import load
from resnet_inspect.configs.json_schema import DIALECT, config_schema
from resnet_inspect.configs.numbers import QuantityError
from resnet_inspect.configs.quantity import parse_quantity
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.errors import RequestError

sys.path.append(str(Path(__file__).resolve().parents[1] / "docs"))

from docs_blocks import DOCUMENTS, blocks

SCHEMA = config_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
READERS = {"toml": tomli.loads, "yaml": yaml.safe_load, "json": yaml.safe_load}


def refused(fields):
    return [error.message for error in VALIDATOR.iter_errors(fields)]


def loads(fields):
    """Whether an example is a config; those of other tools' files need not even be a table."""
    try:
        load(fields)
    except RequestError:
        return False
    return True


def test_it_is_a_schema_of_its_dialect():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DIALECT
    assert SCHEMA["title"]


@for_each("name", variants.variant_names())
def test_every_variant_is_valid_in_full_and_by_its_name(name):
    assert refused(load(name).model_dump(mode="json")) == []
    assert refused({"base": name}) == []
    assert refused(variants.variant_fields(name)) == []


EXAMPLES = [
    (f"{path.stem}:{block.start}", block.language, "\n".join(block.lines))
    for path in DOCUMENTS
    for block in blocks(path.read_text("utf-8").split("\n"))
    if block.language in READERS
]


@for_each("place, language, text", EXAMPLES)
def test_an_example_of_the_documents_is_valid_if_it_can_be_loaded(place, language, text):
    del place
    fields = READERS[language](text)
    if loads(fields):
        assert refused(fields) == []


def test_the_documents_have_examples_of_both_kinds():
    good = [loads(READERS[language](text)) for _, language, text in EXAMPLES]
    assert any(good)
    assert len(good) >= 4


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "is not valid under any of the given schemas"),
        ({"name": "x"}, "is not valid under any of the given schemas"),
        ({"block": "basic"}, "is not valid under any of the given schemas"),
        ({"base": "resnet51"}, "is not one of ['resnet18'"),
        ({"base": "resnet50", "grups": 32}, "'grups' was unexpected"),
        ({"base": "resnet50", "groups": "32"}, "is not of type 'integer'"),
        ({"base": "resnet50", "groups": 0}, "less than the minimum of 1"),
        ({"base": "resnet50", "stage_blocks": []}, "should be non-empty"),
        ({"base": "resnet50", "stage_blocks": [1] * 17}, "is too long"),
        ({"base": "resnet50", "stage_blocks": 3}, "is not of type 'array'"),
        ({"base": "resnet50", "input_size": [224]}, "is too short"),
        ({"base": "resnet50", "block": "basci"}, "is not valid under any of the given schemas"),
        ({"base": "resnet50", "block": ["basic", "x"]}, "is not valid under any of the given schemas"),
        ({"base": "resnet50", "output_stride": 12}, "is not one of [4, 8, 16, 32]"),
        ({"base": "resnet50", "avg_down": "yes"}, "is not of type 'boolean'"),
        ({"base": "resnet50", "name": ""}, "should be non-empty"),
        ({"base": "resnet50", "expect": {"depht": 50}}, "'depht' was unexpected"),
        ({"base": "resnet50", "expect": {"depth": 50.5}}, "is not valid under any of the given schemas"),
        ({"base": "resnet50", "expect": {"depth": None}}, "is not valid under any of the given schemas"),
        ({"base": "resnet50", "expect": {"macs": {}}}, "is not valid under any of the given schemas"),
        ({"base": "resnet50", "expect": {"version": "v2"}}, "is not one of ['v1', 'v1.5']"),
        ({"base": "resnet50", "expect": {"stage_shapes": [[1, 2]]}}, "is too short"),
        ({"base": "resnet50", "expect": {"inputs": [[3, 0, 1]]}}, "less than the minimum of 1"),
        ({"base": "resnet50", "expect": 3}, "is not of type 'object'"),
        ({"base": "resnet50", "check": {"ignore": ["E501"]}}, "does not match"),
        ({"base": "resnet50", "conv_widths": [[1]]}, "is not valid under any of the given schemas"),
    ],
)
def test_what_is_wrong_is_refused_here_and_there(fields, word):
    assert not fields or not loads(fields)
    assert any(word in message for message in refused(fields)), refused(fields)


def test_every_expectation_is_valid_as_it_is_written():
    written = {
        "depth": 50, "weighted_layers": 54.0, "conv_layers": {"max": "53 layers"}, "params": "25.6M", "macs": {"min": "4G", "max": 5_000_000_000}, "stride_in": "3x3",
        "version": "v1.5", "stage_shapes": [[256, 56, 56]], "output_shape": [1000], "output_stride": 32,
        "shortcut_convs": 0, "receptive_field": 427, "loads": "resnet50", "inputs": [[3, 224, 224]],
    }  # fmt: skip
    fields = {"base": "resnet50", "expect": written, "check": {"ignore": ["RI1", "ri204", "All", "expected-depth"]}}
    assert set(written) == set(SCHEMA["properties"]["expect"]["properties"])
    assert loads(fields)
    assert refused(fields) == []
    assert refused({"base": "resnet50", "expect": {"receptive_field": [427, 427]}}) == []
    crossed = {"base": "resnet50", "stride_in": "3×3", "expect": {"stride_in": "3×3"}}
    assert loads(crossed)
    assert refused(crossed) == []


AMOUNTS = {"depth": "layers", "shortcut_convs": "layers", "params": "params", "macs": "macs"}
BEYOND_A_SCHEMA = ("no whole number satisfies", "is less than min", "is more than", "allows more than 100 %")
"""Faults of numbers that do not fit each other."""


def the_schema_agrees(field, value):
    """Whether the schema takes what ``parse_quantity`` takes, and beyond it only numbers that do not fit each other."""
    taken = VALIDATOR.evolve(schema=SCHEMA["properties"]["expect"]["properties"][field]).is_valid(value)
    try:
        parse_quantity(value, AMOUNTS[field])
    except QuantityError as error:
        return not taken or all(flaw.message.startswith(BEYOND_A_SCHEMA) for flaw in error.flaws)
    return taken


VALUES = [case[0] for case in (*CASES, *REFUSED) if case[0] != 10**5000]
"""jsonschema cannot print the number that it refuses."""


@for_each("field, value", itertools.product(AMOUNTS, VALUES))
def test_an_amount_is_taken_here_and_there(field, value):
    assert the_schema_agrees(field, value)


numbers = st.integers(-5, 10**19) | st.floats() | st.sampled_from([4.2e9, 1e18, 1.5, True, None]) | likely_texts


@given(
    st.sampled_from(list(AMOUNTS)),
    numbers | st.text(max_size=8) | st.dictionaries(st.sampled_from(["min", "max", "x"]), numbers, max_size=3),
)
def test_any_amount_is_taken_here_and_there(field, value):
    assert the_schema_agrees(field, value)


def test_every_field_is_described_on_one_line():
    assert set(SCHEMA["properties"]) == {*ResNetConfig.model_fields, "base", *TABLES}
    assert list(SCHEMA["properties"])[:2] == ["name", "base"]
    of_tables = [SCHEMA["properties"][name]["properties"] for name in TABLES]
    for field in (field for fields in (SCHEMA["properties"], *of_tables) for field in fields.values()):
        assert len(field["description"]) >= 20
        assert "\n" not in field["description"]
        assert "title" not in field


@for_each("name", ResNetConfig.model_fields)
def test_a_default_is_given_or_explained(name):
    field = SCHEMA["properties"][name]
    if name not in {"block", "stage_blocks"}:
        assert "default" in field or "Defaults to" in field["description"]
