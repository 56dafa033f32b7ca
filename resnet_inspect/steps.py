"""The steps from a name to an anatomy. Each also takes what the steps before it take, and goes through these first.

torch is imported inside the functions that need it, so that everything else starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from resnet_inspect.arguments import device_name, text
from resnet_inspect.subjects import Run, Source, examine, find, warn_of_failure
from resnet_inspect.trace.records import Trace

if TYPE_CHECKING:
    from resnet_inspect.anatomy.facts import Anatomy
    from resnet_inspect.config.files import ConfigSource
    from resnet_inspect.model.preact_resnet import PreactResNet
    from resnet_inspect.model.resnet import ResNet
    from resnet_inspect.shapes import Shape
    from resnet_inspect.trace.inputs import InputSpec


def build(config: ConfigSource, *, device: str = "meta", **fields: Any) -> ResNet | PreactResNet:
    """Build the model that a config describes.

    Args:
        config: a config, or whatever ``load`` makes one of: a variant, a path, a dict.
        device: ``meta`` for shapes only (no memory, milliseconds), or a device of torch's (``cpu``, ``cuda``) for real
            parameters with fresh values.
        fields: fields that replace those of the config, as for ``load``.

    Returns:
        The model, in training mode as torch makes it. Its ordered ``state_dict`` has torchvision's names, and
        timm's where torchvision has none.

    Raises:
        WrongTypeError: if ``config`` is nothing that ``load`` takes.
        RequestError: if there is no such config, a field is wrong, or the device is not there.
    """
    from resnet_inspect.config.files import load
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
    """Run a model once on dummy tensors of zeros, in eval and inference mode, and record what happened.

    A module is left as it was: flags, attributes, parameters, buffers and hooks, also when its forward raises; and so
    are torch's and Python's random numbers.

    Args:
        source: a module whose forward takes tensors, on any device; or what is built first: a variant, a path, a dict,
            a config.
        input_shape: shape of the one tensor that it takes: of an image with or without the batch if the first
            convolution is 2-D, otherwise as it is. Its type is that of the parameters. By default that of the
            config; for another module, an image with the channels that its first convolution reads.
        inputs: what the forward is given, where that is not one tensor of that type: several, of other types, by
            keyword or in dicts.
        device: ``meta`` computes shapes only and needs no memory; on ``cpu`` or ``cuda`` the operators really run, and
            a module has to be there. ``auto`` is ``meta``, and ``cpu`` for a forward that asks for values.

    Returns:
        The trace. If forward raised, its ``failure`` says where, and the rest is what ran until then.

    Raises:
        WrongTypeError: if ``source`` is no model.
        RequestError: if there is no such model, if an input is impossible, if the device is not there, if a module on
            the meta device is to run on a real one, or if a lazy module has no shapes yet.
        ModelRunError: if its forward leaves the program.
    """
    from resnet_inspect.sources.running import run_once

    run = Run(input_shape=input_shape, inputs=inputs, device=device)  # type: ignore[arg-type]  # which it makes a tuple
    return run_once(find(source, run), run.inputs, run.device, shape=run.input_shape).trace


def dissect(source: Trace | Source, *, name: str = "") -> Anatomy:
    """Understand a network by the data flow of a run.

    Args:
        source: a trace; or a model, which is traced first.
        name: what to call the model. By default the name of the class that was traced, or what names the model.

    Returns:
        Layers, blocks, stages, the paper's depth, sums and the v1 / v1.5 verdict. Of a run that failed, as far as it
        went, with a ``PartialRunWarning``.

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
