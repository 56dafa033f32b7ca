"""Models in the lock: what they are called there, when they are gone, and that they are held to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from named_models import SETTINGS, checked, codes

from resnet_inspect.checking.judge import record_file
from resnet_inspect.checking.lock.entry import LockedEntry, LockedNet
from resnet_inspect.checking.lock.file import Lock, to_lock
from resnet_inspect.checking.targets import NamedModelOptions, Target

pytestmark = pytest.mark.usefixtures("named_models")


KEYS = [
    ("torchvision:resnet50", "torchvision:resnet50"),
    ("nets:Plain", "nets:Plain"),
    ("nets:Plain(width=16)", "nets:Plain(width=16)"),
    ("resnet50", "resnet50"),
    ("nets.py:Plain", "../nets.py:Plain"),
    ("./sub/../nets.py:Plain(name='a:b(c)')", "../nets.py:Plain(name='a:b(c)')"),
    ("locks/own.py:Plain", "own.py:Plain"),
]


@pytest.mark.parametrize(("called", "key"), KEYS)
def test_what_a_model_is_called_in_the_lock(called, key):
    path = called.partition("(")[0]
    assert Lock(Path("locks/a.json"), {}).key(path, called) == key


@pytest.mark.parametrize("called", ["nets:\udcff", "nets:Plain(name='" + "a" * 5000 + "')"])
def test_what_no_lock_can_hold(called):
    assert Lock(Path("locks/a.json"), {}).key("nets:Plain", called) is None


def test_an_entry_is_gone_with_its_file_and_no_other_is():
    Path("locks").mkdir()
    net = record_file(Target("nets:Plain", options=NamedModelOptions()), SETTINGS).net
    lock = Lock(Path("locks/a.json"), {key: net for _, key in KEYS} | {"../no.toml": net, "../net.toml": net})
    assert lock.orphans == ("own.py:Plain", "../no.toml")
    Path("nets.py").unlink()
    assert len(lock.orphans) == 4


def test_a_model_is_held_to_its_entry_as_a_config_is():
    target = Target("nets:Plain", options=NamedModelOptions(arguments={"width": 8}))
    net = record_file(target, SETTINGS).net
    assert net.weight_standardized is None
    assert LockedNet.model_validate_json(net.model_dump_json()) == net
    assert "null" in to_lock({"a": net})
    assert codes(checked("nets:Plain", entry=LockedEntry("lock", net))) == []
    (finding,) = checked("nets:Plain", entry=LockedEntry("lock", net), arguments={"width": 16}).findings
    assert finding.code == "RI301"
    assert "with this model's name" in finding.hint
    assert {change.path for change in finding.changes} == {"main", "shortcut"}
    (finding,) = checked("nets:Plain", entry=LockedEntry("lock", None)).findings
    assert (finding.code, "no entry for this model" in finding.message) == ("RI302", True)


def test_a_variant_and_its_config_have_the_same_entry():
    one = record_file(Target("resnet18", options=NamedModelOptions()), SETTINGS).net
    other = record_file(Target("net.toml"), SETTINGS).net
    assert one.same_architecture(other)
