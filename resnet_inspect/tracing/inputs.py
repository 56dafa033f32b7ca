"""The inputs of a forward: shapes, types and argument paths. Plain Python, so that options are read without torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

from resnet_inspect.arguments import as_int, is_of, several, shown, wrong_type
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, sanitise

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "complex64", "complex128",
    "int64", "int32", "int16", "int8", "uint8", "bool",
)  # fmt: skip
"""The types that an input can have, by torch's names."""

MOST_INPUTS = 64
_MAX_PATH_STEPS = 8
_MAX_ELEMENTS = 2**59
"""torch counts bytes in 63 bits, and an element may have 16 bytes."""

Leaf = TypeVar("Leaf")


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input tensor of a forward.

    Attributes:
        shape: its sizes, batch included.
        dtype: torch's name of its type, such as ``int64``; empty for the type in which the module computes.
        path: the argument of the forward. Empty: the next positional one. ``pixel_values``: the one of that name.
            ``batch.image``: the entry ``image`` of a dict given as ``batch``; a number is an index into a list.
    """

    shape: Shape
    dtype: str = ""
    path: str = ""

    def __str__(self) -> str:
        """Write it as ``--input`` takes it, with ×: ``batch.image=1×3×64×64:float32``."""
        place = f"{self.path}=" if self.path else ""
        return sanitise(place + format_shape(self.shape) + (f":{self.dtype}" if self.dtype else ""))


def image_shape(sizes: Any) -> Shape:
    """Return the shape of an image: three sizes get a batch of 1 before them.

    Raises:
        RequestError: if it is no shape, or has more elements than torch can count.
    """
    shape = shape_of(sizes)
    return (1, *shape) if len(shape) == 3 else shape


def checked(inputs: InputSpec | Iterable[InputSpec]) -> tuple[InputSpec, ...]:
    """Return the inputs after checking them.

    Raises:
        WrongTypeError: if they are not inputs.
        RequestError: if there are none or too many, if one has an impossible shape, type or path, or if there are more
            elements than torch can count.
    """
    found = several(inputs, InputSpec)
    if found is None or not all(isinstance(spec, InputSpec) and isinstance(spec.path, str) for spec in found):
        raise wrong_type("inputs", "a list of inputs, such as [ri.InputSpec((1, 16), 'int64')]", inputs)
    if not 1 <= len(found) <= MOST_INPUTS:
        raise RequestError(f"a forward takes 1 to {MOST_INPUTS} inputs; found {len(found)}")
    specs = tuple(InputSpec(shape_of(spec.shape), _dtype(spec.dtype), spec.path) for spec in found)
    arranged(specs, specs)
    return specs


def arranged(specs: Sequence[InputSpec], leaves: Sequence[Leaf]) -> tuple[list[Leaf], dict[str, Any]]:
    """Arrange one leaf per input as the positional and keyword arguments of the forward.

    Raises:
        RequestError: if a path is malformed, or if two inputs have the same one.
    """
    positional: list[Leaf] = []
    tree: dict[str, Any] = {}
    for spec, leaf in zip(specs, leaves, strict=True):
        if spec.path:
            _set(tree, spec.path, leaf)
        else:
            positional.append(leaf)
    return positional, {name: _with_lists(value, name) for name, value in tree.items()}


class _Branch(dict[str, Any]):
    """A dict of the arrangement itself, as opposed to a leaf that is a dict."""


def _set(tree: dict[str, Any], path: str, leaf: Any) -> None:
    *above, last = steps = path.split(".")
    if not (steps[0].isidentifier() and all(steps) and len(steps) <= _MAX_PATH_STEPS):
        raise RequestError(
            f"input '{sanitise(path)}' is not an input: write the forward's argument, with dots for entries of a "
            "dict or a list, such as pixel_values, batch.image or samples.0.image"
        )
    for step in above:
        tree = tree.setdefault(step, _Branch())
        if not isinstance(tree, _Branch):
            raise RequestError(f"input '{sanitise(path)}' is inside another input")
    if last in tree:
        raise RequestError(f"input '{sanitise(path)}' is given twice, or holds other inputs")
    tree[last] = leaf


def _with_lists(value: Any, path: str) -> Any:
    """Turn every branch whose keys are numbers into a list."""
    if not isinstance(value, _Branch):
        return value
    inside = {key: _with_lists(item, f"{path}.{key}") for key, item in value.items()}
    if not any(key.isdecimal() for key in inside):
        return inside
    places = [str(number) for number in range(len(inside))]
    if set(inside) != set(places):
        raise RequestError(f"the list '{sanitise(path)}' must have the places 0 to {len(inside) - 1}, each once")
    return [inside[place] for place in places]


def shape_of(given: Any) -> Shape:
    """Return the sizes of an input.

    Raises:
        WrongTypeError: if they are not whole numbers.
        RequestError: if one is less than 1, or if there are more elements than torch can count.
    """
    sizes = tuple(map(as_int, several(given, ()) or ()))
    shape = tuple(size for size in sizes if size is not None)
    wanted = "whole numbers of 1 or more, such as (1, 3, 224, 224)"
    if len(shape) < max(len(sizes), 1):
        raise wrong_type("the input shape", wanted, given)
    if min(shape) < 1:
        raise RequestError(f"the input shape must be {wanted}; found {shown(given)}")
    if prod(shape) > _MAX_ELEMENTS:
        raise RequestError(
            f"an input of {format_shape(shape)} has more elements than torch can count; use a smaller one"
        )
    return shape


def _dtype(name: Any) -> str:
    """Return torch's name of a type, given as a name or as a ``torch.dtype``."""
    if not isinstance(name, str) and not is_of("torch", "dtype", name):
        raise wrong_type("the type of an input", "one of torch's, such as 'int64'", name)
    known = str(name).removeprefix("torch.")
    if known and known not in DTYPES:
        raise RequestError(f"input type '{sanitise(known, 60)}' is not known: choose from {', '.join(DTYPES)}")
    return known
