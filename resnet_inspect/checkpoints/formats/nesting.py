"""A training checkpoint -> the weights in it, found by structure: no list of names such as ``state_dict``.

A training checkpoint holds the weights, often a running average of them, and the optimizer's state, which is tensors as
well. The weights are the mapping with the most tensors of its own, the first of those; one that holds a ResNet goes
before others. An optimizer's state is known by the two keys that ``torch.optim`` gives it.

A pickle may refer to one object any number of times, so that a small file describes a vast tree. Each container is
therefore looked into once, and what is known of it is kept by its ``id``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from resnet_inspect.checkpoints.formats.limits import MAX_CONTAINERS, MAX_NAME, MAX_NESTING, MAX_NETWORKS
from resnet_inspect.checkpoints.formats.torch_globals import Passed, Tensor
from resnet_inspect.checkpoints.prefixes import is_behind
from resnet_inspect.checkpoints.records import NOT_READ
from resnet_inspect.checkpoints.translate import networks
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import counted, listed, sanitise

_OPTIMIZER_KEYS = {"state", "param_groups"}
_PACKED = 4
"""Parts of a tuple in which an unread tensor is looked for; a quantized layer packs two."""


class _Place(NamedTuple):
    """A container, and the keys and indices that lead to it."""

    path: tuple[Any, ...]
    value: Any

    @property
    def name(self) -> str:
        return self.dotted or "at the top level"

    @property
    def dotted(self) -> str:
        return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class Weights:
    """What was found.

    Attributes:
        nested: dotted keys that lead to it; empty at the top.
        tensors: name -> tensor.
        notes: what else there was.
        elsewhere: what leads to networks in other mappings.
    """

    nested: str
    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...]
    elsewhere: tuple[str, ...]


class _Mapping(NamedTuple):
    """Tensors with names, where they stand, and what leads to each ResNet among them."""

    place: _Place
    tensors: Mapping[str, Tensor]
    networks: tuple[str, ...]

    def rank(self, chosen: str) -> tuple[bool, bool, int]:
        """The largest is taken: what was chosen, then what holds a ResNet, then what has the most tensors."""
        return any(is_behind(path, chosen) for path in self.networks), bool(self.networks), len(self.tensors)


def find_weights(root: Any, chosen: str = "") -> Weights:
    """Find the weights in what a pickle describes.

    Args:
        root: what ``read_pickle`` gives.
        chosen: what leads to the network that is wanted; empty for any.

    Raises:
        CheckpointError: if there are none.
    """
    places = list(_places(root))
    found = _mappings(places)
    if not found:
        raise CheckpointError("holds no named tensors, so no network weights")
    best = max(found, key=lambda mapping: mapping.rank(chosen))
    others = [mapping for mapping in found if mapping is not best]
    notes = (
        *_optimizers(place for place in places if _is_optimizer(place.value)),
        *_more_weights(others),
        *_passed_over(root, best.place, {id(mapping.place.value) for mapping in found}),
    )
    elsewhere = tuple(path for mapping in others for path in mapping.networks)
    return Weights(best.place.dotted, best.tensors, notes, elsewhere)


def _mappings(places: Iterable[_Place]) -> list[_Mapping]:
    found: list[_Mapping] = []
    count = 0
    for place in places:
        if tensors := _tensors(place.value):
            found.append(_mapping(place, tensors))
            count += len(found[-1].networks)
            if count > MAX_NETWORKS:
                raise CheckpointError(f"holds more than {MAX_NETWORKS:,} networks; no more are told apart")
    return found


def _mapping(place: _Place, tensors: Mapping[str, Tensor]) -> _Mapping:
    if len(longest := max(tensors, key=len)) > MAX_NAME:
        raise CheckpointError(
            f"tensor '{sanitise(longest, 60)}' has a name of {len(longest):,} characters; at most {MAX_NAME:,} are read"
        )
    within = f"{place.dotted}." if place.path else ""
    return _Mapping(place, tensors, tuple(f"{within}{prefix}" for prefix in networks(tensors)))


def _places(root: Any) -> Iterator[_Place]:
    """Every container that is not empty, once each, the shallow ones first; nothing below an optimizer's state."""
    waiting = deque([_Place((), root)])
    seen = {id(root)}
    while waiting:
        place = waiting.popleft()
        yield place
        if len(place.path) == MAX_NESTING or _is_optimizer(place.value):
            continue
        room = MAX_NAME - len(place.dotted)
        for key, value in _items(place.value):
            if value and _is_container(value) and id(value) not in seen and len(str(key)) < room:
                seen.add(id(value))
                waiting.append(_Place((*place.path, key), value))
        if len(seen) > MAX_CONTAINERS:
            raise CheckpointError(
                f"holds more than {MAX_CONTAINERS:,} dicts and lists; weights are not looked for beyond that"
            )


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


def _more_weights(others: list[_Mapping]) -> Iterator[str]:
    if others:
        count = sum(len(mapping.tensors) for mapping in others)
        names = [mapping.place.name for mapping in others]
        yield f"{counted(count, 'more tensor')}: {listed(names, limit=60)}"


def _passed_over(root: Any, best: _Place, mappings: Collection[int]) -> Iterator[str]:
    """Name the entries that hold nothing to load, on the way to the weights and among them.

    Args:
        root: where the way begins.
        best: where it ends.
        mappings: the ``id`` of each mapping that holds tensors.
    """
    unread: list[str] = []
    plain: list[str] = []
    value = root
    for step in (*best.path, None):
        beside = ((key, child) for key, child in _items(value) if step is None or key != step)
        for key, child in beside:
            if kind := _unread_tensor(child):
                unread.append(f"{key} ({kind})")
            elif not isinstance(child, Tensor) and id(child) not in mappings:
                plain.append(_with_class(key, child))
        value = value if step is None else value[step]
    if unread:
        yield f"{counted(len(unread), 'tensor')} {NOT_READ}: {listed(unread, limit=60)}"
    if plain:
        count = counted(len(plain), "entry that is not a tensor", "entries that are not tensors")
        yield f"{count}: {listed(plain, limit=60)}"


def _unread_tensor(value: Any) -> str:
    """What kind of tensor it is, or holds, as a quantized layer's packed weight and bias do; empty for none."""
    values = value[:_PACKED] if type(value) is tuple else (value,)
    return next((part.unread_tensor for part in values if isinstance(part, Passed) and part.unread_tensor), "")


def _with_class(key: Any, value: Any) -> str:
    title = value.title if isinstance(value, Passed) else ""
    return f"{key} ({title})" if title else str(key)
