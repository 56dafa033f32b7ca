"""Pickles that try to run code, to fill the memory, or make no sense: refused, and nothing happens."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import pytest
import torch
from checkpoint_files import (
    GOOD_STORAGE,
    GOOD_TORCH,
    call,
    get,
    global_,
    list_of,
    mapping,
    number,
    pickled,
    put,
    read_bytes,
    refused,
    running,
    storage,
    tensor,
    text,
    torch_bytes,
    tuple_of,
)
from each import for_each

from resnet_inspect.checkpoints.checkpoint import TensorInfo
from resnet_inspect.checkpoints.readers import nesting
from resnet_inspect.checkpoints.readers.files import MAX_NAME, MAX_NETWORKS, MAX_OPCODES, MAX_PICKLE_BYTES
from resnet_inspect.checkpoints.readers.torch_globals import PLAIN_DATA, TAKEN


def test_the_good_file_of_these_tests_is_one(tmp_path):
    found = read_bytes(tmp_path, GOOD_TORCH)
    assert found.tensors == (TensorInfo("fc.weight", (2, 3), "float32"),)
    loaded = torch.load(tmp_path / "weights.bin", weights_only=True)
    assert bytes(loaded["fc.weight"].view(torch.uint8).flatten().tolist()) == GOOD_STORAGE["0"]


def _attacks(canary):
    write = f"open({str(canary)!r}, 'w')"
    return {
        "os.system": (running(os.system, f"touch {canary}"), f"{os.system.__module__}.system"),
        "eval": (running(eval, write), "builtins.eval"),
        "exec": (running(exec, write), "builtins.exec"),
        "open": (running(open, str(canary), "w"), "io.open"),
        "subprocess": (running(subprocess.check_call, ["touch", str(canary)]), "subprocess.check_call"),
        "getattr": (running(getattr, "a", "upper"), "builtins.getattr"),
        "torch.load": (running(torch.load, str(canary)), "torch.serialization.load"),
        "torch.hub": (pickled(call("torch.hub.load", text("a"), text("b"))), "torch.hub.load"),
        "import": (pickled(call("builtins.__import__", text("antigravity"))), "builtins.__import__"),
        "dotted": (pickled(b"ctorch\n_utils.os.system\n"), "torch._utils.os.system"),
        "old name": (pickled(b"c__builtin__\nxrange\n"), "builtins.range"),
        "module": (pickled(b"cos.path\nos\n"), "os.path.os"),
        "storage load": (pickled(call("torch.storage._load_from_bytes", text("a"))), "torch.storage._load_from_bytes"),
        "instance": (
            pickled(global_("subprocess.Popen") + tuple_of(text(f"touch {canary}")) + b"\x81"),
            "subprocess.Popen",
        ),
        "unused": (pickled(global_("os.system") + mapping(("a", tensor()))), "os.system"),
        "method of plain data": (pickled(b"cpathlib\nPath.unlink\n"), "pathlib.Path.unlink"),
        "in plain data": (
            pickled(global_("argparse.Namespace") + b")\x81" + running(eval, write)[2:-1] + b"b"),
            "builtins.eval",
        ),
        "made by plain data": (
            pickled(call("collections.defaultdict", global_("subprocess.getoutput"))),
            "subprocess.getoutput",
        ),
        "numpy": (pickled(call("numpy.load", text(str(canary)))), "numpy.load"),
        "function": (pickled(global_("types.FunctionType")), "types.FunctionType"),
        "partial": (pickled(global_("functools.partial")), "functools.partial"),
        "class of others": (pickled(global_("omegaconf.DictConfig")), "omegaconf.DictConfig"),
        "escape": (pickled(b"cos\n\x1b[31msystem\n"), r"os.\x1b[31msystem"),
        "bidi": (pickled("cos\n\u202esystem\n".encode()), r"os.\u202esystem"),
    }


ATTACKS = list(_attacks("canary"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_code_is_named_and_not_run(tmp_path, attack):
    canary = tmp_path / "canary"
    content, name = _attacks(canary)[attack]
    reason = refused(tmp_path, torch_bytes(content, GOOD_STORAGE))
    assert "holds an object of" in reason
    assert "nothing was loaded" in reason
    assert f"'{name}'" in reason
    assert not canary.exists()


def test_the_canary_can_die(tmp_path):
    """The same pickle, given to Python's own reader, does what it says."""
    content, _ = _attacks(tmp_path / "canary")["eval"]
    pickle.loads(content).close()
    assert (tmp_path / "canary").exists()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_bare_pickle_is_not_even_looked_into(tmp_path, attack):
    canary = tmp_path / "canary"
    reason = refused(tmp_path, _attacks(canary)[attack][0])
    assert reason.startswith("is a bare pickle. It is not opened, because reading a pickle can run code.")
    assert not canary.exists()


def test_every_name_that_is_taken_is_one_that_torch_takes():
    from torch._weights_only_unpickler import _get_allowed_globals

    assert _get_allowed_globals().keys() >= TAKEN
    assert len(TAKEN) > 50


@for_each("name", PLAIN_DATA)
def test_every_name_of_plain_data_is_of_the_standard_library_numpy_or_torch(name):
    top = name.partition(".")[0]
    assert top in sys.stdlib_module_names | {"numpy", "torch"}
    assert name.count(".") == 1 or name.startswith(
        ("numpy._core.", "numpy.core.", "pathlib._local.", "torch.torch_version.")
    )


@pytest.mark.parametrize("name", PLAIN_DATA)
def test_nothing_is_made_of_plain_data(tmp_path, name):
    """With arguments that the class itself would refuse, or fill the memory with."""
    called = mapping(("a", call(name, number(1 << 60), text("x"))), ("w", tensor()))
    assert len(read_bytes(tmp_path, torch_bytes(pickled(called), GOOD_STORAGE)).tensors) == 1


def nested_tuple(depth):
    return b")" + b"q\x00h\x00\x86" * depth


def rebuilt_within_itself(depth):
    """``_rebuild_from_type_v2(f, class, (f, class, (f, class, ...), None), None)``, where f is the same function."""
    functions = tuple_of(global_("torch._tensor._rebuild_from_type_v2") + put(0), global_("torch.Tensor") + put(1))
    arguments = (b"(" + get(0) + get(1)) * depth + b")" + b"Nt" * depth
    return functions + get(0) + arguments + b"R"


def networks(count):
    """That many mappings of the same first convolution."""
    name, weight = text("layer1.0.conv1.weight") + put(0), tensor() + put(1)
    return list_of(b"}" + name + weight + b"s", (b"}" + get(0) + get(1) + b"s") * (count - 1))


NOT_PLAIN = "has a dict whose key is neither a string nor a plain number"
DAMAGED = "its data.pkl is damaged at byte"
BOMBS = {
    "plain data as a key": (b"}" + call("decimal.Decimal", number(1)) + b"Ns", NOT_PLAIN),
    "plain data as a mapping": (call("argparse.Namespace") + text("a") + b"Ns", DAMAGED),
    "a list of itself": (call("collections.deque") + b"q\x00h\x00a", "holds no named tensors"),
    "bytearray": (call("builtins.bytearray", number(1 << 60)), "holds no named tensors"),
    "tensor by size": (call("torch.Tensor", number(1 << 40)), "holds no named tensors"),
    "key of doubled tuples": (b"}" + nested_tuple(60) + b"Ns", NOT_PLAIN),
    "dict of doubled dicts": (
        b"}q\x01" + b"}q\x00X\x01\x00\x00\x00ah\x01sX\x01\x00\x00\x00bh\x01sq\x01" * 60,
        "no named tensors",
    ),
    "dict that holds itself": (b"}q\x00" + text("a") + b"h\x00s", "holds no named tensors"),
    "list that holds itself": (b"]q\x00h\x00a", "holds no named tensors"),
    "keys of one hash": (mapping(*((number(i * ((1 << 61) - 1)), b"N") for i in range(1, 2000))), NOT_PLAIN),
    "deep lists": (b"]" * 50_000 + b"a" * 49_999, "holds no named tensors"),
    "many containers": (b"](" + b"]N\x86" * 50_001 + b"e", "holds more than 50,000 dicts and lists"),
    "rebuilt within itself": (rebuilt_within_itself(2), "rebuilds a tensor from one that is rebuilt"),
    "rebuilt deep within itself": (rebuilt_within_itself(3_000), "rebuilds a tensor from one that is rebuilt"),
    "a long name": (
        mapping(("n" * (MAX_NAME + 1), tensor())),
        f"tensor '{'n' * 60}…' has a name of 1,001 characters; at most 1,000 are read",
    ),
    "long keys": (b"}" + text("k" * MAX_NAME) + mapping(("w", tensor())) + b"s", "holds no named tensors"),
    "many networks": (networks(MAX_NETWORKS + 1), "holds more than 1,000 networks; no more are told apart"),
    "too many steps": (b"N" * (MAX_OPCODES + 1), "of more than 2,000,000 steps"),
    "too many bytes": (text("a" * MAX_PICKLE_BYTES), "has a data.pkl of 8,388,6"),
    "text longer than the file": (b"X\xff\xff\xff\x7fa", DAMAGED),
    "text of 8 byte length": (b"\x8d" + (1 << 50).to_bytes(8, "little"), "has opcode 0x8d at byte 2"),
    "bytes of 8 byte length": (b"\x8e" + (1 << 50).to_bytes(8, "little"), "has opcode 0x8e at byte 2"),
    "number of 4 byte length": (b"\x8b\xff\xff\xff\x7f", "has opcode 0x8b at byte 2"),
    "memo far out": (b"Nr\xff\xff\xff\xff", "holds no named tensors"),
    "frame": (b"\x95" + (1 << 60).to_bytes(8, "little"), "has opcode 0x95 at byte 2"),
    "extension": (b"\x82\x01", "has opcode 0x82"),
    "old instance": (b"(ios\nsystem\n", "has opcode 0x69"),
    "memo of nothing": (b"h\x00", DAMAGED),
    "empty stack": (b"0", "has opcode 0x30"),
    "no mark": (b"t", DAMAGED),
    "tuple of too few": (b"N\x87", DAMAGED),
    "item of no dict": (b"NNNs", DAMAGED),
    "append to no list": (b"NNa", DAMAGED),
    "odd items": (b"}(Nu", DAMAGED),
    "build of nothing": (b"Nb", DAMAGED),
    "call of no function": (b"N)R", "calls something that is not a function"),
    "call of a type": (b"ctorch\nFloatStorage\n)R", "holds no named tensors"),
    "text that is none": (b"X\x01\x00\x00\x00\xff", DAMAGED),
    "name that is none": (b"c\xff\nb\n", DAMAGED),
    "name without end": (b"ctorch", DAMAGED),
    "twice": (mapping(("a", b"N"), ("a\n", b"N"), ("a\n", b"N")), r"'a\x0a' is given twice in its data.pkl"),
}


@pytest.mark.parametrize(("body", "message"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_does_not_go_off(tmp_path, body, message):
    assert message in refused(tmp_path, torch_bytes(pickled(body)))


HUGE = 1 << 40
TENSORS = {
    "plain data for a storage": (tensor(stored=call("numpy.ndarray")), "has a tensor without a storage"),
    "no storage": (tensor(stored=b"N"), "has a tensor without a storage"),
    "storage missing": (tensor(stored=storage("7")), "tensor 'w' has no values: the entry 'data/7' is missing"),
    "storage elsewhere": (tensor(stored=storage("../../x")), "the entry 'data/../../x' is missing"),
    "storage too long": (
        tensor(stored=storage(size=7)),
        "a storage of 28 bytes according to its pickle, but of 24 in the file",
    ),
    "storage too short": (
        tensor(stored=storage(size=5)),
        "a storage of 20 bytes according to its pickle, but of 24 in the file",
    ),
    "storage of huge size": (tensor(stored=storage(size=1 << 62)), "according to its pickle, but of 24 in the file"),
    "storage of no size": (tensor(stored=storage(size=1 << 70)), "has a storage without type, key or size"),
    "storage of a module": (tensor(stored=storage(kind="torch.float32")), "has a storage without type, key or size"),
    "no storage id": (tuple_of(text("module"), b"N") + b"Q", "refers to something that is not a storage"),
    "huge": (tensor((HUGE, HUGE), (HUGE, 1)), "tensor 'w' reaches beyond its storage of 24 bytes"),
    "huge without steps": (tensor((HUGE,), (0,)), "tensor 'w' repeats elements of its storage"),
    "huge dimensions": (tensor((1 << 62,) * 64, (0,) * 64), "tensor 'w' repeats elements of its storage"),
    "one too many": (tensor((7,), (1,)), "tensor 'w' reaches beyond its storage"),
    "offset": (tensor((6,), (1,), 1), "tensor 'w' reaches beyond its storage"),
    "huge stride": (tensor((2, 1), (HUGE, 1)), "tensor 'w' reaches beyond its storage"),
    "negative stride": (tensor((6,), (-1,), 5), "has a tensor with impossible sizes"),
    "negative size": (tensor((-6,), (1,)), "has a tensor with impossible sizes"),
    "negative offset": (tensor((6,), (1,), -1), "has a tensor with impossible sizes"),
    "size of 100 bits": (tensor((1 << 100,), (1,)), "has a tensor with impossible sizes"),
    "65 dimensions": (tensor((1,) * 65, (1,) * 65), "has a tensor with impossible sizes"),
    "shape and strides": (tensor((2, 3), (1,)), "has a tensor with impossible sizes"),
    "true size": (
        call("torch._utils._rebuild_tensor", storage(), number(0), b"\x88\x85", b"\x88\x85"),
        "impossible sizes",
    ),
    "float size": (call("torch._utils._rebuild_tensor", storage(), number(0), b"]", b"]"), "impossible sizes"),
    "too few arguments": (call("torch._utils._rebuild_tensor_v2", storage()), "has a tensor without a storage"),
    "v3 without type": (
        call("torch._utils._rebuild_tensor_v3", storage(), number(0), b")", b")", b"N", b"N", b"N"),
        "has a tensor without storage or type",
    ),
    "v3 of another type": (
        call("torch._utils._rebuild_tensor_v3", storage(), number(0), b")", b")", b"N", b"N", global_("torch.Size")),
        "has a tensor of an unknown type",
    ),
    "quantized as plain": (
        tensor(stored=storage(kind="torch.QInt8Storage", size=24)),
        "has a tensor of an unknown type",
    ),
}


@pytest.mark.parametrize(("body", "message"), TENSORS.values(), ids=TENSORS)
def test_a_tensor_lies_within_the_file(tmp_path, body, message):
    assert message in refused(tmp_path, torch_bytes(pickled(mapping(("w", body))), GOOD_STORAGE))


@pytest.mark.parametrize(
    ("shape", "strides"),
    [((6,), (1,)), ((3, 2), (1, 3)), ((), ()), ((2, 2), (3, 2)), ((1, 6), (HUGE, 1)), ((0, HUGE), (1, 1))],
)
def test_a_tensor_that_lies_within_its_storage_is_read(tmp_path, shape, strides):
    found = read_bytes(tmp_path, torch_bytes(pickled(mapping(("w", tensor(shape, strides)))), GOOD_STORAGE))
    assert found.tensors == (TensorInfo("w", shape, "float32"),)


def test_a_damaged_tensor_s_name_is_safe_to_show(tmp_path):
    content = torch_bytes(pickled(mapping(("\x1b[31m\u202e\ud800", tensor(stored=storage("\x1b"))))), GOOD_STORAGE)
    assert refused(tmp_path, content).startswith(r"tensor '\x1b[31m\u202e\ud800' has no values: the entry 'data/\x1b'")


def test_a_pickle_cut_anywhere_is_damaged(tmp_path):
    whole = pickled(mapping(("w", tensor())))
    for length in range(len(whole)):
        assert DAMAGED in refused(tmp_path, torch_bytes(whole[:length], GOOD_STORAGE))


def test_the_longest_names_and_the_most_networks_are_read(tmp_path):
    name, key = "n" * MAX_NAME, "k" * (MAX_NAME - 1)
    content = b"}" + text(key) + mapping((name, tensor())) + b"s"
    found = read_bytes(tmp_path, torch_bytes(pickled(content), GOOD_STORAGE))
    assert (found.nested, found.tensors) == (key, (TensorInfo(name, (2, 3), "float32"),))
    found = read_bytes(tmp_path, torch_bytes(pickled(networks(MAX_NETWORKS)), GOOD_STORAGE))
    assert len(found.elsewhere) == MAX_NETWORKS - 1


SHARED = {
    "mapping of tensors": mapping(("t", tensor()), *((f"t{i}", b"N") for i in range(50))),
    "list": list_of(*[b"N"] * 50, mapping(("t", tensor()))),
    "tuple": tuple_of(*[b"N"] * 50, call("torch._utils._rebuild_qtensor")),
    "itself": b"}" + put(0) + text("a") + get(0) + b"s",
}


@pytest.mark.parametrize("outer", ["list", "dict"])
@pytest.mark.parametrize("shared", SHARED.values(), ids=SHARED)
def test_what_many_places_share_is_looked_into_once(tmp_path, monkeypatch, shared, outer):
    """A reference takes a few bytes, and what it refers to can be as large as the file."""
    asked = []
    items = nesting._items
    monkeypatch.setattr(nesting, "_tensors", counting(asked, nesting._tensors))
    monkeypatch.setattr(nesting, "_items", lambda value: (asked.append(1) or item for item in items(value)))
    first, more = shared + put(9), [get(9)] * 1_000
    if outer == "list":
        content = mapping(("w", tensor()), ("x", list_of(first, *more)))
    else:
        content = mapping(("w", tensor()), ("x", first), *((str(i), ref) for i, ref in enumerate(more)))
    found = read_bytes(tmp_path, torch_bytes(pickled(content), GOOD_STORAGE))
    assert found.tensors
    assert len(asked) < 5_000


def counting(asked, function):
    """The same function, which notes how many items it was given."""

    def counted(value):
        asked.extend(value if isinstance(value, (dict, list, tuple)) else ())
        return function(value)

    return counted


def test_an_unread_tensor_is_looked_for_in_small_tuples_only():
    """A quantized layer packs its weight and its bias."""
    tensor = nesting.Skipped("torch._utils._rebuild_qtensor")
    assert nesting._unread_tensor((tensor, None)) == "quantized"
    assert nesting._unread_tensor((*[None] * 1_000, tensor)) == ""
