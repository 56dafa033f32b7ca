"""Files that nobody changed by chance but somebody made on purpose: valid in form, with anything at all in them.

Each function takes a ``random.Random`` and writes a file, or an index and its shards, into a folder.
"""

from __future__ import annotations

import json
import math
import struct

from checkpoint_files import (
    GOOD_STORAGE,
    call,
    entry,
    get,
    global_,
    mapping,
    number,
    pickled,
    put,
    safetensors_bytes,
    storage,
    tensor,
    text,
    torch_bytes,
    tuple_of,
)

from resnet_inspect import identify, weights
from resnet_inspect.checkpoints.checkpoint import BY_STORAGE
from resnet_inspect.checkpoints.convert import convert
from resnet_inspect.checkpoints.key_styles.styles import STYLES
from resnet_inspect.checkpoints.read import read
from resnet_inspect.checkpoints.readers.torch_globals import PLAIN_DATA, TAKEN
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.configs.variants import variant
from resnet_inspect.errors import CheckpointError, RequestError
from resnet_inspect.text import sanitise

GLOBALS = sorted({*TAKEN, *PLAIN_DATA})
REBUILDING = [name for name in GLOBALS if "_rebuild" in name or "Parameter" in name]
WIDTHS = {f"torch.{name}": dtype.bits // 8 for name, dtype in BY_STORAGE.items()}
DTYPES = [
    name for name in GLOBALS if name.rpartition(".")[2].rstrip("0123456789") in {"float", "int", "uint", "bfloat"}
]

EDGES = [
    0,
    1,
    2,
    3,
    6,
    24,
    *(edge + off for edge in (1 << 31, 1 << 32, 1 << 61, 1 << 63) for off in (-1, 0, 1)),
    -1,
    -2,
]
"""Sizes, offsets and strides next to where a type of integer ends."""


def scalar(value):
    """The opcodes of any plain value."""
    if value is None or isinstance(value, bool):
        return {None: b"N", True: b"\x88", False: b"\x89"}[value]
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value)
    return number(value) if isinstance(value, int) else text(value)


class _Program:
    """Opcodes that leave one value each, and refer to earlier ones, also to those that are not complete yet."""

    def __init__(self, chance):
        self.chance = chance
        self.memo = 0
        self.names = [name for name, _ in state_dict(variant("resnet18"))]

    def value(self, depth):
        kinds = [self.plain, self.shared, self.tensor]
        if depth:
            kinds += [self.list, self.dict, self.tuple, self.called, self.rebuilt, self.doubled, self.repeated]
        return self.chance.choice(kinds)(depth - 1)

    def values(self, depth, most=5):
        return [self.value(depth) for _ in range(self.chance.randint(0, most))]

    def kept(self, opcodes):
        self.memo += 1
        return opcodes + put(self.memo - 1)

    def plain(self, _depth):
        return scalar(self.chance.choice([None, True, 1.5, float("nan"), "x" * 2_000, *self.names[:9], *EDGES]))

    def shared(self, _depth):
        return get(self.chance.randrange(self.memo)) if self.memo else b"N"

    def tensor(self, _depth):
        return self.kept(tensor((1,), (1,)))

    def list(self, depth):
        return self.kept(b"]") + b"(" + b"".join(self.values(depth)) + b"e"

    def repeated(self, depth):
        return self.kept(b"]") + b"(" + self.value(depth) + self.shared(0) * self.chance.randint(0, 300) + b"e"

    def dict(self, depth):
        keys = self.chance.sample(self.names, self.chance.randint(0, 6))
        items = [text(key) + self.value(depth) for key in keys]
        if self.chance.random() < 0.1:
            items.append(self.value(0) + b"N")
        return self.kept(b"}") + b"(" + b"".join(items) + b"u"

    def tuple(self, depth):
        return self.kept(tuple_of(*self.values(depth)))

    def called(self, depth):
        return self.kept(call(self.chance.choice(GLOBALS), *self.values(depth)))

    def rebuilt(self, depth):
        arguments = self.chance.choice(
            [self.shared(0), tuple_of(*self.values(depth)), tuple_of(self.function(), *self.values(depth, 3))]
        )
        made = self.function() + arguments + b"R"
        return self.kept(made if self.chance.random() < 0.7 else made + self.value(depth) + b"b")

    def function(self):
        return global_(self.chance.choice(REBUILDING))

    def doubled(self, depth):
        opening, closing = self.chance.choice([(b"(", b"t"), (b"](", b"e")])
        opcodes = self.kept(self.value(depth))
        for _ in range(self.chance.randint(0, 60)):
            opcodes += self.kept(opening + get(self.memo - 1) * 2 + closing)
        return tuple_of(opcodes)


def pickle_program(folder, chance):
    """A pickle of every opcode that is followed, full of references, with or without weights at the top."""
    program = _Program(chance)
    body = program.value(chance.randint(1, 6))
    if chance.random() < 0.5:
        body = mapping(("layer1.0.conv1.weight", tensor((1,), (1,))), ("x", body))
    path = folder / "program.pt"
    path.write_bytes(torch_bytes(pickled(body), GOOD_STORAGE))
    return path


def strange_view(folder, chance):
    """One tensor of 24 bytes, whose sizes, offset and strides lie at the edges of what there is."""
    axes = chance.choice([0, 1, 1, 2, 2, 3, 4, 33, 64, 65])
    plain = chance.random() < 0.7

    def size(usual):
        value = chance.choice(usual if plain else EDGES)
        return value if chance.random() < 0.99 else chance.choice([True, 1.0, None, "1"])

    shape = [1] * axes if axes > 4 else [size([1, 1, 1, 2, 3, 0]) for _ in range(axes)]
    if shape and chance.random() < 0.5:
        shape[chance.randrange(axes)] = 2
    strides = [chance.choice(EDGES) if length == 1 else size([1, 2, 3, 0]) for length in shape]
    arguments = [scalar(size([0, 0, 0, 1])), *(tuple_of(*map(scalar, values)) for values in (shape, strides))]
    if chance.random() < 0.5:
        kind, width = chance.choice(list(WIDTHS.items()))
        stored = storage(size=24 // width if plain else abs(chance.choice(EDGES)), kind=kind)
        made = call("torch._utils._rebuild_tensor_v2", stored, *arguments, b"\x89", b"N")
    else:
        stored = storage(size=24, kind="torch.storage.UntypedStorage")
        dtype = global_(chance.choice(DTYPES))
        made = call("torch._utils._rebuild_tensor_v3", stored, *arguments, b"\x89", b"N", dtype)
    path = folder / "view.pt"
    path.write_bytes(torch_bytes(pickled(mapping(("w", made))), GOOD_STORAGE))
    return path


def index_of_shards(folder, chance):
    """An index of some of a network's tensors, its shards whole, short of some, doubled, linked or something else."""
    names = chance.sample([name for name, _ in state_dict(variant("resnet18"))], chance.randint(0, 6))
    shards = [f"{number}.safetensors" for number in range(chance.randint(1, 4))]
    weight_map = {name: chance.choice(shards) for name in names}
    for shard in shards:
        held = [name for name in names if (weight_map[name] == shard) != (chance.random() < 0.05)]
        (folder / shard).unlink(missing_ok=True)
        if chance.random() < 0.05:
            (folder / shard).symlink_to(chance.choice([*shards, "..", "gone"]))
        elif chance.random() < 0.95:
            header = {name: entry(4 * at, 4 * at + 4, [1]) for at, name in enumerate(held)}
            (folder / shard).write_bytes(safetensors_bytes(header, bytes(4 * len(held))))
    for _ in range(chance.choice([0, 0, 1, 2])):
        key = chance.choice([*names, "more", "", "\x1b[0m", "x" * 5_000])
        weight_map[key] = chance.choice(
            [*shards, "", ".", "a/b", "\0", "all.index.json", "y" * 300, 1, None, [], {}, 1e999]
        )
    index = {"metadata": {"total_size": chance.choice(EDGES)}, "weight_map": weight_map}
    path = folder / "all.index.json"
    path.write_text(json.dumps(index)[: None if chance.random() < 0.95 else chance.randint(0, 200)])
    return path


def named_tensors(folder, chance):
    """A safetensors file with the names of a style, a prefix, and what else there may be, in any shapes."""
    style = chance.choice(STYLES)
    of_variant = dict(state_dict(variant(chance.choice(["resnet18", "resnet50", "resnet20_cifar", "resnetv2_50"]))))
    prefix = chance.choice(["", "module.", "a." * chance.randint(1, 20), "1." * 9])
    shapes = {}
    for name, shape in of_variant.items():
        if chance.random() < 0.97:
            shapes[prefix + name] = shape if chance.random() < 0.99 else _strange_shape(chance)
    for _ in range(chance.choice([0, 0, 1, 3, 30])):
        stem = chance.choice([style.first, *shapes, "layer1.0.", "fc", "1" * 300, "." * 300, "layer99999.99999.conv1"])
        shapes[chance.choice(["", prefix, "b."]) + stem + chance.choice(["", ".weight", ".0", "_mask"])] = (
            _strange_shape(chance)
        )
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 4 * math.prod(shape)
        header[name] = entry(end, end + size, list(shape))
        end += size
    content = safetensors_bytes(header)
    path = folder / "names.safetensors"
    with path.open("wb") as stream:
        stream.write(content)
        stream.truncate(len(content) + end)
    return path


def _strange_shape(chance):
    """Of no element or a few, since the file has to be as large."""
    large = chance.choice([0, 1 << 31, (1 << 63) - 1])
    return chance.choice([(), (0,), (1,), (7,), (0, large), (large, 0, 3, 3), (1,) * 64, (3, 1, 1, 1), (64, 3, 7, 7)])


KINDS = {
    "programs": pickle_program,
    "views": strange_view,
    "indexes": index_of_shards,
    "names": named_tensors,
}


SMALL = 1_000
"""Elements of a tensor that is converted; a file of names is large, and only looks so."""


def used(path, chance):
    """Do all that can be done with a file; return whether it was read. Whatever is refused has a message to show."""
    try:
        found = read(path)
    except CheckpointError as error:
        _require_safe(error)
        return False
    small = [info.name for info in found.tensors if math.prod(info.shape) <= SMALL]
    target = path.with_name("converted.safetensors")
    for use in (
        lambda: identify(path, prefix=chance.choice(["", "", "module", "a.a", "x.0"])),
        lambda: weights("resnet18", path, into=chance.choice(["", "", "layer1"])),
        lambda: convert(path, {name: f"new.{at}" for at, name in enumerate(small)}, target, force=True),
    ):
        try:
            use()
        except RequestError as error:
            _require_safe(error)
    return True


def _require_safe(error):
    message = str(error)
    assert len(message) < 5_000
    assert all(sanitise(line, len(line)) == line for line in message.splitlines())
