"""What the processes of ``test_pool`` do; each imports this module, so it is a small one."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.targets import Target


def acting(target: Target, settings: object) -> FileResult:
    """Do as the name of the file says, ``kill:1`` or ``slow:2``; the result's model is the process."""
    del settings
    what, _, rest = target.path.partition(":")
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "leave":
        os._exit(7)
    elif what == "linger":  # its pipe is closed before it ends
        os.closerange(3, 256)
        time.sleep(0.2)
        os._exit(9)
    elif what == "hang":
        time.sleep(60)
    elif what == "slow":
        time.sleep(0.3)
    elif what == "count":  # each time that it is tried
        with Path(rest).open("a") as stream:
            stream.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "signals":
        held_back = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        return FileResult(target.path, (), model=f"{held_back} {signal.getsignal(signal.SIGINT).name}")
    elif what == "safe_path":
        return FileResult(target.path, (), model=f"{sys.flags.safe_path} {os.environ.get('PYTHONSAFEPATH')}")
    return FileResult(target.path, (), model=str(os.getpid()))
