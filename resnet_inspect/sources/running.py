"""Build and trace a model, on meta if possible, and with values if its forward needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from resnet_inspect.errors import ModelRunError, RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.sources.building import MOST_PARAMETERS_UNASKED, stdout_to_stderr
from resnet_inspect.sources.model_spec import ModelSpec, input_of
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.inputs import InputSpec
from resnet_inspect.tracing.records import Failure, Trace

if TYPE_CHECKING:
    from torch import nn

AUTO = "auto"
"""The default device: meta, or cpu for a forward that asks for values or loses the input on meta."""


@dataclass(frozen=True, slots=True)
class ModelRun:
    """A model and the trace of its forward.

    Attributes:
        spec: the spec that it was built from.
        module: the module.
        inputs: inputs of its forward.
        device: device that it ran on.
        trace: the trace, up to the failure if the forward failed.
        notes: sentences about how it ran.
    """

    spec: ModelSpec
    module: nn.Module
    inputs: tuple[InputSpec, ...]
    device: str
    trace: Trace
    notes: tuple[str, ...] = ()


def run_model(
    spec: ModelSpec, wanted: tuple[InputSpec, ...] = (), device: str = AUTO, *, shape: Shape | None = None
) -> ModelRun:
    """Build a model and trace it.

    Args:
        spec: the model.
        wanted: inputs of its forward; empty for the default ones.
        device: device to run on. ``auto`` is meta; a forward that fails there because it asks for values, or whose
            output depends on no input there, runs once more, on cpu, and a note says so. Any other device, meta
            included, is never replaced.
        shape: shape of its single input, if ``wanted`` is empty; of an image with or without the batch.

    Raises:
        RequestError: if it cannot be built or run on the device, if it takes images and ``shape`` is not one's, or if
            it is built from a config and ``wanted`` is anything but one image.
        ModelRunError: if its forward exits the program.
    """
    if spec.config is not None and wanted:
        _require_one_image(spec.name, wanted)
    run = _run_on(spec, wanted, shape, "meta" if device == AUTO else device)
    failure = run.trace.failure
    if failure is not None and run.device == "meta" and (failure.needs_values or failure.severed):
        hint = f"{_why(failure)}: tensors on cpu {'may keep it' if failure.severed else 'do'} (--device cpu)"
        run = _with_values(spec, wanted, shape, run, failure) if device == AUTO else _noted(run, hint)
    elif run.trace.failure is not None and spec.config is None and not wanted and shape is None:
        assumed = " and ".join(map(str, run.inputs))
        run = _noted(run, f"its input was taken to be {assumed}: --input sets another")
    return run


def _require_one_image(name: str, inputs: tuple[InputSpec, ...]) -> None:
    """Refuse inputs that the forward of a model built from a config, ``forward(x)``, does not take."""
    if len(inputs) > 1 or inputs[0].path not in {"", "x"}:
        raise RequestError(f"{name} takes one image, without a name; found {', '.join(map(str, inputs))}")


def rerun_model(run: ModelRun, shape: Shape) -> Trace:
    """Trace a model again on its device, with another shape of its first input.

    Raises:
        ModelRunError: if its forward exits the program.
    """
    first, *others = run.inputs
    with run.spec.running(), stdout_to_stderr():
        return _traced("the model", run.module, (replace(first, shape=shape), *others), run.device)


def _run_on(spec: ModelSpec, wanted: tuple[InputSpec, ...], shape: Shape | None, device: str) -> ModelRun:
    module = spec.build(device)
    with spec.running(), stdout_to_stderr():
        inputs = wanted or (spec.inputs(module) if shape is None else input_of(module, shape))
        run = ModelRun(spec, module, inputs, device, _traced(spec.name, module, inputs, device))
    with_values = device == "meta" and not spec.given and _has_values(module)
    return _noted(run, "built with values: its constructor asks for some") if with_values else run


def _traced(name: str, module: nn.Module, inputs: tuple[InputSpec, ...], device: str) -> Trace:
    from resnet_inspect.tracing.recorder import trace

    try:
        return trace(module, inputs=inputs, device=device)
    except SystemExit as error:
        raise ModelRunError(f"the forward of {name} called sys.exit({error.code!r})") from error
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ModelRunError(f"the forward of {name} raised {type(error).__name__}") from error


def _with_values(
    spec: ModelSpec, wanted: tuple[InputSpec, ...], shape: Shape | None, failed: ModelRun, failure: Failure
) -> ModelRun:
    """Run a model that failed on meta with values; return the failed run if that is not possible."""
    device = _device_of(failed.module) if spec.given else "cpu"
    size = sum(parameter.size for parameter in failed.trace.parameters)
    if size > MOST_PARAMETERS_UNASKED:
        return _noted(
            failed, f"{_why(failure)}; with {size:,} parameters it runs on cpu only when told to (--device cpu)"
        )
    try:
        return _noted(_run_on(spec, wanted, shape, device), f"traced on {device}: {_why(failure)}")
    except RequestError as error:
        return _noted(failed, f"{_why(failure)}; on {device}: {error}")


def _device_of(module: nn.Module) -> str:
    """Return the device of an existing module, which must not be moved; cpu if it is meta."""
    tensor = next(module.parameters(), None)
    return "cpu" if tensor is None or tensor.is_meta else str(tensor.device)


def _has_values(module: nn.Module) -> bool:
    """Return whether it has parameters, and all of them have values."""
    on_meta = [parameter.is_meta for parameter in module.parameters()]
    return bool(on_meta) and not any(on_meta)


def _why(failure: Failure) -> str:
    if failure.severed:
        return "on meta, the forward loses the input"
    where = sanitise(failure.module) if failure.module else "the model's own forward"
    return f"the forward asks for values, which meta tensors do not have (at {where})"


def _noted(run: ModelRun, note: str) -> ModelRun:
    return replace(run, notes=(*run.notes, note))
