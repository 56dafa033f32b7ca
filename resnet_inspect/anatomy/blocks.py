"""Which operators make a block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from resnet_inspect.anatomy.branches import Branches, branches, gates
from resnet_inspect.anatomy.flow import Segment, segments
from resnet_inspect.anatomy.regions import residual_blocks
from resnet_inspect.trace.records import Op

_JOINTS = frozenset({"add", "cat", "stack"})
_CONTAINERS = frozenset({"", "Sequential", "ModuleList", "ModuleDict"})
"""Classes that say nothing of what is inside."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """One block as a group of operators.

    Attributes:
        path: dotted path of its module; empty if the data flow alone shows it.
        ops: numbers of its operators, in order; what stands before and after its addition in the same module included.
        branches: roles of the operators.
        stage: number of its stage, from 0.
        fork: how many operators of the main branch stand before its segment, where the shortcut begins.
    """

    path: str
    ops: tuple[int, ...]
    branches: Branches
    stage: int = 0
    fork: int = 0


class Found(NamedTuple):
    """The blocks of a network.

    Attributes:
        blocks: in order; their stages are not numbered yet.
        gates: numbers of all operators that only compute a gate, outside blocks too.
        undecided: numbers of the additions that close no block.
    """

    blocks: tuple[Grouping, ...]
    gates: frozenset[int]
    undecided: tuple[int, ...]


def find_blocks(ops: Sequence[Op], alive: Sequence[int], types: Mapping[str, str]) -> Found:
    """Find the blocks, in order.

    A network with no residual block has none, unless it is a plain net, where nothing joins anything: there, a block is
    a numbered module that holds at least two weighted layers directly, and is not just one part of the whole net.

    Args:
        ops: all operators.
        alive: numbers of those whose result reaches an output.
        types: module path -> name of its class.
    """
    residual: list[Grouping] = []
    aside: set[int] = set()
    undecided: list[int] = []
    joins = False
    for segment in segments(ops, alive):
        if len(segment.ops) == 1:
            continue
        found = residual_blocks(ops, segment)
        residual += [_residual(ops, block) for block in found]
        aside.update(residual[-1].branches.attention if found == (segment,) else gates(ops, segment))
        if found != (segment,):
            taken = {number for block in found for number in block.ops}
            joints = [number for number in _joints(ops, segment, aside) if number not in taken]
            undecided += [number for number in joints if ops[number].name == "add"]
            joins = joins or bool(joints)
    if residual:
        blocks = _completed(ops, alive, residual)
        plain = _without_addition(ops, alive, blocks, aside, types)
    else:
        blocks = []
        plain = {} if joins else _numbered(ops, alive)
    blocks += [_plain(path, numbers, aside) for path, numbers in plain.items()]
    return Found(tuple(sorted(blocks, key=_first)), frozenset(aside), tuple(undecided))


def _joints(ops: Sequence[Op], segment: Segment, aside: Collection[int]) -> list[int]:
    """Where several tensors become one in a segment, gates not counted."""
    return [
        number
        for number in segment.ops
        if ops[number].name in _JOINTS and len(set(ops[number].sources)) > 1 and number not in aside
    ]


def _first(block: Grouping) -> int:
    return block.ops[0]


def _residual(ops: Sequence[Op], segment: Segment) -> Grouping:
    found = branches(ops, segment)
    numbers = tuple(sorted((*found.main, *found.shortcut, *found.attention)))
    return Grouping(_common_path([ops[number].module for number in numbers]), numbers, found)


def _plain(path: str, numbers: Sequence[int], aside: Collection[int]) -> Grouping:
    main = tuple(number for number in numbers if number not in aside)
    attention = tuple(number for number in numbers if number in aside)
    return Grouping(path, tuple(numbers), Branches(main, (), attention, "none"))


def _common_path(paths: Sequence[str]) -> str:
    """``layer1.0`` for ``layer1.0.conv1`` and ``layer1.0``."""
    first, last = min(paths).split("."), max(paths).split(".")
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return ".".join(first[:shared])


def _numbered(ops: Sequence[Op], numbers: Sequence[int]) -> dict[str, list[int]]:
    """Modules such as ``layer1.0`` that hold two weighted layers or more, with their operators."""
    weighted = Counter(parent(ops[number].module) for number in numbers if ops[number].weighted)
    paths = {path for path, count in weighted.items() if count >= 2 and _is_numbered(path)}
    members = len(paths) > 1 or any(map(parent, paths))  # one part of the whole net, as VGG's first, is no block
    return _by_owner(ops, numbers, paths.__contains__) if members else {}


def _without_addition(
    ops: Sequence[Op],
    alive: Sequence[int],
    blocks: Sequence[Grouping],
    aside: Collection[int],
    types: Mapping[str, str],
) -> dict[str, list[int]]:
    """Modules that are as the residual blocks are, and have two convolutions or more, but add nothing.

    They stand between residual blocks, in the same module; or are of the same class; or stand in a numbered module
    beside one that holds residual blocks, such as ``blocks.0.0`` beside ``blocks.1.0``.
    """
    taken = {number for block in blocks for number in block.ops}
    paths = {block.path for block in blocks}
    classes = {types.get(path, "") for path in paths} - _CONTAINERS
    containers = {parent(path) for path in paths} - {""}
    lists = {parent(path) for path in containers if _is_numbered(path)} - {""}
    start, end = min(block.ops[0] for block in blocks), max(block.ops[-1] for block in blocks)
    rank = len(ops[blocks[0].ops[-1]].output_shape)

    def is_like_them(path: str) -> bool:
        around = parent(path)
        return types.get(path) in classes or (_is_numbered(around) and parent(around) in lists)

    def is_block(path: str, numbers: Sequence[int]) -> bool:
        convolutions = [number for number in numbers if ops[number].weighted and number not in aside]
        enough = sum(len(ops[number].output_shape) == rank for number in convolutions) > 1
        return enough and path not in paths and (is_like_them(path) or start < numbers[0] < end)

    free = [number for number in alive if number not in taken]
    found = _by_owner(ops, free, lambda path: path in paths or parent(path) in containers or is_like_them(path))
    return {path: numbers for path, numbers in found.items() if is_block(path, numbers)}


def _completed(ops: Sequence[Op], alive: Sequence[int], blocks: Sequence[Grouping]) -> list[Grouping]:
    """Add what a block's module does before and after its segment: a pre-activation, the last ReLU."""
    uses = Counter(block.path for block in blocks)
    taken = {number for block in blocks for number in block.ops}
    free = [number for number in alive if number not in taken]
    paths = {path for path, count in uses.items() if path and count == 1}
    outside = _by_owner(ops, free, paths.__contains__)
    return [_with_main(block, outside[block.path]) if block.path in outside else block for block in blocks]


def _with_main(block: Grouping, added: Sequence[int]) -> Grouping:
    told = block.branches
    main = tuple(sorted((*told.main, *added)))
    ops = tuple(sorted((*block.ops, *added)))
    fork = sum(number < block.ops[0] for number in added)
    return Grouping(block.path, ops, Branches(main, told.shortcut, told.attention, told.kind), fork=fork)


def _by_owner(ops: Sequence[Op], numbers: Sequence[int], wanted: Callable[[str], bool]) -> dict[str, list[int]]:
    """Group operators by the innermost wanted module that they ran in."""
    found: dict[str, list[int]] = {}
    for number in numbers:
        owner = _climb(ops[number].module, wanted)
        if owner:
            found.setdefault(owner, []).append(number)
    return found


def _climb(path: str, wanted: Callable[[str], bool]) -> str:
    """The innermost of ``path`` and the modules around it that is wanted; empty if none is."""
    while path and not wanted(path):
        path = parent(path)
    return path


def parent(path: str) -> str:
    """``layer1`` of ``layer1.0``."""
    return path.rpartition(".")[0]


def _is_numbered(path: str) -> bool:
    return path.rpartition(".")[2].isdigit()
