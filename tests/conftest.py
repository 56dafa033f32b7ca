"""What all tests share. That this file is here also lets them import ``golden.read_golden``."""

from __future__ import annotations

import functools
import os

import pytest
import typer.main
from hypothesis import settings

# Processes that tests start see what a user's do: no variable that only this shell has.
for _name in [name for name in os.environ if name.startswith("PYTHON")]:
    del os.environ[_name]
if _tree := os.environ.get("TREE_UNDER_TEST"):  # tests/mutation: not the tree that is installed
    os.environ["PYTHONPATH"] = _tree

# torch's threads wait for each other by turning in circles: of two workers on two cores, each took half of the other's.
os.environ["OMP_NUM_THREADS"] = "1"

# The command line is put together from the functions' signatures; a process does it once, and this one runs a thousand.
typer.main.get_command = functools.cache(typer.main.get_command)

settings.register_profile("same every time", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False)
settings.load_profile("same every time")


@pytest.fixture(scope="session")
def examine():
    """Config, variant or dict -> its model, trace and anatomy; variants are examined once."""
    from resnet_inspect import workflows

    once = functools.cache(workflows.examine)
    return lambda source: once(source) if isinstance(source, str) else workflows.examine(source)
