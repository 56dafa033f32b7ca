"""What a source comes to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from resnet_inspect.trace.inputs import InputSpec

if TYPE_CHECKING:
    from torch import nn

    from resnet_inspect.config.schema import ResNetConfig

Build: TypeAlias = "Callable[[str], nn.Module]"
Inputs: TypeAlias = "Callable[[nn.Module], tuple[InputSpec, ...]]"


@dataclass(frozen=True, slots=True)
class Found:
    """A model that has been found, and is yet to be built.

    Attributes:
        name: what reports call it.
        build: device -> the module. For ``meta`` it may have values all the same, where it cannot be built without.
        inputs: module -> what its forward is given where nobody says.
        config: what it is built from; ``None`` for what does not come from a config of ours.
        given: whether the module is somebody's own: ``build`` gives the same one every time, wherever it is.
        running: opens the context in which its code is to run.
    """

    name: str
    build: Build
    inputs: Inputs
    config: ResNetConfig | None = None
    given: bool = False
    running: Callable[[], AbstractContextManager[None]] = nullcontext
