"""The paper's count: weighted layers on the longest path from input to output through the main branches."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from resnet_inspect.anatomy.records import Depth, Layer
from resnet_inspect.tracing.records import Op

_COUNTED = frozenset({"stem", "main", "head"})


def count_depth(
    ops: Sequence[Op], layers: Mapping[int, Layer], parallel: Mapping[int, int], constants: Sequence[Layer] = ()
) -> Depth:
    """Count the weighted layers, those of shortcuts and gates separately.

    Args:
        ops: all operators.
        layers: operator number -> layer, for operators that read data.
        parallel: sums of parallel layers that are one linear layer together; number -> number of what they read.
        constants: the layers that read no input, which are on no path from it.
    """
    weighted = [*(layer for layer in layers.values() if layer.weighted), *constants]
    longest = _longest_path(ops, layers, parallel)
    shortcut = sum(layer.role == "shortcut" for layer in weighted)
    attention = sum(layer.role == "attention" for layer in weighted)
    depth = len(longest)
    return Depth(
        depth=depth,
        weighted=len(weighted),
        conv=sum(layer.kernel is not None for layer in weighted),
        linear=sum(layer.kernel is None for layer in weighted),
        shortcut=shortcut,
        attention=attention,
        parallel=len(weighted) - shortcut - attention - depth,
        constant=len(constants),
        formula=f"{depth} = {_formula([layers[number] for number in longest])}",
        path=tuple(layers[number].name for number in longest),
    )


def _longest_path(ops: Sequence[Op], layers: Mapping[int, Layer], parallel: Mapping[int, int]) -> list[int]:
    """Return the numbers of the weighted layers on the longest path, in order.

    Of parallel layers that are one linear layer together, the path takes those of the shortest branch that has any.
    """
    length: dict[int, int] = {}
    before: dict[int, int] = {}
    for number, layer in layers.items():
        sources = ops[number].sources
        nearest = max(sources, key=lambda source: length.get(source, 0))
        if number in parallel:
            begin = length.get(parallel[number], 0)
            counted = [source for source in sources if length.get(source, 0) > begin]
            nearest = min(counted, key=lambda source: length[source], default=nearest)
        before[number] = nearest
        length[number] = length.get(nearest, 0) + (layer.weighted and layer.role in _COUNTED)
    path: list[int] = []
    ends = length.keys() - {source for number in layers for source in ops[number].sources}
    number = max(sorted(ends), key=lambda candidate: length[candidate], default=-1)
    while number in before:
        if length[number] > length.get(before[number], 0):
            path.append(number)
        number = before[number]
    return path[::-1]


def _formula(path: Sequence[Layer]) -> str:
    """Write a sum such as ``1 + 2·(3+4+6+3) + 1``: stem, then layers per block times blocks per stage, then head.

    Consecutive stages whose blocks have equally many layers share a bracket; layers outside blocks are single terms.
    """
    per_block = [
        (key[0], key[1], len(list(members)))
        for key, members in groupby(path, key=lambda layer: (layer.stage, layer.block))
    ]
    terms: list[str] = []
    for layers, run in groupby(per_block, key=lambda entry: entry[2] if entry[1] is not None else None):
        entries = list(run)
        if layers is None:
            terms += [str(entry[2]) for entry in entries]
            continue
        stages = [str(len(list(blocks))) for _, blocks in groupby(entries, key=lambda entry: entry[0])]
        terms.append(f"{layers}·({'+'.join(stages)})")
    return " + ".join(terms) or "0"
