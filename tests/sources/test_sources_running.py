"""Where a model runs: on meta, and with values where its forward asks for them."""

from __future__ import annotations

import pytest
from torch import nn

import resnet_inspect as ri
from resnet_inspect.sources import running
from resnet_inspect.sources.resolve import resolve
from resnet_inspect.sources.running import run_model

NETS = """
import torch
from torch import nn

class Looks(nn.Module):
    def __init__(self, channels=3):
        super().__init__()
        self.conv = nn.Conv2d(channels, 8, 3)
        self.gate = Gate()

    def forward(self, x):
        return self.gate(self.conv(x))

class Gate(nn.Module):
    def forward(self, x):
        return x if x.sum() > 10**9 else -x

class Leaves(Gate):
    def forward(self, x):
        raise SystemExit(3)

class Stops(Looks):
    def forward(self, x):
        return super().forward(x).view(7)

class Moves(Looks):  # as Keras does with a tensor of meta
    def forward(self, x):
        return self.conv(torch.empty_like(x, device="cpu") if x.is_meta else x.to("cpu"))

class Severed(Looks):
    def forward(self, x):
        return self.conv(torch.empty_like(x))
"""
WHY = "the forward asks for values, which meta tensors do not have (at gate)"


@pytest.fixture(autouse=True)
def _nets(project):
    project(nets=NETS)


def test_a_forward_that_asks_for_values_runs_on_cpu_and_says_so():
    ran = run_model(resolve("nets:Looks"))
    assert (ran.device, ran.trace.failure, ran.notes) == ("cpu", None, (f"traced on cpu: {WHY}",))
    assert ran.trace.output_shape == (1, 8, 222, 222)
    report = ri.layers("nets:Looks")
    assert report.model.notes == ran.notes
    assert ri.compare("resnet18", "nets:Looks").right.notes == ran.notes
    assert ri.compare("resnet18", "nets:Looks").left.notes == ()


def test_a_device_that_is_named_is_kept():
    ran = run_model(resolve("nets:Looks"), device="meta")
    assert ran.trace.failure.needs_values
    assert ran.notes == (f"{WHY}: tensors on cpu do (--device cpu)",)
    assert run_model(resolve("nets:Looks"), device="cpu").notes == ()


def test_what_fails_with_values_too_is_told_as_it_fails_there():
    ran = run_model(resolve("nets:Stops"))
    assert ran.trace.failure.op == "view"
    assert not ran.trace.failure.needs_values
    assert ran.notes == (f"traced on cpu: {WHY}",)


def test_a_huge_model_is_not_built_with_values_unasked(monkeypatch):
    monkeypatch.setattr(running, "MOST_PARAMETERS_UNASKED", 100)
    ran = run_model(resolve("nets:Looks"))
    assert ran.trace.failure.needs_values
    assert ran.notes == (f"{WHY}; with 224 parameters it runs on cpu only when told to (--device cpu)",)


def test_a_module_without_values_cannot_be_given_them():
    ran = run_model(resolve(resolve("nets:Looks").build("meta")))
    assert ran.trace.failure.needs_values
    assert ran.notes[0].startswith(f"{WHY}; on cpu: the model is on the meta device and has no values to run")


def test_a_given_module_runs_with_its_own_values():
    assert ri.layers(resolve("nets:Looks").build("cpu")).model.notes == (f"traced on cpu: {WHY}",)


def test_an_input_that_was_assumed_is_named_where_the_forward_fails():
    net = nn.Sequential(nn.Conv2d(2, 4, 1), nn.Flatten(), nn.Linear(7, 3))
    assert run_model(resolve(net)).notes == ("its input was taken to be 1×2×224×224: --input sets another",)
    assert run_model(resolve(net), (ri.InputSpec((1, 2, 9, 9)),)).notes == ()
    assert run_model(resolve("resnet50_caffe"), (ri.InputSpec((1, 3, 2, 2)),)).notes == ()


def test_a_forward_that_leaves_the_program():
    with pytest.raises(ri.ModelRunError, match=r"the forward of nets:Leaves called sys\.exit\(3\)"):
        run_model(resolve("nets:Leaves"))


def test_several_inputs_reach_the_forward():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(5, 4)

        def forward(self, ids, *, batch):
            return {"sum": self.table(ids) + batch["x"]}

    run = ri.RunOptions(inputs=(ri.InputSpec((1, 3), "int64"), ri.InputSpec((1, 3, 4), path="batch.x")))
    report = ri.layers(Two(), run)
    assert (report.input_shape, report.output_shape, report.failure) == ((1, 3), (1, 3, 4), None)


@pytest.mark.parametrize("version", ["v1", "v1.5"])
def test_a_version_is_for_configs(version):
    with pytest.raises(ri.RequestError, match=f"{version} sets a config's stride_in, and nets:Looks is not built"):
        ri.layers("nets:Looks", ri.RunOptions(version=version))


def test_a_forward_that_loses_its_input_on_meta_runs_on_cpu_and_says_so():
    ran = run_model(resolve("nets:Moves"))
    assert (ran.device, ran.trace.failure) == ("cpu", None)
    assert ran.notes == ("traced on cpu: on meta, the forward loses the input",)
    on_meta = run_model(resolve("nets:Moves"), device="meta")
    assert on_meta.trace.failure.severed
    assert on_meta.notes == ("on meta, the forward loses the input: tensors on cpu may keep it (--device cpu)",)


def test_where_values_do_not_help_the_failure_is_told():
    ran = run_model(resolve("nets:Severed"))
    assert (ran.device, ran.trace.failure.severed) == ("cpu", True)
    with pytest.raises(ri.ModelRunError, match="nets:Severed has no summary: the output depends on no input"):
        ri.summary("nets:Severed")
