"""What a file is held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from resnet_inspect.checks.lock.entry import LockedNet

if TYPE_CHECKING:
    from resnet_inspect.checks.judge import Target
    from resnet_inspect.checks.lock.reading import Lock


@dataclass(frozen=True, slots=True)
class Held:
    """What the lock says of one file.

    Attributes:
        lock: the lock's path, as it is shown.
        net: the file's entry; ``None`` if it has none.
    """

    lock: str
    net: LockedNet | None


def held_to(lock: Lock | None, targets: Iterable[Target]) -> list[Target]:
    """Give each file its entry; as they are, where there is no lock to hold them to."""
    if lock is None:
        return list(targets)
    keyed = ((target, lock.key(target.path)) for target in targets)
    return [replace(target, held=Held(lock.shown, lock.files.get(key or ""))) for target, key in keyed]
