"""Entries of locks for tests, straight from fields."""

from __future__ import annotations

import functools

from resnet_inspect import build, dissect, load, trace
from resnet_inspect.anatomy.compare import compare_anatomies
from resnet_inspect.checking.lock.entry import record


@functools.lru_cache(maxsize=100)
def anatomy_of(config):
    """A config, as it runs at its own input size; ``None`` if it does not."""
    traced = trace(build(config), config.input_shape)
    return None if traced.failure else dissect(traced, name=config.name)


def entry_of(fields):
    """What a lock says of a config; ``None`` if it does not run."""
    config = load(fields)
    anatomy = anatomy_of(config)
    return None if anatomy is None else record(config, anatomy)


def differs(one, other):
    """Whether ``compare`` sees any difference between two anatomies."""
    found = compare_anatomies(one, other)
    return bool(found.changes or found.only_left or found.only_right)
