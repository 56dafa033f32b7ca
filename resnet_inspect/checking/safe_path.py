"""How processes are started: they import nothing from the current folder, and Ctrl-C ends them without a word.

``multiprocessing`` starts its fork server, its resource tracker and fresh processes as ``python -c``, which looks for
modules in the current folder first: a ``selectors.py`` of a stranger's would be run. ``PYTHONSAFEPATH`` keeps Python
from that. It is set while a process is started and at no other time. A process that was started so removes it from its
own environment when it imports this module: no code that is run there, and no process that such code starts, sees it.

The fork server is started with SIGINT blocked, because Python itself would answer with a traceback, and imports this
module first: Ctrl-C then ends it silently, also while it imports torch. Nothing happens where SIGINT is not blocked. A
program that ignores SIGINT, as a job in the background does, has a server that ignores it too.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from resnet_inspect.errors import RequestError

_VARIABLE = "PYTHONSAFEPATH"
_OURS = "resnet-inspect"
"""Value of the variable where we have set it, and may remove it; Python only asks whether it is empty."""

_lock = Lock()

if os.environ.get(_VARIABLE) == _OURS:
    del os.environ[_VARIABLE]

if hasattr(signal, "pthread_sigmask") and signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def safe_path() -> Iterator[None]:
    """Keep every Python that is started in this context from importing modules from the current folder.

    Raises:
        RequestError: if Python ignores its environment, so that a variable cannot tell it.
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
