"""What all tests share. That this file is here also lets them import ``golden.read_golden``."""

from __future__ import annotations

import functools

import pytest
from hypothesis import settings

settings.register_profile("same every time", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False)
settings.load_profile("same every time")


@pytest.fixture(scope="session")
def examine():
    """Config, variant or dict -> its model, trace and anatomy; variants are examined once."""
    from resnet_inspect import workflows

    once = functools.cache(workflows.examine)
    return lambda source: once(source) if isinstance(source, str) else workflows.examine(source)
