"""Find the weights in a training checkpoint by its structure, without a list of names such as ``state_dict``.

A training checkpoint holds the weights, often a running average of them, and the optimizer's state, which consists of
tensors as well. The weights are the first of the mappings with the most tensors; a mapping that holds a ResNet goes
before others. An optimizer's state is recognised by the two keys that ``torch.optim`` gives it.

A pickle may refer to one object any number of times, so that a small file describes a vast tree. Each container is
therefore visited once, and remembered by its ``id``.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from resnet_inspect.checkpoints.checkpoint import NOT_READ
from resnet_inspect.checkpoints.readers.files import MAX_CONTAINERS, MAX_NAME, MAX_NESTING, MAX_NETWORKS
from resnet_inspect.checkpoints.readers.torch_globals import Skipped, Tensor
from resnet_inspect.checkpoints.translate import is_behind, networks
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import join_names, pluralise, sanitise

_OPTIMIZER_KEYS = {"state", "param_groups"}
_PACKED = 4
"""Parts of a tuple that are searched for an unread tensor; a quantized layer packs two."""


class _Container(NamedTuple):
    """A dict, list or tuple, and the keys and indices that lead to it."""

    path: tuple[Any, ...]
    value: Any

    @property
    def name(self) -> str:
        return self.dotted or "at the top level"

    @property
    def dotted(self) -> str:
        return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """The weights of a training checkpoint.

    Attributes:
        nested: dotted keys that lead to them; empty at the top.
        tensors: name -> tensor.
        notes: sentences about the other entries.
        elsewhere: keys and prefixes of networks in other mappings.
    """

    nested: str
    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...]
    elsewhere: tuple[str, ...]


class _Mapping(NamedTuple):
    """A dict with tensors, and the keys and prefix of each ResNet among them."""

    container: _Container
    tensors: Mapping[str, Tensor]
    networks: tuple[str, ...]

    def rank(self, chosen: str) -> tuple[bool, bool, int]:
        """Return the key of an order: the network chosen, then mappings with a ResNet, then those with most tensors."""
        return any(is_behind(path, chosen) for path in self.networks), bool(self.networks), len(self.tensors)


def find_weights(root: Any, chosen: str = "") -> FoundWeights:
    """Find the weights in the value that a pickle describes.

    Args:
        root: the value that ``read_pickle`` returns.
        chosen: keys or prefix of the network wanted; empty for any.

    Raises:
        CheckpointError: if there are none.
    """
    containers = list(_containers(root))
    found = _mappings(containers)
    if not found:
        raise CheckpointError("holds no named tensors, so no network weights")
    best = max(found, key=lambda mapping: mapping.rank(chosen))
    others = [mapping for mapping in found if mapping is not best]
    notes = (
        *_optimizers(container for container in containers if _is_optimizer(container.value)),
        *_more_weights(others),
        *_skipped(root, best.container, {id(mapping.container.value) for mapping in found}),
    )
    elsewhere = tuple(path for mapping in others for path in mapping.networks)
    return FoundWeights(best.container.dotted, best.tensors, notes, elsewhere)


def _mappings(containers: Iterable[_Container]) -> list[_Mapping]:
    found: list[_Mapping] = []
    count = 0
    for container in containers:
        if tensors := _tensors(container.value):
            found.append(_mapping(container, tensors))
            count += len(found[-1].networks)
            if count > MAX_NETWORKS:
                raise CheckpointError(f"holds more than {MAX_NETWORKS:,} networks; no more are told apart")
    return found


def _mapping(container: _Container, tensors: Mapping[str, Tensor]) -> _Mapping:
    if len(longest := max(tensors, key=len)) > MAX_NAME:
        raise CheckpointError(
            f"tensor '{sanitise(longest, 60)}' has a name of {len(longest):,} characters; at most {MAX_NAME:,} are read"
        )
    within = f"{container.dotted}." if container.path else ""
    return _Mapping(container, tensors, tuple(f"{within}{prefix}" for prefix in networks(tensors)))


def _containers(root: Any) -> Iterator[_Container]:
    """Yield each container that is not empty once, breadth first, except for those inside an optimizer's state."""
    waiting = deque([_Container((), root)])
    seen = {id(root)}
    while waiting:
        container = waiting.popleft()
        yield container
        if len(container.path) == MAX_NESTING or _is_optimizer(container.value):
            continue
        room = MAX_NAME - len(container.dotted)
        for key, value in _items(container.value):
            if value and _is_container(value) and id(value) not in seen and len(str(key)) < room:
                seen.add(id(value))
                waiting.append(_Container((*container.path, key), value))
        if len(seen) > MAX_CONTAINERS:
            raise CheckpointError(
                f"holds more than {MAX_CONTAINERS:,} dicts and lists; weights are not looked for beyond that"
            )


def _is_container(value: Any) -> bool:
    """Return whether it is of exactly one of these types: the records of tensors are tuples as well."""
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


def _optimizers(containers: Iterable[_Container]) -> Iterator[str]:
    if names := [container.name for container in containers]:
        yield f"the state of an optimizer: {join_names(names, limit=60)}"


def _more_weights(others: list[_Mapping]) -> Iterator[str]:
    if others:
        count = sum(len(mapping.tensors) for mapping in others)
        names = [mapping.container.name for mapping in others]
        yield f"{pluralise(count, 'more tensor')}: {join_names(names, limit=60)}"


def _skipped(root: Any, best: _Container, mappings: Collection[int]) -> Iterator[str]:
    """Yield notes on the entries without weights, in the containers from ``root`` to ``best``.

    Args:
        root: the outermost container.
        best: the mapping that holds the weights.
        mappings: the ``id`` of each mapping that holds tensors.
    """
    unread: list[str] = []
    plain: list[str] = []
    value = root
    for step in (*best.path, None):
        others = ((key, child) for key, child in _items(value) if step is None or key != step)
        for key, child in others:
            if kind := _unread_tensor(child):
                unread.append(f"{key} ({kind})")
            elif not isinstance(child, Tensor) and id(child) not in mappings:
                plain.append(_with_class(key, child))
        value = value if step is None else value[step]
    if unread:
        yield f"{pluralise(len(unread), 'tensor')} {NOT_READ}: {join_names(unread, limit=60)}"
    if plain:
        count = pluralise(len(plain), "entry that is not a tensor", "entries that are not tensors")
        yield f"{count}: {join_names(plain, limit=60)}"


def _unread_tensor(value: Any) -> str:
    """Return the kind of unread tensor that a value is, or that the packed parameters of a quantized layer hold."""
    values = value[:_PACKED] if type(value) is tuple else (value,)
    return next((part.unread_tensor for part in values if isinstance(part, Skipped) and part.unread_tensor), "")


def _with_class(key: Any, value: Any) -> str:
    title = value.title if isinstance(value, Skipped) else ""
    return f"{key} ({title})" if title else str(key)
