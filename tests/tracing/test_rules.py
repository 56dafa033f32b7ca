"""Rules never contradict torch: on random arguments, right and wrong, what they answer is what torch gives on CPU.

What they do not answer is left to torch, so that silence cannot be wrong; ``test_rules_plain.py`` says where they speak.
"""

from __future__ import annotations

import functools

import torch
from hypothesis import given, settings, strategies as st
from rule_answers import rule_answer, torch_answer

aten = torch.ops.aten

DTYPES = st.sampled_from(
    [torch.float32] * 20 + [torch.float64, torch.bfloat16, torch.int64, torch.complex64, torch.bool]
)
LAYOUTS = st.sampled_from(["rows"] * 20 + ["channels last", "transposed", "every second", "expanded", "first of two"])
NUMBERS = st.integers(-1, 4)


def agree(func, args):
    answer = rule_answer(func, args)
    if answer is not None:
        expected = torch_answer(func, args)
        if "not implemented for" not in expected:  # a type that the CPU lacks, and the meta device has
            assert answer == expected, [a.shape if isinstance(a, torch.Tensor) else a for a in args]


@st.composite
def laid_out(draw, shape, dtype=torch.float32, layouts=LAYOUTS):
    """A tensor of ``shape``, not always row by row."""
    layout = draw(layouts)
    if layout == "channels last" and len(shape) in {4, 5}:
        form = torch.channels_last if len(shape) == 4 else torch.channels_last_3d
        return torch.ones(shape, dtype=dtype).contiguous(memory_format=form)
    if layout == "transposed" and len(shape) > 1:
        return torch.ones(shape[::-1], dtype=dtype).permute(*reversed(range(len(shape))))
    if layout == "every second" and shape:
        return torch.ones((*shape[:-1], shape[-1] * 2), dtype=dtype)[..., ::2]
    if layout == "expanded" and shape and shape[0]:
        return torch.ones((1, *shape[1:]), dtype=dtype).expand(shape)
    if layout == "first of two" and len(shape) > 1:
        return torch.ones((shape[0], 2 * shape[1], *shape[2:]), dtype=dtype)[:, : shape[1]]
    return torch.ones(shape, dtype=dtype)


@functools.lru_cache(maxsize=100)  # a strategy that is made anew for each example is also checked anew
def mostly(good, bad):
    """One value in thirty may be wrong: of the many that make a call, few are then wrong at once."""
    return st.integers(0, 29).flatmap(lambda number: bad if number == 29 else good)


@functools.cache
def steps(axes, low, high):
    """As torch passes them: a list per axis, or of one, or of a wrong length."""
    good = st.lists(st.integers(low, high), min_size=axes, max_size=axes)
    return mostly(good | st.lists(st.integers(low, high), min_size=1, max_size=1), st.lists(NUMBERS, max_size=4))


@functools.cache
def sizes(axes, low=1, high=9):
    return st.lists(st.integers(low, high), min_size=axes, max_size=axes).map(tuple)


@st.composite
def convolutions(draw):
    axes = draw(st.integers(1, 3))
    groups = draw(mostly(st.integers(1, 3), NUMBERS))
    per_group, times = draw(mostly(st.integers(1, 3), st.integers(0, 3))), draw(mostly(st.integers(1, 3), NUMBERS))
    kernel = draw(sizes(axes, 1, 3) | sizes(axes, 0, 3))
    out_channels = max(0, max(groups, 1) * times)
    weight_axes = draw(mostly(st.just(kernel), sizes(2, 1, 2)))
    weight = draw(laid_out((out_channels + draw(mostly(st.just(0), st.just(1))), per_group, *weight_axes)))
    batch = draw(mostly(st.just((draw(st.integers(1, 2)),)), st.sampled_from([(), (0,), (1, 1)])))
    channels = max(0, per_group * max(groups, 1)) + draw(mostly(st.just(0), st.just(1)))
    source = draw(laid_out((*batch, channels, *draw(sizes(axes) | sizes(axes, 0, 9))), draw(DTYPES)))
    if draw(mostly(st.just(True), st.just(False))):
        weight = weight.to(source.dtype)
    bias_shape = draw(mostly(st.sampled_from([None, weight.shape[:1]]), st.sampled_from([(1,), (), (out_channels, 1)])))
    bias = None if bias_shape is None else torch.ones(bias_shape, dtype=weight.dtype)
    args = [source, weight, bias, draw(steps(axes, 1, 3)), draw(steps(axes, 0, 2)), draw(steps(axes, 1, 2)), groups]
    return getattr(aten, f"conv{axes}d").default, args[: draw(st.sampled_from([7, 7, 6, 5, 4, 3, 2]))]


@settings(max_examples=200)
@given(convolutions())
def test_convolutions_never_contradict_torch(call):
    agree(*call)


@st.composite
def linear_layers(draw):
    features = draw(st.integers(0, 3))
    source = draw(laid_out((*draw(sizes(draw(st.integers(0, 3)), 0, 3)), features), draw(DTYPES)))
    if draw(mostly(st.just(False), st.just(True))):
        source = torch.ones(())
    rows = draw(mostly(st.just((draw(st.integers(0, 3)),)), st.sampled_from([(), (2, 2)])))
    weight = draw(
        laid_out((*rows, features + draw(mostly(st.just(0), st.just(1)))), draw(mostly(st.just(source.dtype), DTYPES)))
    )
    bias_shape = draw(mostly(st.sampled_from([None, rows]), st.sampled_from([(), (1,), (2,), (1, 2)])))
    return aten.linear.default, [
        source,
        weight,
        None if bias_shape is None else torch.ones(bias_shape, dtype=weight.dtype),
    ]


@settings(max_examples=120)
@given(linear_layers())
def test_linear_layers_never_contradict_torch(call):
    agree(*call)


@st.composite
def pools(draw):
    axes = draw(st.integers(1, 3))
    batch = draw(mostly(st.just((1, 2)), st.sampled_from([(), (2,), (0, 2), (1, 0), (1, 1, 1)])))
    source = draw(laid_out((*batch, *draw(sizes(axes) | sizes(axes, 0, 9))), draw(DTYPES)))
    kernel, stride = draw(steps(axes, 1, 4)), draw(st.just([]) | steps(axes, 1, 3))
    padding, ceil_mode = draw(steps(axes, 0, 2)), draw(st.booleans())
    if draw(st.booleans()):
        args = [source, kernel, stride, padding, draw(steps(axes, 1, 2)), ceil_mode]
        return getattr(aten, f"max_pool{axes}d").default, args[: draw(st.integers(2, 6))]
    args = [source, kernel, stride, padding, ceil_mode, draw(st.booleans())]
    if axes > 1:
        args.append(draw(st.sampled_from([None, 3, 0])))
    return getattr(aten, f"avg_pool{axes}d").default, args[: draw(st.integers(2, len(args)))]


@settings(max_examples=200)
@given(pools())
def test_pools_never_contradict_torch(call):
    agree(*call)


@st.composite
def adaptive_pools(draw):
    axes = draw(st.integers(1, 3))
    batch = draw(mostly(st.just((2, 2)), st.sampled_from([(2,), (0, 2), (1, 0), (1, 1), ()])))
    source = draw(laid_out((*batch, *draw(sizes(axes) | sizes(axes, 0, 3))), draw(DTYPES)))
    return getattr(aten, f"adaptive_avg_pool{axes}d").default, [source, draw(steps(axes, 1, 12))]


@settings(max_examples=120)
@given(adaptive_pools())
def test_adaptive_pools_never_contradict_torch(call):
    agree(*call)


@st.composite
def batch_norms(draw):
    source = draw(laid_out(draw(sizes(draw(st.integers(0, 4)), 0, 4)), draw(DTYPES)))
    channels = source.shape[1] if source.dim() > 1 else 1
    dtype = draw(mostly(st.just(source.dtype), DTYPES))

    def vector():
        size = draw(mostly(st.just(channels), st.integers(0, 4)))
        return draw(mostly(st.just(torch.ones(size, dtype=dtype)), st.just(None)))

    vectors = [vector() for _ in range(4)]
    training = draw(mostly(st.just(False), st.just(True)))
    return aten.batch_norm.default, [source, *vectors, training, 0.1, 1e-5, True]


@settings(max_examples=120)
@given(batch_norms())
def test_batch_norms_never_contradict_torch(call):
    agree(*call)


@st.composite
def group_norms(draw):
    source = draw(laid_out(draw(sizes(draw(st.integers(0, 4)), 0, 6)), draw(DTYPES)))
    channels = source.shape[1] if source.dim() > 1 else 1
    dtype = draw(mostly(st.just(source.dtype), DTYPES))

    def vector():
        size = draw(mostly(st.just(channels), st.integers(0, 4)))
        return draw(mostly(st.just(torch.ones(size, dtype=dtype)), st.just(None)))

    groups = draw(st.sampled_from([1, 2, 3, channels]) | NUMBERS)
    return aten.group_norm.default, [source, groups, vector(), vector(), 1e-5, True]


@settings(max_examples=120)
@given(group_norms())
def test_group_norms_never_contradict_torch(call):
    agree(*call)


@st.composite
def activations(draw):
    names = ["relu", "relu_", "sigmoid", "sigmoid_", "silu", "silu_", "gelu", "hardtanh", "hardtanh_"]
    names += ["hardswish", "hardswish_", "leaky_relu", "leaky_relu_", "mish", "mish_"]
    source = draw(laid_out(draw(sizes(draw(st.integers(0, 4)), 0, 3)), draw(DTYPES)))
    return getattr(aten, draw(st.sampled_from(names))).default, [source]


@settings(max_examples=180)
@given(activations())
def test_activations_never_contradict_torch(call):
    agree(*call)


@st.composite
def sums(draw):
    left = draw(sizes(draw(st.integers(0, 4)), 0, 3))
    ones = draw(st.lists(st.booleans(), min_size=len(left), max_size=len(left)))
    right = tuple(1 if one else size for size, one in zip(left, ones, strict=True))
    right = draw(mostly(st.sampled_from([left, right]), sizes(draw(st.integers(0, 4)), 0, 3)))
    operands = [draw(laid_out(shape, draw(DTYPES))) for shape in draw(st.permutations([left, right]))]
    operands = draw(mostly(st.just(operands), st.sampled_from([[operands[0], 2], [2.5, operands[1]]])))
    return getattr(aten, draw(st.sampled_from(["add", "mul", "add_", "mul_"]))).Tensor, operands


@settings(max_examples=200)
@given(sums())
def test_sums_never_contradict_torch(call):
    func, args = call
    if isinstance(args[0], float) and func in {aten.add_.Tensor, aten.mul_.Tensor}:
        return  # torch cannot be asked to write into a number
    agree(func, args)


@st.composite
def flattenings(draw):
    source = draw(laid_out(draw(sizes(draw(st.integers(0, 4)), 0, 3)), draw(DTYPES)))
    args = [source, draw(st.integers(-6, 6)), draw(st.integers(-6, 6))]
    return aten.flatten.using_ints, args[: draw(st.integers(1, 3))]


@settings(max_examples=120)
@given(flattenings())
def test_flattenings_never_contradict_torch(call):
    agree(*call)
