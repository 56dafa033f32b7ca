"""The lock for what a process has once."""

from __future__ import annotations

from threading import RLock

PROCESS_LOCK = RLock()
"""Held while code of others is imported, built or run: it changes standard output, the current folder, what can be
imported, torch's random numbers and the attributes of modules, and two threads would each give back what the other has
set. There is one, so that no two threads wait for each other."""
