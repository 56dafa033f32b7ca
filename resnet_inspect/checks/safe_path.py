"""Processes that import nothing from the current folder, which may be a stranger's.

``multiprocessing`` starts its fork server, its resource tracker and fresh processes as ``python -c``, which looks for
modules in the current folder first: a ``selectors.py`` there would be run. ``PYTHONSAFEPATH`` keeps Python from that.
It is set while a process is started and at no other time, and a process that was started so removes it from its own
environment when it imports this module: no code that is run there, and no process that such code starts, sees it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from resnet_inspect.errors import RequestError

_VARIABLE = "PYTHONSAFEPATH"
_OURS = "resnet-inspect"
"""Python asks only whether the variable is empty; its value tells that it is ours to remove."""

_lock = Lock()

if os.environ.get(_VARIABLE) == _OURS:
    del os.environ[_VARIABLE]


@contextmanager
def safe_path() -> Iterator[None]:
    """Let every Python that is started inside leave the current folder out of the places that it imports from.

    Raises:
        RequestError: if Python was told to pass over its environment, and so cannot be told this.
    """
    if sys.flags.safe_path:  # multiprocessing passes it on
        yield
        return
    if sys.flags.ignore_environment:
        raise RequestError(
            "no process can be started safely under 'python -E': it would import modules from the current folder; add "
            "-P, or use -I; a single job needs none (--jobs 1)"
        )
    with _lock:
        before = os.environ.get(_VARIABLE)
        os.environ[_VARIABLE] = before or _OURS
        try:
            yield
        finally:
            if before is None:
                os.environ.pop(_VARIABLE, None)
            else:
                os.environ[_VARIABLE] = before
