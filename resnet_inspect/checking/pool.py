"""Checks of many files in several processes, each of which gets one file at a time: a crash loses only that one.

A plain fork would copy this process with its threads and the locks that they hold. On systems with a fork server
(POSIX), processes are forked from that server instead, a fresh process that has imported torch and computed nothing.
torch starts its threads with its first parallel work, so the server has only one thread when it is forked; the
processes stay at one, because they set torch's number of threads to 1. On other systems, each process is spawned.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.judge import check_file, not_finished
from resnet_inspect.checking.safe_path import safe_path
from resnet_inspect.checking.settings import Settings
from resnet_inspect.checking.targets import Target
from resnet_inspect.errors import RequestError

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

Check = Callable[[Target, Settings], FileResult]

TIMEOUT = 60.0
"""Seconds for one file; the largest config that can be built takes a fraction of that."""

START = 60.0
"""Seconds for a process to start, in addition to those for its first file."""

_GRACE = 1.0
"""Seconds to wait for a process to exit after its pipe was closed."""

FEW_FILES = 50
"""Number of files up to which all are checked in this process. Starting processes takes as long as about 30 files
(10 ms each), so that two processes are faster from about 60 files on."""

_NO_GUARD = 'a script that starts processes needs the line if __name__ == "__main__":'
"""Hint for a process that exited at its start: it imports the main script first, which may start processes itself."""

_NEEDED = (
    "resnet_inspect.checking.safe_path",
    "resnet_inspect.checking.judge",
    "resnet_inspect.model.build",
    "resnet_inspect.tracing.recorder",
)
"""Modules that the fork server imports, in this order: the handling of Ctrl-C and of the environment, then those that
every process needs, including torch."""


def check_files(
    targets: Sequence[Target],
    settings: Settings,
    jobs: int = 0,
    *,
    timeout: float | None = None,
    check: Check = check_file,
) -> Iterator[FileResult]:
    """Check files; yield the results in the order of the files.

    Args:
        targets: the files.
        settings: the settings.
        jobs: number of processes; 0 for one per core, if there are enough files. With 1, the files are checked in this
            process, unless there is a ``timeout``, which only another process can enforce.
        timeout: seconds for one file; ``TIMEOUT`` by default.
        check: function to call for each file; other processes import it by its name.

    A script that uses several processes must keep its code under ``if __name__ == "__main__":``, because each process
    imports the script first, as always with ``multiprocessing``.
    """
    size = min(jobs or _worthwhile(len(targets)), len(targets))
    if size == 0 or (size == 1 and timeout is None):
        return (check(target, settings) for target in targets)
    return _Pool(targets, settings, size, TIMEOUT if timeout is None else timeout, check).results()


def _worthwhile(files: int) -> int:
    return 1 if files <= FEW_FILES else _cores()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(slots=True)
class _Worker:
    """A worker process and its current file.

    Attributes:
        process: the worker process.
        channel: this end of the pipe for files and results.
        number: index of the current file; ``None`` while it waits for one.
        deadline: time on the monotonic clock at which the check is abandoned.
        is_ready: ``True`` once the process has started, which takes a second, and longer if many start at once.
    """

    process: BaseProcess
    channel: Connection
    number: int | None = None
    deadline: float = 0.0
    is_ready: bool = False


class _Pool:
    """The worker processes, each with a pipe of its own.

    ``concurrent.futures`` abandons all files when a process dies, and a queue shared by all processes stays locked
    forever if one is killed while it holds the lock. Here, the current file of each process is known, so that only
    that one is lost, and a new process replaces the old one.
    """

    def __init__(self, targets: Sequence[Target], settings: Settings, size: int, timeout: float, check: Check) -> None:
        self._targets = targets
        self._settings = settings
        self._size = size
        self._timeout = timeout
        self._check = check
        self._waiting = deque(range(len(targets)))
        self._workers: list[_Worker] = []

    def results(self) -> Iterator[FileResult]:
        """Yield the result of each file, in order; end all processes afterwards, or when the generator is closed."""
        done: dict[int, FileResult] = {}
        try:
            for number in range(len(self._targets)):
                while number not in done:
                    self._hand_out()
                    done.update(self._collected())
                yield done.pop(number)
        finally:
            for worker in tuple(self._workers):
                self._end(worker)

    def _hand_out(self) -> None:
        for worker in [worker for worker in self._workers if not worker.process.is_alive() and worker.number is None]:
            self._end(worker)  # it died while it waited for a file
        idle = [worker for worker in self._workers if worker.number is None]
        while self._waiting and (idle or len(self._workers) < self._size):
            worker = idle.pop() if idle else self._start()
            worker.number = self._waiting.popleft()
            worker.deadline = time.monotonic() + self._timeout + (0 if worker.is_ready else START)
            with suppress(OSError):  # it has just died, which its pipe will report
                worker.channel.send(self._targets[worker.number])

    def _start(self) -> _Worker:
        try:
            with safe_path():
                context = _context()
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, self._settings, self._check), daemon=True)
                process.start()
        except (OSError, EOFError) as error:
            raise RequestError("no process can be started here; a single job needs none (--jobs 1)") from error
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _collected(self) -> Iterator[tuple[int, FileResult]]:
        """Wait until a file is done or its time is over; yield its index and its result."""
        busy = {worker.channel: worker for worker in self._workers if worker.number is not None}
        timeout = min(worker.deadline for worker in busy.values()) - time.monotonic()
        ready = connection.wait(list(busy), max(timeout, 0.0))
        for channel, worker in busy.items():
            number = worker.number
            if number is None:
                continue
            if channel in ready:
                result = self._received(worker, self._targets[number])
                if result is None:
                    worker.is_ready, worker.deadline = True, time.monotonic() + self._timeout
                else:
                    worker.number = None
                    yield number, result
            elif worker.deadline <= time.monotonic():
                self._end(worker)
                hint = "--timeout sets a longer limit"
                yield number, _failed(self._targets[number], f"not finished after {self._timeout:g} s", hint)

    def _received(self, worker: _Worker, target: Target) -> FileResult | None:
        """Receive a result; ``None`` from a process that has just started."""
        try:
            result: FileResult | None = worker.channel.recv()
        except (EOFError, OSError):
            worker.process.join(_GRACE)
            self._end(worker)
            code = worker.process.exitcode
            return _failed(target, _cause_of_death(code), "" if worker.is_ready or code != 1 else _NO_GUARD)
        return result

    def _end(self, worker: _Worker) -> None:
        """Kill a process, which has no state to be saved."""
        self._workers.remove(worker)
        worker.channel.close()
        worker.process.kill()
        worker.process.join()


def _failed(target: Target, reason: str, hint: str = "") -> FileResult:
    return FileResult(target.path, (not_finished(reason, hint),), model_name=target.model_name)


def _cause_of_death(code: int | None) -> str:
    """Describe why a process ended; the system kills processes when memory runs out."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
        killed = f"its process was killed by {name}"
        return killed + (", as happens when memory runs out" if name == "SIGKILL" else "")
    return f"its process exited with code {code}"


def _context() -> ForkServerContext | SpawnContext:
    """Return the context that starts processes; its fork server, if there is one, is started.

    Two forked processes start in half the time of two spawned ones, and each takes a third less memory.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_NEEDED])
    # Ctrl-C reaches every process of a terminal. While it imports, the server would print a traceback; so it is started
    # with the signal blocked, and its first import, safe_path, handles it. The tracker is started earlier because
    # starting it unblocks the signal.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


def _work(channel: Connection, settings: Settings, check: Check) -> None:
    """Check files until the channel is closed: the main function of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import torch

    torch.set_num_threads(1)
    gc.freeze()  # imported modules are never collected
    with suppress(EOFError, OSError):  # the parent process is gone
        channel.send(None)
        while True:
            channel.send(check(channel.recv(), settings))
