"""A training checkpoint -> the weights in it, found by structure: no list of names such as ``state_dict``.

A training checkpoint holds the weights, often a running average of them, and the optimizer's state, which is tensors as
well. The weights are the mapping with the most tensors of its own, the first of those; an optimizer's state is known by
the two keys that ``torch.optim`` gives it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from resnet_inspect.checkpoints.formats.limits import MAX_CONTAINERS, MAX_NESTING
from resnet_inspect.checkpoints.formats.torch_globals import Tensor
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import counted, listed

_OPTIMIZER_KEYS = {"state", "param_groups"}


class _Place(NamedTuple):
    """A container, and the keys and indices that lead to it."""

    path: tuple[Any, ...]
    value: Any

    @property
    def name(self) -> str:
        return ".".join(map(str, self.path)) or "the top"


@dataclass(frozen=True, slots=True)
class Weights:
    """What was found.

    Attributes:
        nested: dotted keys that lead to it; empty at the top.
        tensors: name -> tensor.
        notes: what else there was.
    """

    nested: str
    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...]


def find_weights(root: Any) -> Weights:
    """Find the weights in what a pickle describes.

    Raises:
        CheckpointError: if there are none.
    """
    places = list(_places(root))
    found = [(place, tensors) for place in places if (tensors := _tensors(place.value))]
    if not found:
        raise CheckpointError("holds no tensors with names, so no weights of a network")
    best, tensors = max(found, key=lambda place_and_tensors: len(place_and_tensors[1]))
    notes = (
        *_optimizers(place for place in places if _is_optimizer(place.value)),
        *_more_weights([(place, len(others)) for place, others in found if place is not best]),
        *_no_tensors(root, best),
    )
    return Weights(".".join(map(str, best.path)), tensors, notes)


def _places(root: Any) -> Iterator[_Place]:
    """Every container that is not empty, once each, the shallow ones first; nothing below an optimizer's state."""
    waiting = deque([_Place((), root)])
    seen: set[int] = set()
    while waiting:
        place = waiting.popleft()
        if id(place.value) in seen:
            continue
        seen.add(id(place.value))
        if len(seen) > MAX_CONTAINERS:
            raise CheckpointError(
                f"holds more than {MAX_CONTAINERS:,} dicts and lists; in no more are weights looked for"
            )
        yield place
        if len(place.path) < MAX_NESTING and not _is_optimizer(place.value):
            inner = ((key, value) for key, value in _items(place.value) if value and _is_container(value))
            waiting.extend(_Place((*place.path, key), value) for key, value in inner)


def _is_container(value: Any) -> bool:
    """Exactly these types: the records of tensors are tuples too."""
    return type(value) in (dict, list, tuple)


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    if type(value) is dict:
        return value.items()
    return enumerate(value) if _is_container(value) else ()


def _is_optimizer(value: Any) -> bool:
    return type(value) is dict and value.keys() >= _OPTIMIZER_KEYS


def _tensors(value: Any) -> Mapping[str, Tensor]:
    if type(value) is not dict or _is_optimizer(value):
        return {}
    return {key: tensor for key, tensor in value.items() if isinstance(key, str) and isinstance(tensor, Tensor)}


def _optimizers(places: Iterable[_Place]) -> Iterator[str]:
    if names := [place.name for place in places]:
        yield f"the state of an optimizer: {listed(names, limit=60)}"


def _more_weights(others: list[tuple[_Place, int]]) -> Iterator[str]:
    if others:
        count = sum(tensors for _, tensors in others)
        yield f"{counted(count, 'more tensor')}: {listed([place.name for place, _ in others], limit=60)}"


def _no_tensors(root: Any, best: _Place) -> Iterator[str]:
    """Entries that hold nothing to load, on the way to the weights and among them."""
    names: list[str] = []
    value = root
    for step in (*best.path, None):
        beside = ((key, child) for key, child in _items(value) if step is None or key != step)
        names += [str(key) for key, child in beside if not isinstance(child, Tensor) and not _tensors(child)]
        value = value if step is None else value[step]
    if names:
        count = counted(len(names), "entry that is no tensor", "entries that are no tensors")
        yield f"{count}: {listed(names, limit=60)}"
