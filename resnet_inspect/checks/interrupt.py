"""What the fork server imports first: Ctrl-C shall end it without a word, also while it imports torch.

It is started with SIGINT held back, since Python itself would answer with a traceback. Anywhere else SIGINT is not held
back, and nothing happens here. Who ignores SIGINT, as a job in the background does, has it ignored by the server, too.
"""

from __future__ import annotations

import signal

if signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
