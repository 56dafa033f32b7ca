"""A model that was found, built and traced: on meta where that is possible, and with values where the forward asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from resnet_inspect.errors import ModelRunError, RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.sources.building import printing_aside
from resnet_inspect.sources.found import Found
from resnet_inspect.text import sanitise
from resnet_inspect.trace.inputs import InputSpec
from resnet_inspect.trace.records import Trace

if TYPE_CHECKING:
    from torch import nn

AUTO = "auto"
"""The device where nobody names one: meta, and cpu for a forward that asks for values."""

MOST_PARAMETERS_UNASKED = 2**29
"""Of a model that is built with values although nobody asked for it: 2 GiB of float32."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A model that ran, or failed to.

    Attributes:
        found: what it was built from.
        module: what ran.
        inputs: what it was given.
        device: where.
        trace: what happened.
        notes: what is to be known of how it ran.
    """

    found: Found
    module: nn.Module
    inputs: tuple[InputSpec, ...]
    device: str
    trace: Trace
    notes: tuple[str, ...] = ()


def run_once(
    found: Found, wanted: tuple[InputSpec, ...] = (), device: str = AUTO, *, shape: Shape | None = None
) -> Ran:
    """Build a model and trace it.

    Args:
        found: the model.
        wanted: what its forward is given; empty for what it usually is.
        device: where it runs. ``auto`` is meta; a forward that fails there because it asks for values runs once more,
            on cpu, and a note says so. Nothing replaces a device that is named, meta included.
        shape: the sizes of its one input, where none is ``wanted``; of an image with or without the batch.

    Raises:
        RequestError: if it cannot be built, or not be run on the device, or takes images and ``shape`` is of none.
        ModelRunError: if its forward leaves the program.
    """
    ran = _run_on(found, wanted, shape, "meta" if device == AUTO else device)
    if ran.trace.failure is not None and ran.trace.failure.needs_values:
        hint = f"{_why(ran)}: tensors on cpu do (--device cpu)"
        ran = _with_values(found, wanted, shape, ran) if device == AUTO else _noted(ran, hint)
    elif ran.trace.failure is not None and found.config is None and not wanted and shape is None:
        assumed = " and ".join(map(str, ran.inputs))
        ran = _noted(ran, f"its input was taken to be {assumed}: --input sets another")
    return ran


def run_again(ran: Ran, shape: Shape) -> Trace:
    """Trace a model that ran once more where it did, its first input of another shape.

    Raises:
        ModelRunError: if its forward leaves the program.
    """
    first, *others = ran.inputs
    with ran.found.running(), printing_aside():
        return _traced("the model", ran.module, (replace(first, shape=shape), *others), ran.device)


def _run_on(found: Found, wanted: tuple[InputSpec, ...], shape: Shape | None, device: str) -> Ran:
    module = found.build(device)
    with found.running(), printing_aside():
        inputs = wanted or (found.inputs(module) if shape is None else _input_of(module, shape))
        return Ran(found, module, inputs, device, _traced(found.name, module, inputs, device))


def _input_of(module: nn.Module, shape: Shape) -> tuple[InputSpec, ...]:
    from resnet_inspect.sources.images import input_of  # a variant at its own size needs none of it

    return input_of(module, shape)


def _traced(name: str, module: nn.Module, inputs: tuple[InputSpec, ...], device: str) -> Trace:
    from resnet_inspect.trace.recorder import trace

    try:
        return trace(module, inputs=inputs, device=device)
    except SystemExit as error:
        raise ModelRunError(f"the forward of {name} called sys.exit({error.code!r})") from error
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ModelRunError(f"the forward of {name} raised {type(error).__name__}") from error


def _with_values(found: Found, wanted: tuple[InputSpec, ...], shape: Shape | None, failed: Ran) -> Ran:
    """A run with values instead of one that failed on meta; the failed one, where that is not possible."""
    device = _home_of(failed.module) if found.given else "cpu"
    size = sum(parameter.size for parameter in failed.trace.parameters)
    if size > MOST_PARAMETERS_UNASKED:
        return _noted(
            failed, f"{_why(failed)}; with {size:,} parameters it runs on cpu only when told to (--device cpu)"
        )
    try:
        return _noted(_run_on(found, wanted, shape, device), f"traced on {device}: {_why(failed)}")
    except RequestError as error:
        return _noted(failed, f"{_why(failed)}; on {device}: {error}")


def _home_of(module: nn.Module) -> str:
    """Where somebody's own module is, which is not to be moved."""
    tensor = next(module.parameters(), None)
    return "cpu" if tensor is None or tensor.is_meta else str(tensor.device)


def _why(ran: Ran) -> str:
    failure = ran.trace.failure
    where = sanitise(failure.module) if failure and failure.module else "the model's own forward"
    return f"the forward asks for values, which meta tensors do not have (at {where})"


def _noted(ran: Ran, note: str) -> Ran:
    return replace(ran, notes=(*ran.notes, note))
