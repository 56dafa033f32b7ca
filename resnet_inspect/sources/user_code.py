"""Models in the user's code: ``module:attribute`` and ``path/to/file.py:attribute``.

Importing code runs it. So this happens only for what a user names as the model itself, on the command line or in a
call, and never for anything that a config says.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from resnet_inspect.arguments import described, is_of
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.errors import RequestError
from resnet_inspect.sources.building import errors_reported_as, run_factory
from resnet_inspect.sources.importing import import_file, import_named
from resnet_inspect.sources.model_spec import ModelSpec, usual_input
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.inputs import InputSpec


def find_code(place: str, attribute: str, arguments: Mapping[str, Any]) -> ModelSpec:
    """Import code, and return the model that one of its attributes is or makes.

    Args:
        place: the dotted name of a module, or the path of a file that ends in .py.
        attribute: an ``nn.Module``, a class or a factory; dotted if it is an attribute of another object.
        arguments: arguments for the class or factory.

    Raises:
        RequestError: if it cannot be imported, or has no such attribute, or the attribute is not a model.
    """
    import torch

    from resnet_inspect.tracing.isolation import preserve_globals

    title = sanitise(f"{place}:{attribute}")
    hint = "" if place.endswith(".py") else "; modules are looked up from the current folder, and among those installed"
    with (
        preserve_globals(torch.device("cpu")),
        errors_reported_as(f"{title}: '{sanitise(place)}' cannot be imported", hint),
    ):
        module, root = import_file(place) if place.endswith(".py") else import_named(place)
    with root.open():
        thing = _attribute(module, place, attribute)
    if isinstance(thing, torch.nn.Module):
        if arguments:
            raise RequestError(f"argument {next(iter(arguments))}: {title} is a module already, and takes no arguments")
        return replace(spec_of_module(thing, title), running=root.open)
    if not callable(thing):
        raise RequestError(f"{title} is {described(thing)}: a torch.nn.Module, a class or a factory is needed")
    name = f"{title}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})" if arguments else title

    def build(device: str) -> Any:
        with root.open():
            return run_factory(title, lambda: thing(**arguments), device)

    return ModelSpec(name=sanitise(name), build=build, inputs=usual_input, running=root.open)


def spec_of_module(module: Any, name: str = "") -> ModelSpec:
    """Return the spec of an existing module, which stays on its device."""
    return ModelSpec(name=name or type(module).__name__, build=lambda _: module, inputs=usual_input, given=True)


def spec_of_program(program: Any) -> ModelSpec:
    """Return the spec of an ``ExportedProgram``, whose inputs are those that it was exported with."""
    with errors_reported_as("the ExportedProgram cannot be opened"):
        module = program.module()
    arguments, keywords = program.example_inputs or ((), {})
    leaves = [("", value) for value in arguments] + list(keywords.items())
    given = [(path, value) for path, value in leaves if is_of("torch", "Tensor", value)]
    inputs = tuple(InputSpec(tuple(value.shape), str(value.dtype), path) for path, value in given)

    def of_export(module: Any) -> tuple[InputSpec, ...]:
        return inputs if inputs and len(given) == len(leaves) else usual_input(module)

    return ModelSpec(name=type(program).__name__, build=lambda _: module, inputs=of_export, given=True)


def _attribute(module: ModuleType, place: str, path: str) -> Any:
    thing: Any = module
    for step in path.split("."):
        with errors_reported_as(f"{sanitise(place)}:{sanitise(path)} cannot be looked up"):
            if not hasattr(thing, step):
                near = suggest(step, [name for name in dir(thing) if not name.startswith("_")], count=3)
                hint = f": did you mean {' or '.join(near)}?" if near else ""
                raise RequestError(f"'{sanitise(place)}' has no attribute '{sanitise(step)}'{sanitise(hint)}")
            thing = getattr(thing, step)
    return thing
