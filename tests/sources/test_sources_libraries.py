"""torchvision: and timm:, against stand-ins; what is said where the libraries are not there."""

from __future__ import annotations

import sys

import pytest
import torch

import resnet_inspect as ri
from resnet_inspect.configs import variants
from resnet_inspect.sources.resolve import resolve
from resnet_inspect.sources.running import run_model


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(
    ("source", "name", "input_shape"),
    [
        ("torchvision:resnet50", "torchvision:resnet50", (1, 3, 224, 224)),
        ("TorchVision:ResNet50", "torchvision:resnet50", (1, 3, 224, 224)),
        ("torchvision:fcn_resnet50", "torchvision:fcn_resnet50", (1, 3, 224, 224)),
        ("torchvision:clip_net", "torchvision:clip_net", (1, 3, 16, 112, 112)),
        ("timm:seresnext50_32x4d", "timm:seresnext50_32x4d", (1, 3, 256, 288)),
        ("timm:resnet50.a1_in1k", "timm:resnet50.a1_in1k", (1, 3, 256, 288)),
        ("timm:timm/resnet50", "timm:resnet50", (1, 3, 256, 288)),
    ],
)
def test_a_model_is_built_without_weights_and_on_meta(source, name, input_shape):
    found = resolve(source)
    ran = run_model(found)
    assert (found.name, found.config, ran.notes) == (name, None, ())
    assert ran.trace.failure is None
    assert ran.trace.input_shape == input_shape
    assert all(parameter.is_meta for parameter in ran.module.parameters())


@pytest.mark.usefixtures("stand_ins")
def test_arguments_go_to_the_factory():
    report = ri.layers("timm:resnet50", ri.RunOptions(arguments={"in_chans": 1, "num_classes": 7}))
    assert (report.input_shape, report.output_shape) == ((1, 1, 256, 288), (1, 7))


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        ("torchvision:resnet51", {}, r"torchvision has no model 'resnet51': did you mean resnet50"),
        ("timm:seresnext51_32x4d", {}, r"timm has no model .*: did you mean seresnext50_32x4d\?"),
        ("timm:hf-hub:timm/resnet50", {}, "timm has no model 'hf-hub:timm/resnet50'"),
        ("timm:../resnet50", {}, "timm has no model"),
        ("torchvision:", {}, "'torchvision:' names no model"),
        ("timm: ", {}, "'timm:' names no model"),
        ("torchvision:resnet50", {"weights": "DEFAULT"}, "argument weights: models are built without weights here"),
        ("torchvision:resnet50", {"weights_backbone": None}, "argument weights_backbone: models are built without"),
        ("timm:resnet50", {"pretrained": True}, "argument pretrained: models are built without weights here"),
        ("timm:resnet50", {"checkpoint_path": "x"}, "argument checkpoint_path: models are built without weights"),
        ("timm:resnet50", {"nonsense": 1}, r"timm:resnet50 cannot be built: TypeError: .*'nonsense'"),
    ],
)
def test_what_a_library_cannot_give(source, arguments, message):
    with pytest.raises(ri.RequestError, match=message):
        run_model(resolve(source, arguments))


@pytest.mark.parametrize("package", ["torchvision", "timm", "transformers"])
def test_a_library_that_is_not_there_can_be_installed(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ri.RequestError) as caught:
        resolve(f"{package}:microsoft/resnet-50" if package == "transformers" else f"{package}:resnet50")
    assert f"{package} is not installed: pip install {package}" in str(caught.value)
    assert f"resnet50 equals it tensor by tensor, and needs no {package}" in str(caught.value)


def test_a_library_that_is_broken_says_why(monkeypatch, tmp_path):
    (tmp_path / "timm.py").write_text("raise OSError('libsomething.so: no such file')")
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ri.RequestError, match=r"timm is installed, but cannot be imported: OSError: libsomething\.so"):
        resolve("timm:vit_base")


@pytest.mark.usefixtures("stand_ins")
def test_what_a_library_prints_does_not_spoil_standard_output(capsys):
    resolve("timm:resnet50").build("meta")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "timm's stand-in is imported" in printed.err


@pytest.mark.usefixtures("stand_ins")
def test_two_sources_are_compared():
    report = ri.compare("timm:resnet50", "timm:resnet50", right_run=ri.RunOptions(arguments={"num_classes": 10}))
    assert (report.left.name, report.left.config) == ("timm:resnet50", None)
    assert not report.identical
    assert report.totals.params.delta == (10 - 1000) * (8 + 1)


@pytest.mark.usefixtures("stand_ins")
def test_building_draws_no_random_numbers():
    before = torch.get_rng_state()
    resolve("timm:resnet50").build("cpu")
    assert torch.equal(torch.get_rng_state(), before)


def test_the_variant_that_equals_a_published_model():
    for name in variants.variant_names():
        for model in variants.published(name):
            assert variants.equal_to(model) == name
    assert variants.equal_to("timm:vit_base_patch16_224") == ""
    assert variants.equal_to("resnet50") == ""


@pytest.mark.parametrize("source", ["timm:resnet50", "torchvision:resnet50", "transformers:microsoft/resnet-50"])
def test_a_config_s_base_is_no_source(source, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, source.partition(":")[0], None)
    (tmp_path / "net.toml").write_text(f'base = "{source}"\n')
    with pytest.raises(ri.ConfigError, match="equals resnet50 tensor by tensor"):
        resolve(str(tmp_path / "net.toml"))
    with pytest.raises(ri.UnknownVariantError, match="equals resnet50 tensor by tensor"):
        ri.load(source)
