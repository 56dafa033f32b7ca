"""``module:attribute`` and ``file.py:attribute``: what is imported, when, and what is said when it goes wrong."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import resnet_inspect as ri
from resnet_inspect.sources.resolve import resolve
from resnet_inspect.sources.running import run_model

NETS = """
from dataclasses import dataclass
import torch
from torch import nn

print("imported")
ready = nn.Conv2d(4, 5, 1)
number = 7


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        print("built")
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        print("run")
        return self.conv(x)


class Family:
    small = Net

    @staticmethod
    def of(**widths):
        return Net(sum(widths.values()))


def asking(width=8):
    return Net(int(torch.linspace(0, width, 2)[-1].item()))


def fails(reason="no such depth"):
    raise ValueError(reason)


def deeper():
    return fails("far below")


def leaves():
    raise SystemExit("enough")


def odd():
    return {"net": Net()}
"""


def line_of(text):
    return 1 + [line.strip() for line in NETS.splitlines()].index(text)


CONVOLVES = line_of("self.conv = nn.Conv2d(3, width, 3)")
RAISES = line_of("raise ValueError(reason)")
LEAVES = line_of('raise SystemExit("enough")')


@pytest.mark.parametrize("place", ["nets", "nets.py", "./nets.py"])
@pytest.mark.parametrize(
    ("attribute", "arguments", "channels"),
    [
        ("Net", {}, 8),
        ("Net", {"width": 16}, 16),
        ("Family.small", {"width": 4}, 4),
        ("Family.of", {"a": 2, "b": 3}, 5),
        ("asking", {"width": 6}, 6),
        ("ready", {}, 5),
    ],
)
def test_a_module_a_class_or_a_factory(project, place, attribute, arguments, channels):
    project(nets=NETS)
    ran = run_model(resolve(f"{place}:{attribute}", arguments))
    assert ran.trace.failure is None
    assert ran.trace.output_shape[1] == channels


def test_a_package_and_a_whole_path(project):
    folder = project("pack", __init__="", nets=NETS, uses="from .nets import Net as Other\n")
    assert run_model(resolve("pack.uses:Other")).trace.output_shape[1] == 8
    assert run_model(resolve(f"{folder}/pack/nets.py:Net")).trace.output_shape[1] == 8
    with pytest.raises(ri.RequestError, match=r"part of a package.*package\.module:attribute"):
        resolve("pack/uses.py:Other")


def test_the_name_says_what_was_built(project):
    project(nets=NETS)
    assert resolve("nets:Net").name == "nets:Net"
    assert resolve("nets.py:Net", {"width": 16}).name == "nets.py:Net(width=16)"
    assert ri.count("nets:Net", ri.RunOptions(arguments={"width": 16})).number is None


def test_a_module_is_built_on_meta_where_it_can_be(project):
    project(nets=NETS)
    assert resolve("nets:Net").build("meta").conv.weight.is_meta
    assert resolve("nets:asking").build("meta").conv.weight.is_meta
    assert not resolve("nets:Net").build("cpu").conv.weight.is_meta


@pytest.mark.parametrize(
    ("source", "arguments", "words"),
    [
        ("nets:fails", {}, [f"nets:fails cannot be built: ValueError: no such depth (nets.py:{RAISES})"]),
        ("nets.py:fails", {"reason": "a\x1b[31m\nb"}, [rf"ValueError: a\x1b[31m b (nets.py:{RAISES})"]),
        ("nets:deeper", {}, [f"ValueError: far below (nets.py:{RAISES})"]),
        ("nets:Net", {"width": "wide"}, [f"(nets.py:{CONVOLVES})"]),
        ("nets:fails", {"width": 3}, ["TypeError", "unexpected keyword argument 'width'"]),
        ("nets:leaves", {}, [f"nets:leaves cannot be built: the code called sys.exit('enough') (nets.py:{LEAVES})"]),
        ("nets:odd", {}, ["nets:odd gives a dict, not a torch.nn.Module"]),
        ("nets:number", {}, ["nets:number is an int: a torch.nn.Module, a class or a factory is needed"]),
        ("nets:ready", {"width": 3}, ["argument width: nets:ready is a module already"]),
        ("nets:net", {}, ["'nets' has no attribute 'net': did you mean Net"]),
        ("nets:Family.smal", {}, ["'nets' has no attribute 'smal': did you mean small?"]),
        ("nots:Net", {}, ["'nots' cannot be imported: ModuleNotFoundError: No module named 'nots'", "current folder"]),
        ("nots.py:Net", {}, ["no such file 'nots.py'"]),
        ("nets.py", {}, ["'nets.py' is code: write which module, class or factory, 'nets.py:NAME'"]),
        ("broken:Net", {}, ["SyntaxError", "(broken.py:2)"]),
        ("stops.py:Net", {}, ["'stops.py' cannot be imported: the code called sys.exit(3) (stops.py:2)"]),
        ("far:Net", {}, ["No module named 'nowhere' (far.py:1)"]),
    ],
)
def test_what_goes_wrong_is_told_with_the_line(project, source, arguments, words):
    project(nets=NETS, broken="x = 1\nclass Net(:\n", stops="import sys\nsys.exit(3)\n", far="import nowhere\n")
    with pytest.raises(ri.RequestError) as caught:
        run_model(resolve(source, arguments))
    for word in words:
        assert word in str(caught.value)


def test_a_folder_is_no_file(project):
    (project(nets=NETS) / "dir.py").mkdir()
    with pytest.raises(ri.RequestError, match=r"'dir\.py' is not a file"):
        resolve("dir.py:Net")


def test_what_code_prints_does_not_spoil_standard_output(project, capsys):
    project(nets=NETS)
    ri.layers("nets:Net")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.split() == ["imported", "built", "run"]


def test_random_numbers_go_on_as_if_nothing_had_happened(project):
    project(seeds=f"import random\nimport torch\ntorch.manual_seed(0)\nrandom.seed(0)\n{NETS}")
    torch.manual_seed(3)
    random.seed(3)
    before = torch.get_rng_state(), random.getstate()
    run_model(resolve("seeds:Net"), device="cpu")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]


def test_two_projects_with_modules_of_the_same_name(project):
    """Each file gets the parts that lie beside it, not those that the other one brought."""
    parts = "from torch import nn\nwidth = {}\n"
    net = "import parts\nfrom torch import nn\n\ndef build():\n    return nn.Conv2d(3, parts.width, 1)\n"
    project("one", parts=parts.format(4), net=net)
    project("two", parts=parts.format(6), net=net)
    report = ri.compare("one/net.py:build", "two/net.py:build")
    assert [report.left.output_shape[1], report.right.output_shape[1]] == [4, 6]
    assert ri.compare("two/net.py:build", "one/net.py:build").left.output_shape[1] == 6


def test_a_file_does_not_hide_what_is_imported_already(project):
    torch_before = sys.modules["torch"]
    project(torch="raise OSError\n", net="import torch\nfrom torch import nn\nnet = nn.Identity()\n")
    assert resolve("net.py:net").build("meta")(3) == 3
    assert sys.modules["torch"] is torch_before


# --- a module that there is already ---


def test_a_module_of_the_caller_s_own_stays_as_it_is():
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout()).train()
    values = {name: value.clone() for name, value in net.state_dict().items()}
    report = ri.layers(net)
    assert (report.model.name, report.model.config, report.input_shape) == ("Sequential", None, (1, 1, 224, 224))

    assert "BatchNorm2d" in ri.summary(net)
    assert all(module.training for module in net.modules())
    assert all(torch.equal(value, net.state_dict()[name]) for name, value in values.items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())


def test_our_own_net_compared_with_itself_as_a_module():
    assert ri.compare("resnet18", ri.build(ri.load("resnet18"))).identical


@pytest.mark.parametrize("source", [nn.Conv2d, 3, None, print])
def test_what_is_no_source(source):
    with pytest.raises(ri.RequestError):
        resolve(source)


def test_arguments_without_a_factory():
    for source in ("resnet18", nn.Identity()):
        with pytest.raises(ri.RequestError, match=r"argument width: .* is not built by a factory that takes any"):
            resolve(source, {"width": 3})


# --- code is imported only where it is named as the model itself ---

TRAP = "from pathlib import Path\nPath('sprung').touch()\nfrom torch import nn\nnet = nn.Identity()\n"


@pytest.mark.parametrize("trap", ["trap:net", "trap.py:net", "./trap.py:net"])
@pytest.mark.parametrize("field", ["base", "block", "name", "stem", "attention"])
@pytest.mark.parametrize("suffix", ["toml", "yaml", "json"])
def test_a_config_never_imports(project, trap, field, suffix):
    written = {"toml": f'{field} = "{trap}"\n', "yaml": f"{field}: '{trap}'\n", "json": f'{{"{field}": "{trap}"}}'}
    folder = project(trap=TRAP)
    (folder / f"net.{suffix}").write_text(written[suffix])
    for source in (f"net.{suffix}", str(folder / f"net.{suffix}"), {field: trap}, folder / f"net.{suffix}"):
        with pytest.raises(ri.RequestError):
            resolve(source)
    assert not (folder / "sprung").exists()


def test_a_path_object_is_a_file_and_never_code(project):
    folder = project(trap=TRAP)
    for source in (Path("trap.py:net"), Path("trap.py"), folder / "trap.py", Path("trap:net")):
        with pytest.raises(ri.RequestError):
            resolve(source)
    assert not (folder / "sprung").exists()


def test_a_config_file_with_a_colon_is_a_config(project):
    folder = project(trap=TRAP)
    (folder / "trap:net.toml").write_text('base = "resnet18"\n')
    assert resolve("trap:net.toml").config is not None
    assert not (folder / "sprung").exists()


@pytest.mark.parametrize("read", [ri.load, ri.variants])
@pytest.mark.parametrize("source", ["trap:net", "trap.py:net"])
def test_what_reads_configs_alone_never_imports(project, read, source):
    folder = project(trap=TRAP)
    with pytest.raises(ri.RequestError):
        read(source)
    assert not (folder / "sprung").exists()


def test_the_trap_would_be_seen(project):
    folder = project(trap=TRAP)
    resolve("trap.py:net")
    assert (folder / "sprung").exists()
