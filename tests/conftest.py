"""What all tests share. That this file is here also lets them import ``golden.read_golden``."""

from __future__ import annotations

import functools
import gc
import os
import signal

import pytest
import typer.main
from hypothesis import settings

# Processes that tests start see what a user's do: no variable that only this shell has.
for _name in [name for name in os.environ if name.startswith("PYTHON")]:
    del os.environ[_name]
if _tree := os.environ.get("TREE_UNDER_TEST"):  # tests/mutation: not the tree that is installed
    os.environ["PYTHONPATH"] = _tree

# A shell makes its background jobs, and what these start, deaf to Ctrl-C, which some tests send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# torch's threads spin while they wait, and one per core and worker is more than there are cores.
os.environ["OMP_NUM_THREADS"] = "1"

# typer reads the signatures of all commands before it runs one: once for a user, a thousand times here.
typer.main.get_command = functools.cache(typer.main.get_command)

SHARED = {
    "every variant, examined": (
        "tests/anatomy/test_anatomy_family.py", "tests/anatomy/test_anatomy_variants.py", "tests/model/",
        "tests/checking/test_expectations.py", "tests/checking/test_rules_variants.py", "tests/commands/",
    ),
    "processes to fork, and runs of commands": ("tests/cli/", "tests/tracing/test_recorder_hygiene.py"),
}  # fmt: skip
"""Objects that one worker makes once -> the tests that use them."""

settings.register_profile("same every time", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False)
settings.load_profile("same every time")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give each worker whole files, and all that share something to one worker."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return next((what for what, users in SHARED.items() if file.startswith(users)), file)

    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish():
    """Keep what is there for good, torch and thousands of tests, out of the garbage collector's way."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


@pytest.fixture(scope="session")
def examine():
    """Config, variant or dict -> its model, trace and anatomy; variants are examined once."""
    from resnet_inspect.pipeline import examine as examine_model

    once = functools.cache(examine_model)
    return lambda source: once(source) if isinstance(source, str) else examine_model(source)
