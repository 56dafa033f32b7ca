"""Rules for linear layers and matrix products."""

from __future__ import annotations

from functools import partial
from math import prod

from resnet_inspect.trace.records import Weights
from resnet_inspect.trace.rule import Answer, Arguments, Geometry, Ran, Rule, argument


def linear() -> Rule:
    """input, weight, bias=None."""
    return Rule(_linear_answer, _linear_geometry, weight=(1,))


def product() -> Rule:
    """Matrices a, b: a @ b. Either may be the weight."""
    return Rule(None, partial(_product_geometry, 0), weight=(1, 0))


def biased_product() -> Rule:
    """bias, matrices a, b: bias + a @ b."""
    return Rule(None, partial(_product_geometry, 1), weight=(2, 1))


def _linear_answer(args: Arguments) -> Answer | None:
    size, weight, bias = args[0].shape, args[1].shape, argument(args, 2, None)
    if len(weight) != 2 or not size or size[-1] != weight[1] or min(*size, *weight) < 1:
        return None
    if bias is not None and bias.shape != weight[:1]:
        return None
    shape = (*size[:-1], weight[0])
    return shape, _linear_geometry(Ran(args, shape, 1))


def _linear_geometry(ran: Ran) -> Geometry:
    weight = tuple(ran.args[1].shape)
    out_features, in_features = weight if len(weight) == 2 else (1, *weight)
    weights = Weights(in_features, out_features, 1, argument(ran.args, 2, None) is not None)
    return Geometry(weights=weights, macs=prod(ran.output) * in_features)


def _product_geometry(first: int, ran: Ran) -> Geometry:
    """The features that come out are the columns of b, or, where a is the weight, its rows."""
    a, b = (tuple(tensor.shape) for tensor in ran.args[first : first + 2])
    features = a[:-1] if ran.weight == first else b[1:]
    return Geometry(
        weights=Weights(a[-1], features[-1] if features else 1, 1, bias=first > 0), macs=prod(ran.output) * a[-1]
    )
