"""Whatever a public function is given, it works or says what it needs: never an error from inside."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import resnet_inspect as ri
from resnet_inspect.errors import ResnetInspectError

CONFIG = ri.load({"block": "basic", "stage_blocks": [1], "stage_widths": [8], "input_size": [32, 32]})
TRACE = ri.trace(CONFIG)
SHAPES = {"conv1.weight": (8, 3, 7, 7)}


class Odd:
    """Of no kind that anything takes, with attributes that might be looked for."""

    shape, dtype, layers, name = 5, 5, 5, 5

    def __repr__(self):
        raise ValueError


VALUES = {
    "None": None,
    "True": True,
    "5": 5,
    "0": 0,
    "-1": -1,
    "1e30": 10**30,
    "long": 10**5000,
    "1.5": 1.5,
    "nan": float("nan"),
    "numpy": np.int64(3),
    "array": np.zeros(3),
    "empty text": "",
    "v1": "v1",
    "NUL": "a\0b",
    "bytes": b"net.toml",
    "list": [],
    "numbers": [3, 4],
    "None's": [None],
    "texts": ("a", "b"),
    "bytes's": [b"x"],
    "dict": {},
    "numbered": {1: 2},
    "set": {"stem"},
    "path": Path("nowhere"),
    "object": object(),
    "odd": Odd(),
    "class": ri.RunOptions,
    "module class": torch.nn.Linear,
    "RunOptions": ri.RunOptions(),
    "config": CONFIG,
    "trace": TRACE,
    "anatomy": ri.dissect(TRACE),
    "report": ri.count(CONFIG),
    "module": torch.nn.ReLU(),
    "tensor": torch.zeros(2),
    "device": torch.device("meta"),
    "dtype": torch.int64,
    "function": len,
}

CALLS = {
    "InputSpec": {"shape": (1, 3, 8, 8)},
    "LayerSelection": {},
    "RunOptions": {},
    "RuleSelection": {},
    "VariantFilter": {},
    "blocks": {"source": CONFIG},
    "build": {"config": CONFIG},
    "check": {"paths": "net.toml", "stdin_filename": None},
    "compare": {"left": CONFIG, "right": CONFIG},
    "config": {"source": CONFIG},
    "count": {"source": CONFIG},
    "dissect": {"source": TRACE},
    "identify": {"file": SHAPES},
    "layers": {"source": CONFIG},
    "load": {"source": "-"},
    "lock": {"paths": "net.toml"},
    "nearest": {"source": CONFIG, "count": 1},
    "render": {"report": ri.count(CONFIG)},
    "rule": {},
    "schema": {},
    "stages": {"source": CONFIG},
    "summary": {"source": CONFIG, "depth": 1},
    "trace": {"source": CONFIG},
    "variants": {"pattern": "resnet18"},
    "weights": {"source": CONFIG, "file": SHAPES},
}
"""Name -> what it needs to run; each argument is then replaced by every value."""

RESULTS = {"Anatomy", "Problem", "Report", "ResNetConfig", "Trace", "__version__"}
"""What this package makes and users read; a config is made by ``load``."""

RIGHT = {
    "timeout": {"5", "1.5", "numpy"},
    "jobs": {"5", "numpy"},
    "watch": {"class", "module class", "module", "function"},
}
"""What is left out: these start processes, or are the caller's own code."""

INSIDE = re.compile(r"has no attribute|not iterable|not subscriptable|NoneType|object at 0x|positional argument")


def arguments_of(name):
    return list(inspect.signature(getattr(ri, name)).parameters.values())


def call(name, parameter, value):
    arguments = dict(CALLS[name])
    function = getattr(ri, name)
    if parameter.kind is parameter.VAR_POSITIONAL:
        return function(value)
    if parameter.kind is parameter.VAR_KEYWORD:
        arguments["source" if name == "load" else "config"] = CONFIG
        return function(**arguments, num_classes=value)
    return function(**{**arguments, parameter.name: value})


def what_is_said(name, parameter, value):
    """The error's words; empty where there is none. An error that is not one of ours is not caught."""
    try:
        call(name, parameter, value)
    except ResnetInspectError as error:
        return str(error)
    return ""


def test_every_public_callable_is_tried():
    kinds = {name: getattr(ri, name) for name in ri.__all__ if isinstance(getattr(ri, name), type)}
    errors = {name for name, kind in kinds.items() if issubclass(kind, Exception)}
    assert set(CALLS) | RESULTS | errors == set(ri.__all__)


@pytest.mark.parametrize(
    ("name", "parameter"),
    [pytest.param(name, each, id=f"{name}-{each.name}") for name in CALLS for each in arguments_of(name)],
)
@pytest.mark.filterwarnings("ignore::resnet_inspect.PartialRunWarning")
def test_a_wrong_argument_is_named(tmp_path, monkeypatch, name, parameter):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.toml").write_text('base = "resnet20_cifar"\n')
    for label, value in VALUES.items():
        if label not in RIGHT.get(parameter.name, ()):
            said = what_is_said(name, parameter, value)
            assert not INSIDE.search(said), (label, said)
            assert len(said) < 2000, label


TENSORS = {"conv1.weight": torch.zeros(8, 3, 7, 7), "bn1.num_batches_tracked": torch.tensor(0)}


@pytest.mark.parametrize("weights", [TENSORS, SHAPES, {"conv": np.zeros(3)}, {"epoch": 3, "state_dict": TENSORS}])
@pytest.mark.parametrize(
    "call",
    [
        ri.layers,
        ri.load,
        ri.build,
        ri.trace,
        lambda sd: ri.weights(sd, "resnet18"),
        lambda sd: ri.load(sd, head="none"),
    ],
)
def test_weights_in_place_of_a_model_are_refused_in_one_line(call, weights):
    with pytest.raises(ri.RequestError, match=r"^these are weights, not a model: ri\.identify\(weights\) .*$"):
        call(weights)


@pytest.mark.parametrize("name", ["stage", "block", "role"])
@pytest.mark.parametrize("empty", [[], (), set(), range(0), iter(())], ids=lambda empty: type(empty).__name__)
def test_an_empty_selection_is_refused(name, empty):
    with pytest.raises(ri.RequestError, match=f"^{name} is empty, which selects no rows"):
        ri.layers(CONFIG, **{name: empty})


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: ri.RunOptions(version="v2"), ri.RequestError, "version 'v2' is not known: write v1 .* or v1.5"),
        (
            lambda: ri.RunOptions(device="tpu"),
            ri.RequestError,
            "device 'tpu' is not known: choose from auto, meta, cpu, cuda, or another device that torch knows",
        ),
        (lambda: ri.RunOptions(device="cpu:x"), ri.RequestError, "device 'cpu:x' is not known"),
        (lambda: ri.RunOptions(version=[1]), TypeError, r"version must be 'v1' or 'v1.5'; found \[1\]"),
        (
            lambda: ri.RunOptions(input_shape="3x8x8"),
            TypeError,
            r"must be whole numbers of 1 or more, .* found '3x8x8'",
        ),
        (lambda: ri.RunOptions(input_shape=(0, 8, 8)), ri.RequestError, r"found \(0, 8, 8\)"),
        (lambda: ri.RunOptions(input_shape=(3, 320.0, 320)), TypeError, r"found \(3, 320.0, 320\)"),
        (lambda: ri.layers("resnet50", stage=2.0), TypeError, r"found 2\.0"),
        (lambda: ri.RunOptions(inputs=[(1, 16)]), TypeError, r"ri.InputSpec\(\(1, 16\), 'int64'\)"),
        (
            lambda: ri.layers("resnet50", "v1"),
            TypeError,
            r'run must be a RunOptions, such as ri.RunOptions\(version="v1".*\'v1\'',
        ),
        (
            lambda: ri.layers("resnet50", ri.RunOptions),
            TypeError,
            "found the class RunOptions: create an instance of it",
        ),
        (lambda: ri.layers("resnet50", role="hero"), ri.RequestError, "'hero' is not a role: choose from stem, main"),
        (lambda: ri.layers("resnet50", stage="five"), ri.RequestError, "'five' is not a stage: write stem, head"),
        (lambda: ri.layers(torch.nn.Linear), TypeError, "found the class Linear: create an instance"),
        (lambda: ri.variants(5), TypeError, "pattern must be a text; found 5"),
        (lambda: ri.identify(5), TypeError, r"a path, a state_dict .*, or a torch.nn.Module; found 5"),
        (lambda: ri.dissect(ri.count(CONFIG)), TypeError, r"must be a trace, or a model: .*; found a CountReport"),
        (lambda: ri.trace(TRACE), TypeError, r"must be a model: a name, a path, .*; found a Trace"),
        (lambda: ri.build(torch.nn.ReLU()), TypeError, r"a config must be the name of a variant, .*; found a ReLU"),
        (lambda: ri.build("resnet50", classes=10), ri.ConfigError, "classes: unknown field"),
        (lambda: ri.load("resnet50", num_classes="10"), ri.ConfigError, "num_classes: must be a whole number"),
        (lambda: ri.load("resnet51", num_classes=10), ri.UnknownVariantError, "did you mean resnet50"),
        (lambda: ri.weights("resnet18", SHAPES, force="no"), TypeError, "force must be True or False; found 'no'"),
        (lambda: ri.check([]), ri.RequestError, "nothing to check: no paths given"),
        (lambda: ri.lock(()), ri.RequestError, "nothing to lock: no paths given"),
        (lambda: ri.compare("resnet50"), ri.RequestError, r'compare\("resnet50", versions=\("v1", "v1.5"\)\)'),
        (lambda: ri.compare("resnet50", versions="v1"), TypeError, "a pair of versions"),
        (lambda: ri.render(ri.count), TypeError, "a function is not a report"),
        (
            lambda: ri.lock("net.toml", lock_file="a\0b"),
            ri.RequestError,
            "cannot be written: no file can have this name",
        ),
    ],
)
def test_what_is_said_of_a_first_guess_that_cannot_work(tmp_path, monkeypatch, call, kind, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.toml").write_text('base = "resnet20_cifar"\n')
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, ri.RequestError)
