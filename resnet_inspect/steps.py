"""The public steps from a config to an anatomy; each also takes the arguments of the steps before it.

torch is imported inside the functions that need it, so that everything else starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from resnet_inspect.arguments import device_name, text
from resnet_inspect.pipeline import RunOptions, Source, examine, find_model, warn_of_failure
from resnet_inspect.tracing.records import Trace

if TYPE_CHECKING:
    from resnet_inspect.anatomy.records import Anatomy
    from resnet_inspect.configs.files import ConfigSource
    from resnet_inspect.model.preact import PreactResNet
    from resnet_inspect.model.resnet import ResNet
    from resnet_inspect.shapes import Shape
    from resnet_inspect.tracing.inputs import InputSpec


def build(config: ConfigSource, *, device: str = "meta", **fields: Any) -> ResNet | PreactResNet:
    """Build the model that a config describes.

    Args:
        config: a config, or a variant, a path or a dict as for ``load``.
        device: ``meta`` for shapes only (no memory, milliseconds), or a real device (``cpu``, ``cuda``) for parameters
            with fresh values.
        fields: fields that replace those of the config, as for ``load``.

    Returns:
        The model in training mode. Its ordered ``state_dict`` has torchvision's names, or timm's for networks that
        torchvision does not have.

    Raises:
        WrongTypeError: if ``config`` is of a type that ``load`` does not take.
        RequestError: if there is no such config, a field is wrong, or the device cannot be used.
    """
    from resnet_inspect.configs.files import load
    from resnet_inspect.model.build import build as build_model

    device = device_name(device)
    return build_model(load(config, **fields), device=device)


def trace(
    source: Source,
    input_shape: Shape | None = None,
    *,
    inputs: Iterable[InputSpec] = (),
    device: str = "meta",
) -> Trace:
    """Run a model once on tensors of zeros, in eval and inference mode, and record its operators and shapes.

    Flags, attributes, parameters, buffers and hooks of a module are left unchanged, even if its forward raises, and so
    are the random states of torch and Python.

    Args:
        source: a module whose forward takes tensors, on any device, or an ``ExportedProgram``; or a variant, a path, a
            dict or a config, which is built first.
        input_shape: shape of the single input, of the parameters' type. The batch of an image may be left out if the
            first convolution is 2-D. Defaults to the config's shape, also for a network that ``build`` has made of one;
            for another module, to an image with the channels that its first convolution reads.
        inputs: inputs of a forward that takes several tensors, other types, keywords or dicts.
        device: ``meta`` computes shapes only and needs no memory; on ``cpu`` or ``cuda`` the operators are executed,
            and a module has to be on that device. ``auto`` is ``meta``, or ``cpu`` for a forward that asks for values
            or loses the input on meta.

    Returns:
        The trace. If the forward raised, ``failure`` tells where, and the trace ends there; if the output depends on no
        input, it says so.

    Raises:
        WrongTypeError: if ``source`` is not a model.
        RequestError: if there is no such model, an input is impossible, the device cannot be used, a module on the meta
            device is to run on a real one, or a lazy module has no shapes yet.
        ModelRunError: if the forward exits the program.
    """
    from resnet_inspect.sources.running import run_model

    run = RunOptions(input_shape=input_shape, inputs=inputs, device=device)  # type: ignore[arg-type]  # made a tuple
    return run_model(find_model(source, run), run.inputs, run.device, shape=run.input_shape).trace


def dissect(source: Trace | Source, *, name: str = "") -> Anatomy:
    """Find the blocks, stages and shortcuts of a network by the data flow of a run.

    Args:
        source: a trace; or a model, which is traced first.
        name: name of the model. Defaults to its own name, or to the name of the class that was traced.

    Returns:
        Layers, blocks, stages, the paper's depth, sums and the v1 / v1.5 verdict. If the forward failed, they end
        there, and a ``PartialRunWarning`` is issued.

    Raises:
        WrongTypeError: if ``source`` is neither a trace nor a model.
        RequestError: if there is no such model.
    """
    from resnet_inspect.anatomy.dissect import dissect as dissect_trace
    from resnet_inspect.sources.resolve import require_model

    text("name", name)
    if isinstance(source, Trace):
        anatomy = dissect_trace(source, name=name)
    else:
        require_model(source, "a trace, or a model: ")
        anatomy = examine(source).anatomy
        anatomy = replace(anatomy, model=name) if name else anatomy
    warn_of_failure(anatomy.model, anatomy.failure)
    return anatomy
