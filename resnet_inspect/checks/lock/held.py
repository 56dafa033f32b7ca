"""What a file is held to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from resnet_inspect.checks.lock.command import lock_command
from resnet_inspect.checks.lock.entry import LockedNet
from resnet_inspect.checks.lock.gone import gone

if TYPE_CHECKING:
    from resnet_inspect.checks.lock.reading import Lock
    from resnet_inspect.checks.targets import Target


@dataclass(frozen=True, slots=True)
class Held:
    """What the lock says of one file.

    Attributes:
        lock: the lock's path, as it is shown.
        net: the file's entry; ``None`` if it has none.
        gone: for a file without an entry: fingerprint of a network -> the entry that has it, whose file is gone.
        command: what records the file as it is now; empty where no command line can say it.
    """

    lock: str
    net: LockedNet | None
    gone: Mapping[str, str] = field(default_factory=dict, repr=False)
    command: str = ""


def held_to(lock: Lock | None, targets: Iterable[Target], lock_file: str = "") -> list[Target]:
    """Give each file its entry; as they are, where there is no lock to hold them to.

    Args:
        lock: what the targets are held to.
        targets: what is checked.
        lock_file: the lock's path, where it is not the project's own.
    """
    if lock is None:
        return list(targets)
    # Fingerprints and not the networks, since each file takes all of them with it to its process.
    lost = {lock.files[key].fingerprint(): key for key in gone(lock)}
    nets = ((target, lock.files.get(lock.key(target.path, target.called) or "")) for target in targets)
    return [
        replace(target, held=Held(lock.shown, net, {} if net else lost, lock_command(target, lock_file)))
        for target, net in nets
    ]
