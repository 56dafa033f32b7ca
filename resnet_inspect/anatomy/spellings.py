"""Spellings of operators: those that compute the same have one canonical form.

Each rule takes an operator and returns its canonical step, or its operand if it has no effect.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import Op, Operand, Scalar

Arguments = tuple[tuple[str, Scalar], ...]

_COMMUTING = frozenset({"add", "mul", "maximum", "minimum", "logical_and", "logical_or", "logical_xor", "eq", "ne"})

_NAMES = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), "convolution"),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), "convolution"),
    **dict.fromkeys(
        ("native_batch_norm", "cudnn_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training"),
        "batch_norm",
    ),
    **dict.fromkeys(
        ("view", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel", "view_as", "reshape_as"),
        "reshape",
    ),
    **dict.fromkeys(
        ("contiguous", "clone", "alias", "detach", "lift_fresh", "positive", "resolve_conj", "resolve_neg"), "nothing"
    ),
    **dict.fromkeys(("relu", "relu6", "hardtanh", "clamp_min", "clamp_max"), "clamp"),
    **dict.fromkeys(("feature_dropout", "alpha_dropout", "feature_alpha_dropout"), "dropout"),
    "native_layer_norm": "layer_norm",
    "sub": "add",
}
"""Name of an operator -> its canonical name; where the arguments differ too, that has a rule."""


class Step(NamedTuple):
    """An operator in canonical form.

    Attributes:
        name: its canonical name.
        arguments: the arguments that change its result.
        operands: as in ``Op``, but with numbers of steps.
        shape: shape of the (first) result.
        dtype: type of the (first) result.
        op: number of the operator that it is made of.
    """

    name: str
    arguments: Arguments
    operands: tuple[Operand, ...]
    shape: Shape
    dtype: str
    op: int

    @property
    def commutes(self) -> bool:
        """``True`` if the order of its operands changes nothing."""
        return self.name in _COMMUTING and dict(self.arguments).get("alpha", 1) == 1


class Case(NamedTuple):
    """An operator that a rule brings into canonical form.

    Attributes:
        op: the operator.
        own: its step as long as no rule applies.
        given: the arguments of that step.
        steps: the steps before, to which the rule may add one that its own reads.
        at_size: ``True`` to join operators that compute the same at this input size only.
    """

    op: Op
    own: Step
    given: dict[str, Scalar]
    steps: list[Step]
    at_size: bool

    @property
    def before(self) -> Shape:
        """Shape of the first operand."""
        return self.op.source_shapes[0]

    def step(self, operand: Operand) -> Step | None:
        """Return the step whose first result an operand is."""
        return self.steps[operand] if isinstance(operand, int) and operand >= 0 else None

    def with_arguments(self, arguments: Mapping[str, Scalar], name: str = "") -> Step:
        """Return the operator's step with other arguments, and perhaps another name."""
        return self.own._replace(name=name or self.own.name, arguments=tuple(arguments.items()))


def _nothing(case: Case) -> Operand:
    return case.own.operands[0]


def _dropout(case: Case) -> Step | Operand:
    return case.own if case.given.get("train", True) else case.own.operands[0]


def _to(case: Case) -> Step | Operand:
    """Leave out a conversion to the same type."""
    source = case.step(case.own.operands[0])
    if source and source.dtype == case.own.dtype:
        return case.own.operands[0]
    return case.own._replace(arguments=(), operands=case.own.operands[:1])


def _resize(case: Case) -> Step | Operand:
    """Leave out a slice, a pad or an expansion that changes nothing: at any size if it says so, or at this one."""
    padded = case.given.get("pad", ())
    moved = case.given.get("step", 1) != 1 or (isinstance(padded, tuple) and any(padded))
    always = case.op.name in _ALWAYS_WHOLE or case.given.get("end", 0) == _TO_THE_END
    keeps = case.own.shape == case.before and (always or case.at_size)
    return case.own.operands[0] if keeps and not moved else case.own


def _reshape(case: Case) -> Step | Operand:
    """Join reshapes in a row; at one size, the shape that they lead to tells all."""
    if "dtype" in case.given:  # the bits of the values, read as another type
        return case.own._replace(name=case.op.name)
    if not case.at_size:
        return case.with_arguments({"size": _wanted_size(case)})
    source, before = case.own.operands[0], case.before
    while (step := case.step(source)) and step.name == "reshape":
        source = step.operands[0]
        before = step_before.shape if (step_before := case.step(source)) else ()
    if before == case.own.shape:
        return source
    return case.own._replace(arguments=(), operands=(source,))


def _wanted_size(case: Case) -> Scalar:
    """Return the wanted sizes, with -1 for the axis that takes the rest; for a squeeze, its name and arguments."""
    if case.op.name == "flatten":
        first, last = case.given["start_dim"], case.given["end_dim"]
        if isinstance(first, int) and isinstance(last, int):
            return (*case.before[:first], -1, *case.before[last + 1 :])
    size = case.given.get("size") or case.given.get("shape")
    return size or (case.op.name, *(argument for argument in case.own.arguments))


def _select(case: Case) -> Step | Operand:
    """Write the choice of the only entry of an axis as a reshape, which it is at one size."""
    axis = case.given["dim"]
    if case.at_size and isinstance(axis, int) and case.before[axis] == 1:
        return _reshape(case._replace(own=case.own._replace(name="reshape")))
    return case.own


def _elementwise(case: Case) -> Step:
    """Leave out the expansion of an operand, which is broadcast anyway."""
    operands = list(case.own.operands)
    for place, operand in enumerate(operands):
        step, others = case.step(operand), [case.step(other) for other in operands if other != operand]
        if step and step.name in _EXPANDING and any(other and other.shape == case.own.shape for other in others):
            operands[place] = step.operands[0]
    return case.own._replace(operands=tuple(operands))


def _sum(case: Case) -> Step:
    """Write a difference as a sum."""
    case = case._replace(own=_elementwise(case))
    if case.op.name != "sub":
        return case.own
    # x - y is x + -1·y; where y is a number, that is negated.
    alpha, other = case.given["alpha"], case.given.get("other")
    if isinstance(other, (int, float)):
        return case.with_arguments({**case.given, "other": -other})
    return case.with_arguments({**case.given, "alpha": -alpha if isinstance(alpha, (int, float)) else alpha})


def _clamp(case: Case) -> Step:
    """Give all functions that cut off values one pair of bounds."""
    if len(case.own.operands) > 1:  # the bounds are tensors
        return case.own._replace(name=case.op.name)
    low = 0 if case.op.name in {"relu", "relu6"} else case.given.get("min_val", case.given.get("min"))
    high = 6 if case.op.name == "relu6" else case.given.get("max_val", case.given.get("max"))
    return case.with_arguments({"min": low, "max": high})


def _interpolation(case: Case) -> Step:
    """At one size, leave out how the size is given, where the scale is that of the sizes."""
    first = len(case.before) - len(case.own.shape[2:])
    scales = case.given.get("scale_factors")
    sizes = zip(case.own.shape[first:], case.before[first:], strict=True)
    exact = not isinstance(scales, tuple) or scales == tuple(after / before for after, before in sizes)
    if not (case.at_size and exact):
        return case.own
    return case.with_arguments(
        {name: value for name, value in case.given.items() if name not in {"output_size", "scale_factors"}}
    )


def _batch_norm(case: Case) -> Step:
    """Say whether the statistics are the running ones or those of the batch."""
    given = dict(case.given)
    training = given.pop("training", not case.op.name.endswith("no_training"))
    return case.with_arguments({**given, "running": not training and "running_mean" not in given})


def _reduction(case: Case) -> Step:
    """Write a mean or maximum over the last axes in the form of a global pool."""
    axes = case.given.get("dim")
    axes = axes if isinstance(axes, tuple) else (axes,)
    first = len(case.before) - len(axes)
    if case.given.get("dtype") is not None or {*axes} != {*range(first, len(case.before))} or first < 1:
        return case.own
    return _global(case, case.own.name, first)


def _pool(case: Case) -> Step | Operand:
    """Write a pool over the whole map as a mean or maximum, and an adaptive pool with equal windows as a plain one."""
    window = case.op.window
    if window is None:
        return case.own
    first = len(case.before) - len(window.kernel)
    whole, left = case.before[first:], case.own.shape[first:]
    plain = not any(window.padding) and case.given.get("divisor_override") is None
    maximum = "max" in case.own.name
    if max(left) == 1 and (window.adaptive or (case.at_size and plain and window.kernel == whole)):
        return _global(case, "amax" if maximum else "mean", first)
    if not case.at_size or (window.adaptive and any(size % out for size, out in zip(whole, left, strict=True))):
        return case.own
    if plain and max(*window.kernel, *window.stride) == 1:
        return case.own.operands[0]
    arguments: dict[str, Scalar] = {"stride": window.stride, "padding": window.padding, "kernel": window.kernel}
    arguments["dilation"] = case.given.get("dilation", window.dilation)
    if not plain:
        arguments |= {name: case.given.get(name) for name in ("count_include_pad", "divisor_override")}
    return case.with_arguments(arguments, "max_pool" if maximum else "avg_pool")


def _global(case: Case, name: str, first: int) -> Step:
    """Return the reduction of all axes from ``first`` on, which are kept with length 1; a reshape drops them."""
    source, whole = case.own.operands[0], case.before
    flat = case.step(source)
    if case.at_size and flat and flat.name == "reshape":
        unflattened = case.step(flat.operands[0])
        if unflattened and unflattened.shape[:first] == whole[:first]:
            source, whole = flat.operands[0], unflattened.shape
    kept = (*whole[:first], *(1 for _ in whole[first:]))
    reduced = Step(name, (("from", first),), (source,), kept, case.own.dtype, case.own.op)
    if case.own.shape == kept:
        return reduced
    case.steps.append(reduced)
    size: Arguments = () if case.at_size else (("size", (*whole[: first - 1], -1)),)
    return case.own._replace(name="reshape", arguments=size, operands=(len(case.steps) - 1,))


Rule = Callable[[Case], Step | Operand]

_EXPANDING = frozenset({"expand", "expand_as", "broadcast_to"})
_INTERPOLATIONS = (
    *("upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d"),
    *("upsample_linear1d", "upsample_bilinear2d", "upsample_bicubic2d", "upsample_trilinear3d"),
)
_POOLS = tuple(f"{kind}_pool{axes}d" for kind in ("avg", "max", "adaptive_avg", "adaptive_max") for axes in (1, 2, 3))

_ALWAYS_WHOLE = frozenset({"pad", "constant_pad_nd"})
_TO_THE_END = 2**63 - 1

_RULES: dict[str, Rule] = {
    "nothing": _nothing,
    "dropout": _dropout,
    "to": _to,
    "reshape": _reshape,
    "select": _select,
    "add": _sum,
    "clamp": _clamp,
    "batch_norm": _batch_norm,
    **dict.fromkeys(("slice", "pad", "constant_pad_nd", *_EXPANDING), _resize),
    **dict.fromkeys(("mul", "div", "maximum", "minimum"), _elementwise),
    **dict.fromkeys(("mean", "amax"), _reduction),
    **dict.fromkeys(_POOLS, _pool),
    **dict.fromkeys(_INTERPOLATIONS, _interpolation),
}
"""Canonical name -> the rule that returns the step, or the operand that the operator returns."""

_FOR_DATA = _RULES.keys() - {"nothing", "dropout", "add", "clamp", "batch_norm", "mul", "div", "maximum", "minimum"}
"""Rules that ask for the shape of the first operand, which is known if that is data."""


def spelling(op: Op, *, data_first: bool) -> tuple[str, Rule | None]:
    """Return the canonical name of an operator and its rule; its own name, if no rule for the other name applies."""
    if "namespace" in dict(op.arguments):
        return f"{dict(op.arguments)['namespace']}::{op.name}", None
    name = _NAMES.get(op.name, op.name)
    if name in _FOR_DATA and not data_first:
        return op.name, None
    return name, _RULES.get(name)
