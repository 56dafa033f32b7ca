"""Entries of locks for tests, straight from fields."""

from __future__ import annotations

import functools

from resnet_inspect import build, dissect, load, trace
from resnet_inspect.anatomy.compare import compare_anatomies
from resnet_inspect.checking.lock.record import record


@functools.lru_cache(maxsize=100)
def ran(config):
    """Return the anatomy and the trace of a config at its own input size; ``None`` if it does not run."""
    traced = trace(build(config), config.input_shape)
    return None if traced.failure else (dissect(traced, name=config.name), traced)


def entry_of(fields):
    """Return the entry of a config in a lock; ``None`` if it does not run."""
    config = load(fields)
    both = ran(config)
    return None if both is None else record(config, *both)


def differs(one, other):
    """Return whether ``compare`` sees a difference between two anatomies."""
    found = compare_anatomies(one, other)
    return bool(found.changes or found.only_left or found.only_right)
