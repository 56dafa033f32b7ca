"""The weights of a network as those of a ResNet, by its data flow: whatever its modules and tensors are called."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from resnet_inspect.anatomy.core import core
from resnet_inspect.anatomy.records import Anatomy, Block, Layer
from resnet_inspect.anatomy.role_names import Role
from resnet_inspect.checkpoints.inference.layout import BlockTensors, Layout
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import join_names, pluralise

_STEMS = {
    False: {
        1: ("conv1",),
        2: ("conv1", "maxpool.0"),
        3: ("conv1.0", "conv1.3", "conv1.6"),
        4: ("conv1.0", "conv1.3", "conv1.6", "maxpool.0"),
    },
    True: {1: ("stem.conv",), 3: ("stem.conv1", "stem.conv2", "stem.conv3")},
}
"""``True`` for pre-activation networks -> number of convolutions in the stem -> their names."""


def layout_of(anatomy: Anatomy) -> Layout:
    """Return the weights of stem, blocks and head as shapes with this package's names.

    Raises:
        RequestError: if there is more, less or something else than a ResNet has; it says what.
    """
    preact = is_preact(anatomy)
    stages = tuple(tuple(_tensors(anatomy, block) for block in stage) for stage in stages_of(anatomy))
    return Layout(preact, stages, dict((*_stem(anatomy, preact=preact), *_head(anatomy, preact=preact))))


def stages_of(anatomy: Anatomy) -> tuple[tuple[Block, ...], ...]:
    """Divide the blocks into stages.

    A stage begins with a block that changes the shape, or that is of another kind than the one before. Where modules
    show further stages they are kept, unless each module holds one block only, as the wrappers of a flat list do.
    """
    shown = any(stage.blocks > 1 for stage in anatomy.stages)
    stages: list[list[Block]] = [[anatomy.blocks[0]]]
    for before, block in pairwise(anatomy.blocks):
        if (
            _reshapes(block)
            or block.kind != before.kind
            or (block.stage != before.stage and (shown or _is_first(block)))
        ):
            stages.append([])
        stages[-1].append(block)
    return tuple(map(tuple, stages))


def _reshapes(block: Block) -> bool:
    return block.input_shape[1] != block.output_shape[1] or any(step != 1 for step in block.stride)


def _is_first(block: Block) -> bool:
    """Return whether a block is number 0 of a module with a name, such as ``layer2.0``."""
    container, _, own = block.name.rpartition(".")
    return own == "0" and not container.rpartition(".")[2].isdigit()


def is_preact(anatomy: Anatomy) -> bool:
    """Return whether the blocks normalise before their convolutions, and not after the last one."""
    before = after = False
    for block in anatomy.blocks:
        main = [anatomy.operations[number] for number in core(anatomy, block)]
        last = max((place for place, layer in enumerate(main) if layer.weighted), default=0)
        before = before or any(map(_normalises, main[:last]))
        after = after or any(map(_normalises, main[last:]))
    return before and not after


def _normalises(layer: Layer) -> bool:
    return "norm" in (layer.op or "")


def main_convolutions(anatomy: Anatomy, block: Block) -> list[Layer]:
    """Return the weighted layers of a block's main branch."""
    return [layer for number in block.main if (layer := anatomy.operations[number]).weighted]


def of_role(anatomy: Anatomy, role: Role) -> list[Layer]:
    """Return the weighted layers with a role."""
    return [layer for layer in anatomy.operations if layer.weighted and layer.role == role]


def _tensors(anatomy: Anatomy, block: Block) -> BlockTensors:
    return BlockTensors(dict(_in_block(anatomy, block)))


def _in_block(anatomy: Anatomy, block: Block) -> Iterator[tuple[str, Shape]]:
    for number, layer in enumerate(main_convolutions(anatomy, block), start=1):
        yield f"conv{number}.weight", _weight(layer)
    if norm := next((layer for n in block.main if _normalises(layer := anatomy.operations[n])), None):
        yield f"bn1.{'weight' if norm.op == 'group_norm' else 'running_mean'}", norm.output_shape[1:2]
    pooled = False
    for layer in (anatomy.operations[number] for number in block.shortcut_layers):
        if layer.weighted:
            yield f"downsample.{int(pooled)}.weight", _weight(layer)
        pooled = pooled or layer.pooling
    gates = [layer for n in block.attention if (layer := anatomy.operations[n]).weighted]
    if len(gates) == 1 and len(gates[0].kernel or ()) == 1:
        yield "se.conv.weight", _weight(gates[0])
    elif len(gates) == 2:
        for number, layer in enumerate(gates, start=1):
            yield f"se.fc{number}.weight", _weight(layer)


def _weight(layer: Layer) -> Shape:
    """Return the shape of a convolution's or linear layer's weight."""
    return layer.out_channels or 0, (layer.in_channels or 0) // (layer.groups or 1), *(layer.kernel or ())


def _stem(anatomy: Anatomy, *, preact: bool) -> Iterator[tuple[str, Shape]]:
    layers = of_role(anatomy, "stem")
    names = _STEMS[preact].get(len(layers))
    if names is None:
        counts = " or ".join(map(str, _STEMS[preact]))
        raise RequestError(
            f"it has {_counted(layers)} before its first block; a config has {counts} convolutions there"
        )
    for name, layer in zip(names, layers, strict=True):
        yield f"{name}.weight", _image_weight(layer)
    if layers[0].bias:
        yield f"{names[0]}.bias", (layers[0].out_channels or 0,)


def _image_weight(layer: Layer) -> Shape:
    if len(layer.kernel or ()) != 2 or len(set(layer.kernel or ())) != 1:
        raise RequestError(f"{layer.name} is no convolution of images with a square kernel, as a config's are")
    return _weight(layer)


def _head(anatomy: Anatomy, *, preact: bool) -> Iterator[tuple[str, Shape]]:
    layers = of_role(anatomy, "head")
    if len(layers) > 1:
        raise RequestError(f"it has {_counted(layers)} after its last block; a config has one classifier there")
    for layer in layers:
        if max(layer.output_shape[2:], default=1) > 1:
            raise RequestError(f"{layer.name} after its last block is no classifier: its output is an image")
        yield f"{'head.fc' if preact else 'fc'}.weight", _weight(layer)


def _counted(layers: Sequence[Layer]) -> str:
    """Return ``5 weighted layers (a, b, c, d and 1 more)``."""
    names = join_names([layer.name for layer in layers], 3)
    return pluralise(len(layers), "weighted layer") + (f" ({names})" if names else "")
