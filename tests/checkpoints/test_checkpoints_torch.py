"""Files of torch.save: what is read without torch is what torch itself finds, and what is hidden where is found."""

from __future__ import annotations

import argparse
import collections
import datetime as dt
import decimal
import pathlib
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from checkpoint_files import refused
from torch import nn

from resnet_inspect.checkpoints.checkpoint import BY_STORAGE, TensorInfo
from resnet_inspect.checkpoints.read import read


def saved(tmp_path, value, name="net.pth", **options):
    torch.save(value, tmp_path / name, **options)
    return tmp_path / name


def as_torch_finds(path):
    """The witness: torch's own reader, restricted to weights."""
    found = torch.load(path, weights_only=True, map_location="meta")
    return tuple(TensorInfo(name, tuple(value.shape), str(value.dtype)[6:]) for name, value in found.items())


def net():
    return nn.Sequential(
        collections.OrderedDict(conv1=nn.Conv2d(3, 8, 7, bias=False), bn1=nn.BatchNorm2d(8), fc=nn.Linear(8, 10))
    )


def shared():
    weight = torch.zeros(4, 4)
    return {"a": weight, "b": weight, "row": weight[1], "transposed": weight.t(), "every other": weight[::2, ::2]}


def types():
    names = [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
    names += ["float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool"]
    names += ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"]
    return {name: torch.zeros(2, 3, dtype=getattr(torch, name)) for name in names}


def subclass_with_attributes():
    weight = torch.zeros(2)
    weight.note = "kept by torch, not by us"
    parameter = nn.Parameter(torch.zeros(3))
    parameter.note = {"a": 1}
    return {"weight": weight, "parameter": parameter}


GOOD = {
    "state dict": lambda: net().state_dict(),
    "plain dict": lambda: dict(net().state_dict()),
    "parameters": lambda: dict(net().named_parameters()),
    "shared storages": shared,
    "every type": types,
    "empty tensors": lambda: {"a": torch.zeros(0), "b": torch.zeros(3, 0, 2), "scalar": torch.tensor(1)},
    "channels last": lambda: net().to(memory_format=torch.channels_last).state_dict(),
    "attributes": subclass_with_attributes,
    "strange names": lambda: {"\x1b[31m\u202e\n\0\ud800": torch.zeros(1), "": torch.zeros(2)},
    "many": lambda: {f"t{i}": torch.zeros(1) for i in range(300)},
}


@pytest.mark.parametrize("made", GOOD.values(), ids=GOOD)
def test_torch_finds_the_same(tmp_path, made):
    path = saved(tmp_path, made())
    found = read(path)
    assert found.tensors == as_torch_finds(path)
    assert (found.format, found.nested, found.notes) == ("torch", "", ())


@pytest.mark.filterwarnings("ignore:TypedStorage")
def test_storages_are_known_by_torchs_names():
    for name, dtype in BY_STORAGE.items():
        assert str(getattr(torch, name).dtype) == f"torch.{dtype.name}"


def optimizer_state(model, kind):
    optimizer = kind(model.parameters(), lr=0.1)
    model(torch.zeros(1, 3, 7, 7)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


CONV = nn.Conv2d(3, 4, 3)
WEIGHTS = net().state_dict()
NESTED = {
    "state_dict": (lambda: {"epoch": 3, "arch": "resnet50", "state_dict": WEIGHTS}, "state_dict"),
    "model": (lambda: {"model": WEIGHTS, "iteration": 9}, "model"),
    "two deep": (lambda: {"state": {"net": WEIGHTS}}, "state.net"),
    "odd key": (lambda: {"whatever it is called": WEIGHTS}, "whatever it is called"),
    "list": (lambda: [1, WEIGHTS], "1"),
    "number": (lambda: {7: WEIGHTS}, "7"),
    "student and teacher": (lambda: {"student": WEIGHTS, "teacher": dict(WEIGHTS)}, "student"),
    "average": (lambda: {"state_dict_ema": dict(WEIGHTS), "state_dict": WEIGHTS}, "state_dict_ema"),
    "beside tensors": (lambda: {"mean": torch.zeros(3), "model": WEIGHTS}, "model"),
    "optimizer first": (lambda: {"opt": optimizer_state(CONV, torch.optim.Adam), "sd": CONV.state_dict()}, "sd"),
}


@pytest.mark.parametrize(("made", "nested"), NESTED.values(), ids=NESTED)
def test_weights_are_found_by_structure(tmp_path, made, nested):
    found = read(saved(tmp_path, made()))
    assert found.nested == nested
    weights = CONV.state_dict() if nested == "sd" else WEIGHTS
    assert [info.name for info in found.tensors] == list(weights)


def resnet(prefix=""):
    return {f"{prefix}{name}": torch.zeros(()) for name in ("conv1.weight", "layer1.0.conv1.weight")}


OTHERS = {f"d.{i}.weight": torch.zeros(()) for i in range(9)}


@pytest.mark.parametrize(
    ("checkpoint", "chosen", "nested", "elsewhere"),
    [
        ({"encoder": resnet(), "decoder": OTHERS}, "", "encoder", ()),
        ({"decoder": OTHERS, "nets": {"encoder": resnet("m.")}}, "", "nets.encoder", ()),
        ({"encoder": resnet(), "decoder": OTHERS}, "decoder", "encoder", ()),
        ({"model": resnet(), "ema": resnet("module.")}, "", "model", ("ema.module.",)),
        ({"model": resnet(), "ema": resnet("module.")}, "ema", "ema", ("model.",)),
        ({"model": resnet(), "ema": resnet("module.")}, "ema.module.", "ema", ("model.",)),
        ({"model": resnet(), "ema": resnet("module.")}, "module", "ema", ("model.",)),
        ({"small": resnet(), "large": {**resnet("a."), **OTHERS}}, "", "large", ("small.",)),
        ({"a": {**resnet("x."), **resnet("y.")}, "b": resnet()}, "b", "b", ("a.x.", "a.y.")),
    ],
)
def test_of_several_mappings_a_resnet_is_taken_or_what_was_chosen(tmp_path, checkpoint, chosen, nested, elsewhere):
    found = read(saved(tmp_path, checkpoint), chosen)
    assert (found.nested, found.elsewhere) == (nested, elsewhere)


def test_what_is_passed_over_is_said(tmp_path):
    checkpoint = {
        "epoch": 3,
        "\x1b[31m": "red",
        "model": {**CONV.state_dict(), "version": 2},
        "ema": dict(CONV.state_dict()),
        "optimizer": optimizer_state(CONV, torch.optim.Adam),
        "sgd": optimizer_state(CONV, torch.optim.SGD),
    }
    found = read(saved(tmp_path, checkpoint))
    assert found.nested == "model"
    assert found.notes == (
        "the state of an optimizer: optimizer, sgd",
        "2 more tensors: ema",
        r"5 entries that are not tensors: epoch, \x1b[31m, optimizer, sgd, version",
    )


def test_the_way_to_the_weights_is_not_passed_over(tmp_path):
    assert read(saved(tmp_path, {"state": {"net": WEIGHTS}})).notes == ()


def test_one_mapping_under_two_keys_is_one(tmp_path):
    found = read(saved(tmp_path, {"model": WEIGHTS, "best": WEIGHTS}))
    assert (found.nested, found.notes) == ("model", ())


def test_many_entries_are_counted_not_listed(tmp_path):
    (note,) = read(saved(tmp_path, {"w": torch.zeros(1), **{f"n{i}": i for i in range(8)}})).notes
    assert note == "8 entries that are not tensors: n0, n1, n2, n3, n4 and 3 more"


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_values_of_other_kinds_are_passed_over(tmp_path):
    values = {
        "w": torch.zeros(1),
        "set": {1, 2},
        "complex": 1j,
        "bytes": b"\xff",
        "bytearray": bytearray(b"a"),
        "size": torch.Size([1, 2]),
        "device": torch.device("cpu"),
        "dtype": torch.float32,
        "counter": collections.Counter("aab"),
        "big": -(1 << 100),
        "float": 1.5,
        "none": None,
        "sparse": torch.zeros(2, 2).to_sparse(),
        "quantized": torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.qint8),
    }
    path = saved(tmp_path, values)
    torch.load(path, weights_only=True)
    found = read(path)
    assert [info.name for info in found.tensors] == ["w"]
    assert found.notes[0] == "2 tensors of a kind that is not read: sparse (sparse), quantized (quantized)"
    assert found.notes[1].startswith("11 entries that are not tensors: set, complex, ")


PLAIN = {
    "arguments": (argparse.Namespace(lr=0.1, model="resnet18", nested=argparse.Namespace(a=[1])), "argparse.Namespace"),
    "namespace": (SimpleNamespace(a=1), "types.SimpleNamespace"),
    "number": (np.float64(70.5), "a number of NumPy"),
    "array": (np.arange(5), "numpy.ndarray"),
    "path": (pathlib.PurePosixPath("/a/b"), "pathlib.PurePosixPath"),
    "date": (dt.datetime(2020, 1, 2, tzinfo=dt.UTC), "datetime.datetime"),
    "time": (dt.timedelta(seconds=3), "datetime.timedelta"),
    "frozen": (frozenset({1}), "frozenset"),
    "decimal": (decimal.Decimal("1.5"), "decimal.Decimal"),
    "version": (torch.__version__, "torch.__version__"),
    "queue": (collections.deque([1, 2], 3), ""),
    "default": (collections.defaultdict(list, {"loss": [0.1]}), ""),
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_data_beside_the_weights_is_passed_over_and_named(tmp_path, name):
    value, shown = PLAIN[name]
    found = read(saved(tmp_path, {"state_dict": WEIGHTS, "beside": value, "epoch": 3}))
    assert len(found.tensors) == len(WEIGHTS)
    beside = f"beside ({shown})" if shown else "beside"
    assert found.notes == (f"2 entries that are not tensors: {beside}, epoch",)


def test_weights_in_a_defaultdict_are_found(tmp_path):
    assert len(read(saved(tmp_path, collections.defaultdict(list, WEIGHTS))).tensors) == len(WEIGHTS)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_packed_weights_of_a_quantized_layer_are_named(tmp_path):
    quantized = torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.qint8)
    values = {"w": torch.zeros(1), "fc.dtype": torch.qint8, "fc._packed_params": (quantized, torch.zeros(1))}
    assert read(saved(tmp_path, values)).notes == (
        "1 tensor of a kind that is not read: fc._packed_params (quantized)",
        "1 entry that is not a tensor: fc.dtype",
    )


REFUSED = {
    "a tensor": (lambda: torch.zeros(3), "holds no named tensors"),
    "a list": (lambda: [torch.zeros(3)], "holds no named tensors"),
    "nothing": (dict, "holds no named tensors"),
    "an optimizer": (lambda: optimizer_state(CONV, torch.optim.Adam), "holds no named tensors"),
    "a module": (net, "holds an object of 'torch.nn.modules.container.Sequential', not only tensors and plain values"),
    "expanded": (lambda: {"a": torch.zeros(1).expand(1000)}, "tensor 'a' repeats elements of its storage"),
}


@pytest.mark.parametrize(("made", "message"), REFUSED.values(), ids=REFUSED)
def test_what_holds_no_weights_says_so(tmp_path, made, message):
    assert message in refused(tmp_path, saved(tmp_path, made()).read_bytes())


def test_old_files_say_how_to_save_them_again(tmp_path):
    reason = refused(tmp_path, saved(tmp_path, WEIGHTS, _use_new_zipfile_serialization=False).read_bytes())
    assert reason.startswith("was written by torch.save before torch 1.6")
    assert "torch.save(torch.load(path, weights_only=True), new_path)" in reason


def test_the_advice_for_old_files_works(tmp_path):
    old, new = saved(tmp_path, WEIGHTS, "old.pth", _use_new_zipfile_serialization=False), tmp_path / "new.pth"
    torch.save(torch.load(old, weights_only=True), new)
    assert [info.name for info in read(new).tensors] == list(WEIGHTS)


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_another_pickle_protocol_is_read_or_refused_with_advice(tmp_path, protocol):
    """Protocol 3 uses no opcode of its own here; torch's restricted reader refuses the others too."""
    path = saved(tmp_path, WEIGHTS, pickle_protocol=protocol)
    if protocol == 3:
        assert len(read(path).tensors) == len(WEIGHTS)
    else:
        assert "save it again without pickle_protocol" in refused(tmp_path, path.read_bytes())


def test_a_file_in_a_folder_of_the_archive_may_have_any_name(tmp_path):
    path = saved(tmp_path, {"a": torch.zeros(1)}, "näme with späces.tar.pth")
    assert read(path).tensors == (TensorInfo("a", (1,), "float32"),)


def test_reading_does_not_need_torch(tmp_path):
    path = saved(tmp_path, WEIGHTS)
    code = (
        "import sys; from resnet_inspect.checkpoints.read import read; "
        f"read({str(path)!r}); print({{'torch', 'numpy', 'safetensors'}} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


def test_a_view_into_a_big_storage_is_read(tmp_path):
    found = read(saved(tmp_path, {"view": torch.zeros(100)[90:].view(2, 5)}))
    assert found.tensors == (TensorInfo("view", (2, 5), "float32"),)
