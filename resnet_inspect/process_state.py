"""State that all threads of a process share: a lock for it, and a pause of the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

PROCESS_LOCK = RLock()
"""Held while foreign code is imported, built or run. That changes standard output, the current folder, ``sys.path``,
``sys.modules``, torch's random numbers and the attributes of modules; without the lock, two threads would each restore
what the other has set. There is only one lock, so that no two threads can wait for each other."""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the garbage collector while thousands of objects are made, all of which are kept.

    With the collector running, building 10,000 blocks took twice as long per block as building 1,000.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
