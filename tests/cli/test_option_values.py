"""How ``--input`` and ``--kwargs`` are written."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from resnet_inspect.console.option_values import parse_arguments, parse_input
from resnet_inspect.errors import RequestError
from resnet_inspect.tracing.inputs import DTYPES, InputSpec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("3x224x224", InputSpec((1, 3, 224, 224))),
        ("8x3x32x32", InputSpec((8, 3, 32, 32))),
        ("3×32×32", InputSpec((1, 3, 32, 32))),
        ("1X3X8X8", InputSpec((1, 3, 8, 8))),
        ("1x16:int64", InputSpec((1, 16), "int64")),
        ("16:bool", InputSpec((16,), "bool")),
        ("3x8x8:float16", InputSpec((3, 8, 8), "float16")),
        ("pixel_values=1x3x64x64", InputSpec((1, 3, 64, 64), "", "pixel_values")),
        ("x=3x64x64", InputSpec((3, 64, 64), "", "x")),
        ("batch.image=1x3x64x64:float32", InputSpec((1, 3, 64, 64), "float32", "batch.image")),
        (" 3x8x8 ", InputSpec((1, 3, 8, 8))),
    ],
)
def test_an_input(text, spec):
    assert parse_input(text) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a shape: write channels x height x width"),
        ("3x224", "an input that is not an image needs its type or name: 1x16:int64, mask=1x16"),
        ("1x3x8x8x8", "is not a shape"),
        ("a=", "is not a shape: write up to 8 sizes, batch included"),
        ("a=1x2x3x4x5x6x7x8x9", "is not a shape"),
        ("a=0x3", "out of range"),
        ("a=16385", "out of range: every number must be from 1 to 16,384"),
        ("=1x3", "has no name before the '='"),
        ("1x3:", "choose a type from float32"),
        ("1x3:float8", "choose a type from float32"),
        ("a=b=1x3", "is not an input: write SHAPE, SHAPE:TYPE or NAME=SHAPE:TYPE"),
        ("1x3:int64:int64", "is not an input"),
        ("\u0661x\u0663x\u0663", "is not a shape"),
        ("a\x1b=1x-3", r"a\\x1b=1x-3' is not a shape"),
    ],
)
def test_what_is_no_input(text, message):
    with pytest.raises(RequestError, match=message):
        parse_input(text)


@given(
    st.lists(st.integers(1, 16_384), min_size=1, max_size=8),
    st.sampled_from(DTYPES),
    st.sampled_from(["", "a", "a.b", "a.0.b"]),
)
def test_what_a_spec_shows_is_read_back(shape, dtype, path):
    spec = InputSpec(tuple(shape), dtype, path)
    assert parse_input(str(spec)) == spec


@given(st.text(max_size=30))
def test_any_text_is_an_input_or_refused(text):
    try:
        spec = parse_input(text)
    except RequestError:
        return
    assert spec.shape


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("50", 50),
        ("-0.5", -0.5),
        ("1_000", 1000),
        ("[3, 4, 6, 3]", [3, 4, 6, 3]),
        ("(1, 2)", (1, 2)),
        ("{'a': 1}", {"a": 1}),
        ("'50'", "50"),
        ("True", True),
        ("true", True),
        ("FALSE", False),
        ("None", None),
        ("null", None),
        ("basic", "basic"),
        ("", ""),
        ("a=b", "a=b"),
        ("__import__('os').getcwd()", "__import__('os').getcwd()"),
        ("1if", "1if"),
        ("(" * 5000, "(" * 5000),
        ("2**9", "2**9"),
    ],
)
def test_an_argument(written, value):
    found = parse_arguments([f"width={written}"])
    assert found == {"width": value}
    assert type(found["width"]) is type(value)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["depth"], "--kwargs 'depth' is not an argument: write NAME=VALUE"),
        (["=3"], "is not an argument"),
        (["a b=3"], "is not an argument"),
        (["1a=3"], "is not an argument"),
        (["a=1", "b=2", "a=1"], "--kwargs a is given twice"),
    ],
)
def test_what_is_no_argument(written, message):
    with pytest.raises(RequestError, match=message):
        parse_arguments(written)
