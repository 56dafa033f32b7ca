"""What a check is made of, at its edges: longest texts, names that sort before others, results nobody timed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.locate import Lines
from resnet_inspect.checking.lock.entry import LockedOperations
from resnet_inspect.checking.paths import find_files, targets_of
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.configs.positions import Position


@pytest.mark.parametrize(("length", "shown"), [(999, True), (1_000, True), (1_001, False)])
def test_a_line_is_shown_up_to_a_thousand_characters(length, shown):
    assert Lines("x" * length).text(Position(1, 1)) == ("x" * length if shown else "")


@pytest.mark.parametrize(("length", "taken"), [(1, True), (10_000, True), (0, False), (10_001, False)])
def test_how_long_a_text_in_a_lock_may_be(length, taken):
    fields = {"role": "main", "ops": "x" * length}
    if taken:
        assert LockedOperations(**fields).ops == fields["ops"]
    else:
        with pytest.raises(ValidationError, match="ops"):
            LockedOperations(**fields)


@pytest.mark.parametrize("name", ["+net.toml", ",net.toml", "net.toml"])
def test_a_file_is_a_file_wherever_its_name_sorts(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text('base = "resnet18"\n')
    (target,) = targets_of(find_files([name], settings_of(), only_configs=False))
    assert (target.path, target.content) == (name, None)


def test_a_result_that_nobody_timed_took_no_time():
    assert FileResult("net.toml", ()).seconds == 0
