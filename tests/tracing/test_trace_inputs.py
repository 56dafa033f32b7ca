"""What a forward is given: several inputs, other types, keywords, dicts and lists."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import pytest
import torch
from forwards import Forward, Probe
from hypothesis import given, strategies as st
from torch import nn

from resnet_inspect.errors import RequestError
from resnet_inspect.tracing.inputs import DTYPES, InputSpec, arranged, checked
from resnet_inspect.tracing.pytree import every_tensor
from resnet_inspect.tracing.recorder import trace
from resnet_inspect.tracing.records import MODEL_INPUT


def spec(path="", shape=(1, 3), dtype=""):
    return InputSpec(shape, dtype, path)


@pytest.mark.parametrize(
    ("paths", "positional", "named"),
    [
        (["", ""], ["0", "1"], {}),
        (["image", ""], ["1"], {"image": "0"}),
        (["batch.image", "batch.mask"], [], {"batch": {"image": "0", "mask": "1"}}),
        (["a.b.c", "a.d"], [], {"a": {"b": {"c": "0"}, "d": "1"}}),
        (["samples.1.image", "samples.0.image"], [], {"samples": [{"image": "1"}, {"image": "0"}]}),
    ],
)
def test_every_input_stands_where_its_path_says(paths, positional, named):
    specs = [spec(path) for path in paths]
    assert arranged(specs, [str(number) for number in range(len(specs))]) == (positional, named)


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["3"], "is not an input"),
        (["a..b"], "is not an input"),
        (["a b"], "is not an input"),
        ([".".join("abcdefghi")], "is not an input"),
        (["a", "a"], "given twice"),
        (["a.b", "a"], "holds other inputs"),
        (["a", "a.b"], "is inside another input"),
        (["a.0", "a.2"], "must have the places 0 to 1"),
        (["a.0", "a.b"], "must have the places 0 to 1"),
    ],
)
def test_a_path_that_leads_nowhere(paths, message):
    with pytest.raises(RequestError, match=message):
        checked([spec(path) for path in paths])


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "1 to 64 inputs; found 0"),
        ([spec()] * 65, "found 65"),
        ([spec(), spec(shape=(1, 0))], "whole numbers of 1 or more"),
        ([spec(dtype="float8")], "input type 'float8' is not known: choose from float32"),
    ],
)
def test_inputs_that_are_none(inputs, message):
    with pytest.raises(RequestError, match=message):
        trace(nn.Identity(), inputs=inputs)


@given(st.lists(st.text("ab.01", max_size=6), min_size=1, max_size=4))
def test_any_paths_are_arranged_or_refused(paths):
    specs = [spec(path) for path in paths]
    try:
        positional, named = arranged(specs, [torch.zeros(1) for _ in specs])
    except RequestError:
        return
    assert len(list(every_tensor((positional, named)))) == len(specs)


class Multimodal(nn.Module):
    """Reads an image, words and a dict, and gives a dataclass in a dict."""

    @dataclass
    class Result:
        score: torch.Tensor
        others: tuple

    def __init__(self):
        super().__init__()
        self.image = nn.Conv2d(3, 4, 1)
        self.words = nn.Embedding(10, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, image, words, *, extra):
        pooled = self.image(image).mean((2, 3)) + self.words(words).mean(1)
        assert extra["mask"].dtype is torch.bool
        score = self.head(pooled + extra["more"][0])
        return OrderedDict(result=self.Result(score, (pooled,)))


INPUTS = (
    InputSpec((2, 3, 8, 8)),
    InputSpec((2, 5), "int64"),
    InputSpec((2, 5), "bool", "extra.mask"),
    InputSpec((2, 4), "", "extra.more.0"),
)


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_a_forward_that_takes_and_gives_all_kinds_of_things(device):
    traced = trace(Multimodal(), inputs=INPUTS, device=device)
    assert traced.failure is None
    assert traced.input_shape == (2, 3, 8, 8)
    assert traced.output_shape == (2, 2)
    assert [traced.ops[number].output_shape for number in traced.outputs] == [(2, 2), (2, 4)]
    reading = [op for op in traced.ops if MODEL_INPUT in op.sources]
    assert {op.source_shapes[op.sources.index(MODEL_INPUT)] for op in reading} == {(2, 3, 8, 8), (2, 5), (2, 4)}


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_is_torchs(dtype):
    seen = Probe()
    net = Forward(lambda _, x: seen.put(x.dtype) or x)
    trace(net, inputs=[InputSpec((1, 2), dtype)])
    assert seen.taken() == [getattr(torch, dtype)]


def test_zeros_are_places_in_every_table():
    net = nn.Embedding(1, 4)
    assert trace(net, inputs=[InputSpec((1, 7), "int64")], device="cpu").output_shape == (1, 7, 4)


def test_all_inputs_together_must_fit_off_meta():
    half = InputSpec((1, 2**26 // 2 + 1))
    with pytest.raises(RequestError, match="67,108,866 elements"):
        trace(nn.Identity(), inputs=[half, half], device="cpu")


def test_an_output_that_holds_itself():
    def forward(_, x):
        loop = {"x": x + 1}
        loop["loop"] = [loop]
        return loop

    assert trace(Forward(forward), (1, 2)).output_shape == (1, 2)


def test_a_spec_is_shown_as_it_is_typed():
    assert [str(given) for given in INPUTS[:3]] == ["2×3×8×8", "2×5:int64", "extra.mask=2×5:bool"]
