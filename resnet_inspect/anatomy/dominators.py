"""Operators that every path between two others passes, and the closed parts of the graph."""

from collections.abc import Mapping, Sequence

_END = -2
"""The end of all paths, behind the outputs."""


class Tree:
    """A tree that grows leaf by leaf, in which the nearest common ancestor of two nodes takes logarithmic time.

    Every node knows its parent and, farther up, one ancestor to jump to.

    Attributes:
        parents: node -> parent; the root is its own.
        depths: node -> distance to the root.
        jumps: node -> the ancestor to jump to. Nodes of one depth jump equally far.
    """

    def __init__(self, root: int) -> None:
        self.parents = {root: root}
        self.jumps = {root: root}
        self.depths = {root: 0}

    def add(self, node: int, parent: int) -> None:
        """Add a leaf."""
        jump, depths = self.jumps[parent], self.depths
        double = depths[parent] - depths[jump] == depths[jump] - depths[self.jumps[jump]]
        self.parents[node] = parent
        self.jumps[node] = self.jumps[jump] if double else parent
        depths[node] = depths[parent] + 1

    def common(self, one: int, two: int) -> int:
        """Return the nearest common ancestor of two nodes, which may be one of them."""
        parents, jumps, depths = self.parents, self.jumps, self.depths
        while one != two:
            if depths[one] < depths[two]:
                one, two = two, one
            if depths[one] > depths[two]:
                one = jumps[one] if depths[jumps[one]] >= depths[two] else parents[one]
            elif jumps[one] != jumps[two]:
                one, two = jumps[one], jumps[two]
            else:
                one, two = parents[one], parents[two]
        return one

    def common_of(self, nodes: Sequence[int]) -> int:
        """Return the nearest common ancestor of several nodes."""
        first, *others = nodes
        for other in others:
            first = self.common(first, other)
        return first


def dominators(flow: Sequence[tuple[int, ...]], entry: int, inside: Sequence[int]) -> Tree:
    """Return the tree of forks: the parent of an operator is the last one that every path to it passes.

    Args:
        flow: the sources of each operator.
        entry: the operator that all paths begin with.
        inside: numbers of the operators behind it, in order.
    """
    tree = Tree(entry)
    for number in inside:
        tree.add(number, tree.common_of(flow[number]))
    return tree


def _post_dominators(flow: Sequence[tuple[int, ...]], inside: Sequence[int]) -> Tree:
    """Return the tree in which the parent of an operator is the first one that every path from it passes."""
    tree = Tree(_END)
    readers: dict[int, list[int]] = {}
    for number in inside:
        for source in flow[number]:
            readers.setdefault(source, []).append(number)
    for number in reversed(inside):
        tree.add(number, tree.common_of(readers.get(number, (_END,))))
    return tree


def closed_forks(flow: Sequence[tuple[int, ...]], entry: int, inside: Sequence[int]) -> Mapping[int, int]:
    """Return number -> fork, for each operator that closes a region: no other one reads what lies between the two.

    For each operator, its *exit* is the first one that everything from its fork to itself leads to; it closes the
    region if it is that one itself. The exits of whole paths are kept for every jump in the tree of forks, so that no
    path is walked through again and again.
    """
    forks, after = dominators(flow, entry, inside), _post_dominators(flow, inside)
    parents, jumps, depths = forks.parents, forks.jumps, forks.depths
    exits: dict[int, int] = {}
    exits_of_jumps: dict[int, int] = {}
    closed: dict[int, int] = {}
    for number in inside:
        fork = parents[number]
        left = number
        for source in flow[number] if len(flow[number]) > 1 else ():
            node = source
            while node != fork:
                if depths[jumps[node]] >= depths[fork]:
                    left, node = after.common(left, exits_of_jumps[node]), jumps[node]
                else:
                    left, node = after.common(left, exits[node]), parents[node]
        exits[number] = left
        if left == number and len(flow[number]) > 1:
            closed[number] = fork
        over = exits[number]
        if jumps[number] != fork:
            over = after.common(over, after.common(exits_of_jumps[fork], exits_of_jumps[jumps[fork]]))
        exits_of_jumps[number] = over
    return closed
