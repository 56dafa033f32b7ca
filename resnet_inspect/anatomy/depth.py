"""The paper's count: weighted layers on the way from input to output by the main branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from resnet_inspect.anatomy.facts import Depth, Layer
from resnet_inspect.trace.records import Op

_COUNTED = frozenset({"stem", "main", "head"})


def count(ops: Sequence[Op], layers: Mapping[int, Layer]) -> Depth:
    """Count the weighted layers of ``layers`` (operator number -> layer), shortcuts and gates apart."""
    weighted = [layer for layer in layers.values() if layer.weighted]
    on_the_way = _longest_way(ops, layers)
    shortcut = sum(layer.role == "shortcut" for layer in weighted)
    attention = sum(layer.role == "attention" for layer in weighted)
    depth = len(on_the_way)
    return Depth(
        depth=depth,
        weighted=len(weighted),
        conv=sum(layer.kernel is not None for layer in weighted),
        linear=sum(layer.kernel is None for layer in weighted),
        shortcut=shortcut,
        attention=attention,
        parallel=len(weighted) - shortcut - attention - depth,
        formula=f"{depth} = {_sum([layers[number] for number in on_the_way])}",
        way=tuple(layers[number].name for number in on_the_way),
    )


def _longest_way(ops: Sequence[Op], layers: Mapping[int, Layer]) -> list[int]:
    """Numbers of the weighted layers on the longest way, in order."""
    length: dict[int, int] = {}
    before: dict[int, int] = {}
    for number, layer in layers.items():
        nearest = max(ops[number].sources, key=lambda source: length.get(source, 0))
        before[number] = nearest
        length[number] = length.get(nearest, 0) + (layer.weighted and layer.role in _COUNTED)
    way: list[int] = []
    number = max(length, key=lambda candidate: length[candidate], default=-1)
    while number in before:
        if length[number] > length.get(before[number], 0):
            way.append(number)
        number = before[number]
    return way[::-1]


def _sum(way: Sequence[Layer]) -> str:
    """``1 + 2·(3+4+6+3) + 1``: stem, then layers per block times blocks per stage, then head.

    Stages in a row whose blocks have equally many layers share a bracket; layers outside blocks are single terms.
    """
    per_block = [
        (key[0], key[1], len(list(members)))
        for key, members in groupby(way, key=lambda layer: (layer.stage, layer.block))
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
