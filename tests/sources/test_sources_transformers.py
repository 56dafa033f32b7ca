"""transformers: models of configs that are on this machine, and never of another."""

from __future__ import annotations

import json
import os
import socket

import pytest

import resnet_inspect as ri
from resnet_inspect.sources.resolve import resolve
from resnet_inspect.sources.running import run_model

transformers = pytest.importorskip("transformers")

SMALL = {"model_type": "resnet", "embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 2]}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("the network is asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def saved(tmp_path):
    def save(fields, name="config.json"):
        (tmp_path / name).write_text(fields if isinstance(fields, str) else json.dumps(fields), encoding="utf-8")
        return tmp_path

    return save


@pytest.mark.parametrize("bottleneck", [False, True])
def test_the_stride_s_place_is_the_config_s(saved, bottleneck):
    """A config as transformers writes it, by folder and by file."""
    config = transformers.ResNetConfig(downsample_in_bottleneck=bottleneck, num_labels=1000)
    folder = saved({})
    config.save_pretrained(folder)
    for source in (f"transformers:{folder}", f"transformers:{folder}/config.json", config):
        report = ri.layers(source)
        assert report.depth.depth == 50
        assert report.stride_placement == ("v1" if bottleneck else "v1.5")
        assert (report.input_shape, report.output_shape) == ((1, 3, 224, 224), (1, 1000))
        assert report.totals.params == 25_557_032


KINDS = [
    (None, "ResNetForImageClassification", [(1, 2)]),
    ("ResNetForImageClassification", "ResNetForImageClassification", [(1, 2)]),
    ("ResNetModel", "ResNetModel", [(1, 16, 28, 28), (1, 16, 1, 1)]),
    ("ResNetBackbone", "ResNetBackbone", [(1, 8, 56, 56), (1, 16, 28, 28)]),
    ("os", "ResNetForImageClassification", [(1, 2)]),
    ("ResNetConfig", "ResNetForImageClassification", [(1, 2)]),
]


@pytest.mark.parametrize(("architecture", "kind", "outputs"), KINDS)
def test_the_architecture_is_the_config_s(saved, architecture, kind, outputs):
    """Classifier, backbone and bare model; their outputs are ModelOutputs of one and of several tensors."""
    fields = {**SMALL, "out_features": ["stage1", "stage2"]} | (
        {"architectures": [architecture]} if architecture else {}
    )
    ran = run_model(resolve(f"transformers:{saved(fields)}"))
    assert type(ran.module).__name__ == kind
    assert all(parameter.is_meta for parameter in ran.module.parameters())
    assert [ran.trace.ops[number].output_shape for number in ran.trace.outputs] == outputs


@pytest.mark.parametrize(
    ("kind", "input_shape"),
    [("bit", (1, 3, 224, 224)), ("regnet", (1, 3, 224, 224)), ("rt_detr_resnet", (1, 3, 224, 224)), ("bert", (1, 16))],
)
def test_other_models_of_theirs_run_too(saved, kind, input_shape):
    small = {"hidden_size": 12, "num_hidden_layers": 1, "intermediate_size": 12} if kind == "bert" else {}
    ran = run_model(resolve(f"transformers:{saved({'model_type': kind, **small})}"))
    assert (ran.trace.failure, ran.trace.input_shape) == (None, input_shape)


def test_arguments_are_fields_of_the_config(saved):
    source = f"transformers:{saved(SMALL)}"
    report = ri.layers(source, ri.RunOptions(arguments={"num_channels": 1, "num_labels": 7, "depths": [2, 2]}))
    assert (report.input_shape, report.output_shape) == ((1, 1, 224, 224), (1, 7))
    assert sum(stage.blocks for stage in report.stages) == 4
    with pytest.raises(ri.RequestError, match="argument nonsense: ResNetConfig has no such field"):
        resolve(source, {"nonsense": 3})


def test_a_config_from_the_local_cache(tmp_path, monkeypatch):
    from huggingface_hub import constants

    snapshot = tmp_path / "models--somebody--resnet-9" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text(json.dumps(SMALL))
    (snapshot.parent.parent / "refs").mkdir()
    (snapshot.parent.parent / "refs" / "main").write_text("abc")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert ri.count("transformers:somebody/resnet-9").depth.weighted > 8
    with pytest.raises(ri.RequestError) as caught:
        resolve("transformers:microsoft/resnet-50")
    for words in ("nothing is downloaded", "hf download microsoft/resnet-50 config.json", "resnet50 equals it"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "holds a list, not a config's fields"),
        ({}, "has no model_type"),
        ({"model_type": 3}, "has no model_type"),
        ({"model_type": "resent"}, r"transformers has no model 'resent': did you mean resnet\?"),
        ({**SMALL, "layer_type": "wrong"}, "transformers cannot read its config: .*layer_type"),
        ("x" * (2**23 + 1), "larger than 8 MiB"),
    ],
)
def test_a_config_that_is_none(saved, fields, message):
    with pytest.raises(ri.RequestError, match=message):
        run_model(resolve(f"transformers:{saved(fields)}"))


@pytest.mark.parametrize("model", ["./none/config.json", "none.json", "..", "a b", "/dev/null"])
def test_a_path_without_a_config(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ri.RequestError, match=r"cannot be read: .*(no such file|pipe or device)"):
        resolve(f"transformers:{model}")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(ri.RequestError, match="is a pipe or device"):
        resolve(f"transformers:{tmp_path}")


@pytest.mark.parametrize("kind", ["resnet", "evil"])
def test_code_that_a_config_names_is_never_imported(saved, monkeypatch, kind):
    folder = saved({**SMALL, "model_type": kind, "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}})
    (folder / "evil.py").write_text("from pathlib import Path\nPath('sprung').touch()\nclass Evil: pass\n")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    if kind == "resnet":
        assert run_model(resolve(f"transformers:{folder}")).trace.failure is None
    else:
        with pytest.raises(ri.RequestError, match="transformers has no model 'evil'"):
            resolve(f"transformers:{folder}")
    with pytest.raises(ri.RequestError, match="has no such field"):
        resolve(f"transformers:{saved(SMALL)}", {"trust_remote_code": True})
    assert not (folder / "sprung").exists()


def test_their_config_is_left_as_it_was():
    config = transformers.ResNetConfig(**SMALL)
    before = config.to_dict()
    ri.count(config)
    assert config.to_dict() == before
