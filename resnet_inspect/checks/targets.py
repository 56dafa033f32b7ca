"""What is given to a check: a file, what standard input held, or a model that somebody named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resnet_inspect.checks.lock.held import Held
    from resnet_inspect.trace.inputs import InputSpec


@dataclass(frozen=True, slots=True)
class Naming:
    """How a model was asked for that was named itself, and not by a config's file.

    Attributes:
        inputs: what its forward is given; empty for what it usually is.
        arguments: for its factory.
    """

    inputs: tuple[InputSpec, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """What to check.

    Attributes:
        path: as given; for standard input what it is to be called; for a model the text that names it.
        content: what standard input held; ``None`` otherwise.
        held: what the lock says of it; ``None`` where nobody asks.
        naming: of a model; ``None`` for a config. Only what somebody named has one: its code may be imported.
    """

    path: str
    content: bytes | None = None
    held: Held | None = None
    naming: Naming | None = None

    @property
    def called(self) -> str:
        """The model as it is known again: ``mine:build_net(units=3)``; empty for a config."""
        if self.naming is None:
            return ""
        arguments = ", ".join(f"{name}={value!r}" for name, value in sorted(self.naming.arguments.items()))
        return f"{self.path}({arguments})" if arguments else self.path
