"""What users write first works, and is the same as what they would have to write otherwise."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest
import torch

import resnet_inspect as ri
from resnet_inspect.rendering.csv import to_csv

STATE = ri.build("resnet18").state_dict()
SHAPES = {name: tuple(tensor.shape) for name, tensor in STATE.items()}


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ({"version": "1.5"}, {"version": "v1.5"}),
        ({"version": 1.5}, {"version": "v1.5"}),
        ({"version": "v15"}, {"version": "v1.5"}),
        ({"version": "V1_5"}, {"version": "v1.5"}),
        ({"version": 1}, {"version": "v1"}),
        ({"version": 1.0}, {"version": "v1"}),
        ({"version": np.int64(1)}, {"version": "v1"}),
        ({"input_shape": [3, 320, 320]}, {"input_shape": (3, 320, 320)}),
        ({"input_shape": [8, 3, 32, 32]}, {"input_shape": (8, 3, 32, 32)}),
        ({"input_shape": torch.Size((3, 8, 8))}, {"input_shape": (3, 8, 8)}),
        ({"input_shape": np.array([3, 8, 8])}, {"input_shape": (3, 8, 8)}),
        ({"input_shape": (1, 16)}, {"input_shape": (1, 16)}),
        ({"device": torch.device("cpu")}, {"device": "cpu"}),
        ({"inputs": ri.InputSpec((1, 16))}, {"inputs": (ri.InputSpec((1, 16)),)}),
        ({"inputs": [ri.InputSpec([1, 16], torch.int64)]}, {"inputs": (ri.InputSpec((1, 16), "int64"),)}),
        ({"inputs": []}, {}),
    ],
)
def test_a_run_is_written_in_several_ways(given, same):
    assert ri.RunOptions(**given) == ri.RunOptions(**same)


def test_an_image_needs_no_batch():
    report = ri.layers("resnet50", ri.RunOptions(input_shape=(3, 320, 320)))
    assert report.failure is None
    assert report.totals.macs == ri.layers("resnet50", ri.RunOptions(input_shape=(1, 3, 320, 320))).totals.macs
    assert ri.trace("resnet50", (3, 64, 64)) == ri.trace("resnet50", (1, 3, 64, 64))


@pytest.mark.parametrize(
    ("module", "given", "run"),
    [
        (torch.nn.Conv1d(3, 4, 3), (8, 3, 100), (8, 3, 100)),
        (torch.nn.Conv1d(3, 4, 3), (3, 100), (3, 100)),
        (torch.nn.Conv2d(3, 4, 3), (3, 9, 9), (1, 3, 9, 9)),
        (torch.nn.Conv2d(3, 4, 3), (2, 3, 9, 9), (2, 3, 9, 9)),
        (torch.nn.Conv3d(3, 4, 3), (3, 9, 9, 9), (3, 9, 9, 9)),
        (torch.nn.Linear(2, 2), (5, 7, 2), (5, 7, 2)),
        (torch.nn.Linear(2, 2), (2,), (2,)),
    ],
)
def test_only_an_image_is_given_a_batch(module, given, run):
    trace = ri.trace(module, given)
    assert (trace.input_shape, trace.failure) == (run, None)
    assert (
        ri.layers(module, ri.RunOptions(input_shape=given)).totals
        == ri.layers(module, ri.RunOptions(input_shape=run)).totals
    )


def test_a_batch_of_signals_is_counted():
    assert ri.layers(torch.nn.Conv1d(3, 4, 3), ri.RunOptions(input_shape=(8, 3, 100))).totals.macs == 28224


@pytest.mark.parametrize("source", ["resnet50", torch.nn.Conv2d(3, 4, 3)])
def test_two_sizes_are_no_image(source):
    with pytest.raises(ri.RequestError, match=r"\(channels, height, width\), such as \(3, 320, 320\), .*\(320, 320\)"):
        ri.count(source, ri.RunOptions(input_shape=(320, 320)))
    with pytest.raises(ri.RequestError, match=r"such as \(3, 224, 224\), .*found \(320,\)"):
        ri.trace(source, (320,))


@pytest.mark.parametrize(
    ("keywords", "selection"),
    [
        ({"role": "shortcut", "stage": 2}, {"roles": frozenset({"shortcut"}), "stages": frozenset({"stage2"})}),
        ({"stage": ["conv3_x", "STEM"]}, {"stages": frozenset({"stage2", "stem"})}),
        ({"block": 1, "role": ("main", "Shortcut")}, {"blocks": frozenset({1}), "roles": {"main", "shortcut"}}),
        ({"block": range(1, 3)}, {"blocks": frozenset({1, 2})}),
        (
            {"stage": "layer2", "block": ["conv3_1", "layer2.1"]},
            {"stages": {"stage2"}, "blocks": {"conv3_1", "conv3_2"}},
        ),
        ({}, {}),
    ],
)
def test_rows_are_selected_by_keywords(keywords, selection):
    report = ri.layers("resnet50", **keywords)
    assert report == ri.layers("resnet50", selection=ri.LayerSelection(**selection))
    assert report.layers
    if keywords:
        with pytest.raises(ri.RequestError, match="not by both"):
            ri.layers("resnet50", **keywords, selection=ri.LayerSelection())


def test_a_single_role_is_not_read_letter_by_letter():
    assert {layer.role for layer in ri.layers("resnet50", selection=ri.LayerSelection(roles="shortcut")).layers} == {
        "shortcut"
    }
    assert ri.RuleSelection(ignore="RI1").ignore == ("RI1",)


def test_fields_replace_those_of_a_config(tmp_path):
    described = ri.load({"base": "resnet50", "num_classes": 10})
    assert ri.load("resnet50", num_classes=10) == described
    assert ri.load("ResNet-50", num_classes=10) == described
    assert ri.load({"base": "resnet50"}, num_classes=10) == described
    assert ri.load(ri.load("resnet50"), num_classes=10) == described
    path = tmp_path / "net.toml"
    path.write_text('base = "resnet50"\nhead = "none"\n')
    assert ri.load(path, stem="deep").name == "net"
    assert ri.load("resnet18", block="bottleneck") == ri.load({"base": "resnet18", "block": "bottleneck"})
    assert ri.build("resnet50", num_classes=10).state_dict()["fc.weight"].shape == (10, 2048)


def test_each_step_goes_through_those_before_it():
    config = ri.load("resnet18")
    module = ri.build(config)
    trace = ri.trace(module)
    anatomy = ri.dissect(trace, name="mine")
    assert ri.build("resnet18").state_dict().keys() == module.state_dict().keys()
    assert ri.trace("resnet18") == ri.trace(config) == trace
    for source in ("resnet18", config, module):
        assert ri.dissect(source, name="mine") == anatomy
    assert [ri.dissect(source).model for source in (trace, module, config)] == ["ResNet", "ResNet", "resnet18"]
    assert ri.trace("resnet20_cifar").input_shape == (1, 3, 32, 32)


@pytest.mark.parametrize("versions", [("v1", "v1.5"), [1, "1.5"], (1.0, None)])
def test_two_versions_of_one_model(versions):
    runs = ri.RunOptions(version="v1"), ri.RunOptions(version=versions[1])
    report = ri.compare("resnet50", versions=versions)
    assert report == ri.compare("resnet50", "resnet50", *runs) == ri.compare("resnet50", None, *runs)
    assert report.totals.macs.delta == 231_211_008


@pytest.fixture(scope="module")
def of_file(tmp_path_factory):
    """What is found in a file of these weights."""
    path = tmp_path_factory.mktemp("weights") / "weights.pth"
    torch.save({name: torch.zeros(shape) for name, shape in SHAPES.items()}, path)
    return ri.identify(path)


@pytest.mark.parametrize(
    ("weights", "nested", "dtypes"),
    [
        (STATE, "", ["float32", "int64"]),
        (dict(STATE), "", ["float32", "int64"]),
        (ri.build("resnet18"), "", ["float32", "int64"]),
        (SHAPES, "", []),
        ({name: list(shape) for name, shape in SHAPES.items()}, "", []),
        ({name: tensor.shape for name, tensor in STATE.items()}, "", []),
        ({name: np.zeros(shape, "float16") for name, shape in SHAPES.items()}, "", ["float16"]),
        ({"epoch": 3, "state_dict": STATE, "milestones": [30, 60]}, "state_dict", ["float32", "int64"]),
        ({"model": ri.build("resnet18"), "args": object()}, "model", ["float32", "int64"]),
        ([STATE], "0", ["float32", "int64"]),
    ],
    ids=["state", "dict", "module", "shapes", "lists", "sizes", "numpy", "nested", "nested module", "list"],
)
def test_weights_in_memory_are_those_of_a_file(tmp_path, of_file, weights, nested, dtypes):
    if isinstance(weights, list):
        weights = {"0": weights[0]}
    report = ri.identify(weights)
    assert (report.variants, report.renames, report.placement) == (of_file.variants, of_file.renames, of_file.placement)
    assert (report.file.format, report.file.path, report.file.nested) == ("memory", "", nested)
    assert [count.dtype for count in report.file.dtypes] == dtypes
    assert ri.render(report).startswith("weights in memory")
    loads = ri.weights("resnet18", weights)
    assert loads.loads
    assert ri.render(loads).startswith("resnet18 ← weights in memory")
    with pytest.raises(ri.RequestError, match="only files are converted"):
        ri.weights("resnet18", weights, convert_to=tmp_path / "out.safetensors")


def test_weights_in_memory_may_refer_to_themselves():
    loop = {"again": [], "net": STATE}
    loop["again"] += [loop] * 50
    assert ri.identify(loop).file.nested == "net"
    with pytest.raises(ri.CheckpointError, match=r"^the mapping: holds no named tensors"):
        ri.identify({"epoch": 3})


REPORTS = {
    "layers": lambda: ri.layers("resnet50"),
    "everything": lambda: ri.layers("resnet50", selection=ri.LayerSelection(everything=True)),
    "stages": lambda: ri.stages("resnet50"),
    "count": lambda: ri.count("seresnet50"),
    "blocks": lambda: ri.blocks("resnet50"),
    "compare": lambda: ri.compare("resnet50", versions=("v1", "v1.5")),
    "nearest": lambda: ri.nearest({"base": "resnet50", "num_classes": 10}),
    "variants": lambda: ri.variants("resnet*"),
    "rule": lambda: ri.rule("RI1"),
    "identify": lambda: ri.identify(STATE),
    "weights": lambda: ri.weights("resnet34", STATE),
    "anatomy": lambda: ri.dissect("resnet18"),
    "no blocks": lambda: ri.stages(torch.nn.Conv2d(3, 8, 3)),
}


class Series(list):
    """A stand-in for that of pandas, which keeps what it is made of."""

    def __init__(self, values, dtype):
        super().__init__(values)
        self.dtype = dtype


@pytest.fixture
def pandas(monkeypatch):
    module = ModuleType("pandas")
    module.__spec__ = ModuleSpec("pandas", None)  # torch looks for it
    module.Series, module.DataFrame = Series, dict
    monkeypatch.setitem(sys.modules, "pandas", module)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.usefixtures("pandas")
def test_a_report_as_values(name):
    report = REPORTS[name]()
    assert report.to_dict() == json.loads(ri.render(report, "json"))
    table, frame = report.as_report().page().data, report.to_dataframe()
    assert list(frame) == ri.render(report, "csv").partition("\n")[0].split(",")
    assert [list(row) for row in zip(*frame.values(), strict=True)] == [
        [cell.exact for cell in row.cells] for row in table.rows
    ]
    for column in frame.values():
        assert column.dtype in {"int64", "Int64", "bool", "boolean", "float64", "object"}
        assert (None in column) <= (column.dtype not in {"int64", "bool"})


def test_without_pandas_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ri.RequestError, match=r"to_dataframe needs pandas .*: pip install pandas"):
        ri.count("resnet18").to_dataframe()


def test_pandas_and_torch_are_not_imported_for_less():
    code = (
        "import sys, resnet_inspect as ri; ri.variants('resnet18').to_dict(); ri.RunOptions(version=1); "
        f"ri.load('resnet50', num_classes=3); ri.identify({SHAPES}); "
        "assert not {'torch', 'pandas', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


class Stops(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.Conv2d(9, 8, 3)

    def forward(self, x):
        return self.second(self.first(x))


REASON = "the forward failed in second: conv2d of 1×8×224×224"
FAILING = {
    "layers": lambda: ri.layers(Stops()),
    "stages": lambda: ri.stages(Stops()),
    "count": lambda: ri.count(Stops()),
    "blocks": lambda: ri.blocks(Stops()),
    "dissect": lambda: ri.dissect(Stops()),
    "dissect trace": lambda: ri.dissect(ri.trace(Stops())),
    "nothing ran": lambda: ri.layers(Stops(), ri.RunOptions(input_shape=(1, 2, 8, 8))),
}


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.usefixtures("pandas")
def test_a_run_that_failed_says_so_everywhere(name):
    reason = REASON.replace("second", "first").replace("8×224×224", "2×8×8") if name == "nothing ran" else REASON
    with pytest.warns(ri.PartialRunWarning, match=reason) as warned:
        report = FAILING[name]()
    assert warned[0].filename == __file__
    for form in ("table", "csv", "markdown"):
        assert reason in ri.render(report, form).replace("\\", ""), form
    assert "incomplete" in report._repr_html_()
    assert reason in report._repr_html_()
    assert report.to_dict()["failure"]["module"] in {"first", "second"}
    assert all(reason in text for text in report.to_dataframe()["failure"])
    assert report.to_dataframe()["failure"]
    assert reason in repr(report)
    assert to_csv(report.as_report().page()).splitlines()[0].endswith(",failure")


def test_a_run_that_ended_has_no_such_column():
    with warnings.catch_warnings(action="error"):
        assert "failure" not in ri.render(ri.layers("resnet18"), "csv")
