"""What names a model, what does not, and what is never imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from named_models import SETTINGS, checked, codes

from resnet_inspect.checking.judge import check_file, record_file
from resnet_inspect.checking.paths import find_files, targets_of
from resnet_inspect.checking.targets import NamedModelOptions
from resnet_inspect.errors import RequestError
from resnet_inspect.tracing.inputs import InputSpec

pytestmark = pytest.mark.usefixtures("named_models")


@pytest.mark.parametrize(
    "name",
    [
        "torchvision:resnet50",
        "TIMM:resnet50.a1_in1k",
        "transformers:microsoft/resnet-50",
        "transformers:no/such/config.json",
        "nets:Plain",
        "package.module:Outer.inner",
        "nets.py:Plain",
        "no/such.py:Net",
        "/no/such.py:Net",
        "C:\\nets\\mine.py:Net",
        "resnet50",
        "ResNet-50",
        "microsoft/resnet-50",
    ],
)
def test_a_name_is_that_of_a_model(name):
    found = find_files([name, "net.toml"], SETTINGS)
    assert (found.files, found.models, found.missing) == ((name, "net.toml"), {name}, ())


@pytest.mark.parametrize(
    "name",
    [
        "no.toml",
        "configs/x.toml",
        "nets:x.toml",
        "C:\\x",
        "C:/x.toml",
        "C:\\configs\\x.toml",
        "resnet5O",
        "resnet50/",
        "resnet50.toml",
        "configs/resnet50",
        "no.py",
        "no*.py:Net",
        "n[o]:Net",
        "torchvision:resnet?",
        ":Net",
        "nets:",
        "nets:no-name",
        "nets:Net\0",
        "nets\0.py:Net",
        "torchvision:\0",
        "",
    ],
)
def test_a_name_is_none_of_a_model(name):
    found = find_files([name], SETTINGS)
    assert (found.files, found.models, found.missing) == ((), frozenset(), (name,))


@pytest.mark.parametrize("name", ["marks:net", "resnet50", "torchvision:resnet50"])
@pytest.mark.skipif(sys.platform == "win32", reason="no colon in the name of a file")
def test_a_file_or_folder_of_that_name_comes_first(name):
    Path(name).mkdir()
    assert find_files([name], SETTINGS).models == frozenset()
    Path(name).rmdir()
    Path(name).write_text("no config")
    found = find_files([name], SETTINGS)
    assert (found.files, found.models) == ((name,), frozenset())
    assert codes(check_file(*targets_of(found), SETTINGS)) == ["RI001"]


@pytest.mark.parametrize(
    ("paths", "only_configs"), [([Path("marks:net")], False), (["marks:net"], True), (["resnet50"], True)]
)
def test_a_path_object_names_a_file_and_so_does_all_with_only_configs(paths, only_configs):
    found = find_files(paths, SETTINGS, only_configs=only_configs)
    assert (found.models, found.missing) == (frozenset(), tuple(map(str, paths)))


@pytest.mark.parametrize(
    "text",
    [
        'base = "marks:net"\n',
        'base = "marks.py:net"\n',
        'base = "resnet18"\nname = "marks:net"\n',
        'base = "resnet18"\n[expect]\nloads = "marks:net"\n',
        'base = "resnet18"\n[check]\nignore = ["marks:net"]\n',
    ],
)
@pytest.mark.parametrize("named", [".", "net.toml", "*.toml", "configs"])
def test_what_a_config_says_is_never_imported(text, named):
    Path("configs").mkdir()
    for path in ("net.toml", "configs/net.toml"):
        Path(path).write_text(text)
    found = find_files([named], SETTINGS)
    assert found.files
    assert found.models == frozenset()
    for target in targets_of(found):
        check_file(target, SETTINGS)
        record_file(target, SETTINGS)
    assert not Path("imported").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no colon in the name of a file")
def test_what_a_folder_or_a_pattern_holds_is_never_imported():
    for name in ("marks:net", "marks.py:net", "marks:net.toml"):
        Path(name).write_text('base = "resnet18"\n')
    for named in (".", "*", "marks*", "marks:ne[t]"):
        found = find_files([named], SETTINGS)
        assert found.files
        assert found.models == frozenset()
        for target in targets_of(found):
            check_file(target, SETTINGS)
    assert not Path("imported").exists()


def test_what_is_named_is_imported():
    """The tests above would see it."""
    assert codes(checked("marks:net")) == []
    assert Path("imported").exists()


@pytest.mark.parametrize(
    "options", [NamedModelOptions(arguments={"depth": 3}), NamedModelOptions(inputs=(InputSpec((1, 3, 8, 8)),))]
)
def test_inputs_and_arguments_are_for_models(options):
    with pytest.raises(RequestError, match="--input, --kwargs"):
        targets_of(find_files(["net.toml"], SETTINGS), options=options)
    file, model = targets_of(find_files(["net.toml", "nets:Plain"], SETTINGS), options=options)
    assert (file.options, model.options) == (None, options)
