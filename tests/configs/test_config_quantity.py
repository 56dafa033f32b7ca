"""Amounts: what each way of writing one allows, to the last whole number, and what is no amount."""

from __future__ import annotations

from fractions import Fraction

import hypothesis.strategies as st
import pytest
from each import for_each
from hypothesis import given

from resnet_inspect.configs.numbers import LARGEST, QuantityError, in_short, parse_number
from resnet_inspect.configs.quantity import parse_quantity

UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}

CASES = [
    (50, 50, 50),
    (0, 0, 0),
    (LARGEST, LARGEST, LARGEST),
    ("50", 50, 50),
    ("25557032", 25_557_032, 25_557_032),
    ("25,557,032", 25_557_032, 25_557_032),
    ("25_557_032", 25_557_032, 25_557_032),
    ("25.6M", 25_550_000, 25_650_000),
    (" 25.6 m ", 25_550_000, 25_650_000),
    ("25.60M", 25_595_000, 25_605_000),
    ("26M", 25_500_000, 26_500_000),
    ("25557.032k", 25_557_032, 25_557_032),
    ("0.3k", 250, 350),
    ("0M", 0, 500_000),
    ("4.1G", 4_050_000_000, 4_150_000_000),
    ("4.1B", 4_050_000_000, 4_150_000_000),
    ("4100M", 4_099_500_000, 4_100_500_000),
    ("4.1G ± 1%", 4_059_000_000, 4_141_000_000),
    ("4.1G±1 %", 4_059_000_000, 4_141_000_000),
    ("4.1G +- 1%", 4_059_000_000, 4_141_000_000),
    ("4.1G +/- 0.1%", 4_095_900_000, 4_104_100_000),
    ("50 ± 1", 49, 51),
    ("25.6M ± 0.1M", 25_500_000, 25_700_000),
    ("1 ± 100%", 0, 2),
    ("3k ± 1M", 0, 1_003_000),
    ("0 ± 1M", 0, 1_000_000),
    ("25.6M ± 1000", 25_599_000, 25_601_000),
    ("10 ± 5%", 10, 10),
    ("<= 30M", 0, 30_000_000),
    ("≤30M", 0, 30_000_000),
    ("< 30M", 0, 29_999_999),
    ("< 1.5", 0, 1),
    (">= 20M", 20_000_000, None),
    ("≥ 20M", 20_000_000, None),
    ("> 20M", 20_000_001, None),
    ("> 1.5", 2, None),
    ("20M..30M", 20_000_000, 30_000_000),
    ("20M .. 30.5 M", 20_000_000, 30_500_000),
    ("50..50", 50, 50),
    ("0..30M", 0, 30_000_000),
    ("0,000..30M", 0, 30_000_000),
    ("4.0G-4.2G", 4_000_000_000, 4_200_000_000),
    ("4.0 G – 4.2 G", 4_000_000_000, 4_200_000_000),
    ("4.0G to 4.2G", 4_000_000_000, 4_200_000_000),
    ("4.0G..4,200,000,000", 4_000_000_000, 4_200_000_000),
    ("4e9-4.2e9", 4_000_000_000, 4_200_000_000),
    ("20-30", 20, 30),
    (4.2e9, 4_200_000_000, 4_200_000_000),
    (25.6e6, 25_600_000, 25_600_000),
    (50.0, 50, 50),
    (-0.0, 0, 0),
    (1e18, LARGEST, LARGEST),
    ("4.2e9", 4_200_000_000, 4_200_000_000),
    ("4.2E+9", 4_200_000_000, 4_200_000_000),
    ("1e6", 1_000_000, 1_000_000),
    ("500e-1", 50, 50),
    ("0e999999999", 0, 0),
    ("< 4.2e9", 0, 4_199_999_999),
    ("~4.1G", 4_050_000_000, 4_150_000_000),
    ("≈ 4.1G", 4_050_000_000, 4_150_000_000),
    ("~4.1e9", 4_050_000_000, 4_150_000_000),
    ("~50", 50, 50),
    ("4.2 GMACs", 4_150_000_000, 4_250_000_000),
    ("4.2 MMac", 4_150_000, 4_250_000),
    ("4.2G mult-adds", 4_150_000_000, 4_250_000_000),
    ("25557032 params", 25_557_032, 25_557_032),
    ("25.6Mparams", 25_550_000, 25_650_000),
    ("25.6\u00a0million parameters", 25_550_000, 25_650_000),
    ("3.8 billion", 3_750_000_000, 3_850_000_000),
    ("54 layers", 54, 54),
    ("4.2e9 MACs ± 1%", 4_158_000_000, 4_242_000_000),
    ({"max": 4.2e9}, 0, 4_200_000_000),
    ({"max": "4.2e9"}, 0, 4_200_000_000),
    ({"min": "4 GMACs", "max": "4.2 GMACs"}, 4_000_000_000, 4_200_000_000),
    ({"min": 20, "max": 30}, 20, 30),
    ({"min": "20.5k"}, 20_500, None),
    ({"max": "25.6M"}, 0, 25_600_000),
    ({"min": 7, "max": 7}, 7, 7),
]


@for_each("written, least, most", CASES)
def test_what_is_allowed(written, least, most):
    amount = parse_quantity(written)
    assert (amount.least, amount.most) == (least, most)
    assert least in amount
    assert least - 1 not in amount
    if most is None:
        assert LARGEST**2 in amount
    else:
        assert most in amount
        assert most + 1 not in amount


A_NUMBER = "write a number like"
REFUSED = [
    (True, "found true", A_NUMBER),
    (None, "found null", A_NUMBER),
    ([50], "found a list", A_NUMBER),
    (25.6, "must be a whole number or text, found 25.6", 'with its unit: "25.6k" or "25.6M" or "25.6G"'),
    (4100.5e6 + 0.5, "must be a whole number or text, found 4100500000.5", ""),
    (-4.1e9, "must be 0 to 1,000,000,000,000,000,000, found -4100000000", ""),
    (1e300, "must be 0 to 1,000,000,000,000,000,000, found a number of about 301 digits", ""),
    (float("nan"), "found nan", A_NUMBER),
    (float("inf"), "found inf", A_NUMBER),
    (float("-inf"), "found -inf", A_NUMBER),
    (-1, "must be 0 to 1,000,000,000,000,000,000, found -1", ""),
    (LARGEST + 1, "found 1000000000000000001", ""),
    (10**5000, "found a number of about 5,001 digits", ""),
    ("", 'is not a number: ""', A_NUMBER),
    ("nan", 'is not a number: "nan"', A_NUMBER),
    ("-5", 'is not a number: "-5"', A_NUMBER),
    ("1e", 'is not a number: "1e"', A_NUMBER),
    ("1e400", "is more than 1,000,000,000,000,000,000", ""),
    ("1e999999999", "is more than 1,000,000,000,000,000,000", ""),
    ("1e-999999999", "no whole number satisfies 1e-999999999", ""),
    ("1e" + "9" * 5000, "is not a number", A_NUMBER),
    ("25,6M", 'is not a number: "25,6M"', 'write "25.6M", with a point'),
    ("4.1 GFLOPs", "a multiply-accumulate is one or two", 'write "4.1G" if a MAC was counted as one FLOP, "2.05G" if'),
    ("4.1e9 flop", 'tool by tool: "4.1e9 flop"', 'write "4.1G" if a MAC was counted as one FLOP, "2.05G" if as two'),
    ("<= 7 GFLOPs", 'tool by tool: "<= 7 GFLOPs"', '"7G" if a MAC was counted as one FLOP, "3.5G" if as two'),
    ("4 GFLOPs or so", "a multiply-accumulate is one or two", "half as many where it was counted as two"),
    ("4.0-4.2G", "has a unit at its second number only", 'write "4.0G-4.2G"'),
    ("4.0 to 4.2 GMACs", "has a unit at its second number only", 'write "4.0G to 4.2 GMACs"'),
    ("4.1 ± 0.1G", "has a unit at its second number only", 'write "4.1G ± 0.1G"'),
    ("20..30M", "has a unit at its second number only", 'write "20M..30M"'),
    ("4.2G-4.0G", "no whole number satisfies 4.2G-4.0G", ""),
    ("4.1G-", "is not a number", A_NUMBER),
    ("4.1 Gto", "is not a number", A_NUMBER),
    ("²", "is not a number", A_NUMBER),
    ("٣", "is not a number", A_NUMBER),
    ("4.1G ±", "is not a number", A_NUMBER),
    ("± 1%", "is not a number", A_NUMBER),
    ("4.1G ± 1% ± 1%", "is not a number", A_NUMBER),
    ("1%", "is not a number", A_NUMBER),
    ("50 ± 101%", "allows more than 100 %", ""),
    ("<=", "is not a number", A_NUMBER),
    ("<= <= 5", "is not a number", A_NUMBER),
    ("5 <=", "is not a number", A_NUMBER),
    ("..5", "is not a number", A_NUMBER),
    ("1..2..3", "is not a number", A_NUMBER),
    ("30M..20M", "no whole number satisfies 30M..20M", ""),
    ("1.5", "no whole number satisfies 1.5", 'with its unit: "1.5k" or "1.5M" or "1.5G"'),
    ("< 0", "no whole number satisfies < 0", ""),
    ("9" * 18 + "k", "is more than 1,000,000,000,000,000,000", ""),
    ("9" * 5000, "is not a number", A_NUMBER),
    ("\x1b[31m", 'is not a number: "\\x1b[31m"', A_NUMBER),
    ({}, "needs min, max or both", ""),
]


@for_each("written, message, hint", REFUSED)
def test_what_is_no_amount(written, message, hint):
    with pytest.raises(QuantityError) as refused:
        parse_quantity(written)
    (flaw,) = refused.value.flaws
    assert message in flaw.message
    assert hint in flaw.hint
    assert bool(hint) == bool(flaw.hint)


@pytest.mark.parametrize(
    ("written", "noun", "message"),
    [
        ("25.6M params", "macs", 'counts params, not MACs: "25.6M params"'),
        ("4.2 GMACs", "params", 'counts MACs, not parameters: "4.2 GMACs"'),
        ({"max": "4.2 GMACs"}, "layers", 'counts MACs, not layers: "4.2 GMACs"'),
        ("4.2 GFLOPs", "params", 'counts FLOPs, not params: "4.2 GFLOPs"'),
    ],
)
def test_an_amount_of_something_else_is_refused(written, noun, message):
    with pytest.raises(QuantityError) as refused:
        parse_quantity(written, noun)
    assert [flaw.message for flaw in refused.value.flaws] == [message]


@pytest.mark.parametrize(
    ("number", "short"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (4_100_000_000, "4.1G"),
        (2_050_000_000, "2.05G"),
        (10**12 + 1, "1.000000000001T"),
    ],
)
def test_a_number_in_short_is_the_same_number(number, short):
    assert in_short(number) == short
    assert parse_number(short).value == number


def test_everything_wrong_with_the_limits_comes_at_once():
    with pytest.raises(QuantityError) as refused:
        parse_quantity({"min": "5x", "maximum": 3, "max": -1})
    assert [(flaw.path, flaw.key, flaw.message, flaw.hint) for flaw in refused.value.flaws] == [
        (("maximum",), True, "unknown field", "did you mean max?"),
        (("min",), False, 'is not a number: "5x"', refused.value.flaws[1].hint),
        (("max",), False, "must be 0 to 1,000,000,000,000,000,000, found -1", ""),
    ]
    with pytest.raises(QuantityError) as refused:
        parse_quantity({"min": 3, "max": 2})
    assert [(flaw.path, flaw.message) for flaw in refused.value.flaws] == [(("max",), "is less than min")]


numbers = st.integers(0, 10**12)
spelled_units = st.sampled_from(list(UNITS))


def near(draw, *borders):
    """A number that is likely to be close to a border."""
    border = int(draw(st.sampled_from(borders)))
    return max(0, draw(st.integers(border - 3, border + 3) | numbers))


@given(numbers, st.integers(0, 6), spelled_units)
def test_an_exact_number_meets_what_it_rounds_to(number, decimals, unit):
    step = Fraction(UNITS[unit], 10**decimals)
    if step.denominator > 1:
        return
    half_up = (number + step / 2) // step * step
    half_down = -((-number + step / 2) // step) * step
    for rounded in (half_up, half_down):
        text = f"{rounded // UNITS[unit]}"
        if decimals:
            text += f".{rounded % UNITS[unit] * 10**decimals // UNITS[unit]:0{decimals}}"
        assert parse_number(text + unit).value == rounded
        assert number in parse_quantity(text + unit)


@given(st.data(), st.integers(0, 10**6), st.integers(0, 999), st.sampled_from(["k", "M", "G"]))
def test_and_no_number_that_rounds_to_another(data, whole, decimals, unit):
    text = f"{whole}.{decimals:03}{unit}"
    value, half = Fraction(f"{whole}.{decimals:03}") * UNITS[unit], Fraction(UNITS[unit], 2000)
    number = near(data.draw, value - half, value + half)
    assert (number in parse_quantity(text)) == (abs(number - value) <= half)


@given(st.data(), numbers, st.integers(0, 10_000))
def test_a_tolerance_is_a_share_of_the_number_that_is_written(data, number, hundredths):
    side = Fraction(number * hundredths, 10_000)
    other = near(data.draw, number - side, number + side)
    amount = parse_quantity(f"{number} ± {hundredths / 100:.2f}%")
    assert (other in amount) == (abs(other - number) <= side)


@given(st.data(), numbers, numbers)
def test_signs_and_ranges_are_exact(data, one, two):
    least, most = sorted((one, two))
    number = near(data.draw, least, most)
    for written in (f"{least}..{most}", {"min": least, "max": most}, {"min": f"{least:,}", "max": f"{most:_}"}):
        assert (number in parse_quantity(written)) == (least <= number <= most)
    assert (number in parse_quantity(f"<= {most}")) == (number <= most)
    assert (number in parse_quantity(f">= {least}")) == (number >= least)
    assert (number in parse_quantity(f"> {least}")) == (number > least)
    assert (number in parse_quantity(f"< {most + 1}")) == (number < most + 1)


PIECES = ["0", "4", "30", "1,000", "1_0", ".5", "e9", "E+3", "e-2", "e99", "k", "M", "g", "B", "billion", "MACs", "param",
          "layers", "FLOPs", "~", "≈", "±", "+-", "+/-", "%", "<=", ">", "≥", "..", "-", "–", "to", " ", "\n", "٣", "²"]  # fmt: skip
likely_texts = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)


@given(likely_texts | st.text(alphabet="0123456789.,_ekMG%±+-/<>=~ {}", max_size=30) | st.text(max_size=10))
def test_any_text_is_an_amount_or_refused(text):
    try:
        amount = parse_quantity(text)
    except QuantityError as refused:
        flaws = refused.flaws
    else:
        flaws = ()
    if flaws:
        assert flaws[0].message
        return
    assert amount.most is None or 0 <= amount.least <= amount.most
    assert amount.written
