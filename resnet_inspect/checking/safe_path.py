"""Safe start of processes: they import nothing from the current folder, and Ctrl-C ends them silently.

``multiprocessing`` starts its fork server, its resource tracker and spawned processes as ``python -c``, which searches
the current folder for modules first, so that a malicious ``selectors.py`` there would be run. ``PYTHONSAFEPATH``
prevents that; it is set only while a process is started. A process started in this way removes it from its own
environment when it imports this module, so that neither the code that runs there nor its own processes see it.

The fork server is started with SIGINT blocked, because Python would print a traceback, and imports this module first,
which unblocks it: Ctrl-C then ends the server silently, also while it imports torch. In a process in which SIGINT is
not blocked, the import has no effect. If the program ignores SIGINT, as a background job does, so does the server.
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
"""Value of the variable that marks it as set by this package; Python only checks whether it is empty."""

_lock = Lock()

if os.environ.get(_VARIABLE) == _OURS:
    del os.environ[_VARIABLE]

if hasattr(signal, "pthread_sigmask") and signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def safe_path() -> Iterator[None]:
    """Keep Python processes started in this context from importing modules from the current folder.

    Raises:
        RequestError: if Python ignores environment variables (``python -E``).
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
