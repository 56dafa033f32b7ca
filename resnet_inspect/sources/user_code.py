"""``module:attribute`` and ``path/to/file.py:attribute``: code of the user's own.

Importing code runs it. Nothing here is ever called for what a config says: only for what a person names as the model
itself, on the command line or in a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from resnet_inspect.arguments import described
from resnet_inspect.config.nearest import nearest
from resnet_inspect.errors import RequestError
from resnet_inspect.sources.building import built, telling
from resnet_inspect.sources.found import Found
from resnet_inspect.sources.images import usual_input
from resnet_inspect.sources.importing import import_file, import_named
from resnet_inspect.text import sanitise


def find(place: str, attribute: str, arguments: Mapping[str, Any]) -> Found:
    """Import ``place`` and return what its attribute is or makes.

    Args:
        place: a module's dotted name, or the path of a file that ends in .py.
        attribute: a module, a class or a factory; with dots for what stands inside another.
        arguments: for the class or factory.

    Raises:
        RequestError: if it cannot be imported, has no such attribute, or none that can be built.
    """
    import torch

    from resnet_inspect.trace.snapshot import same_globals

    title = sanitise(f"{place}:{attribute}")
    hint = "" if place.endswith(".py") else "; modules are looked up from the current folder, and among those installed"
    with same_globals(torch.device("cpu")), telling(f"{title}: '{sanitise(place)}' cannot be imported", hint):
        module, home = import_file(place) if place.endswith(".py") else import_named(place)
    with home.open():
        thing = _attribute(module, place, attribute)
    if isinstance(thing, torch.nn.Module):
        if arguments:
            raise RequestError(f"argument {next(iter(arguments))}: {title} is a module already, and takes no arguments")
        return replace(given(thing, title), running=home.open)
    if not callable(thing):
        raise RequestError(f"{title} is {described(thing)}: a torch.nn.Module, a class or a factory is needed")
    name = f"{title}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})" if arguments else title

    def build(device: str) -> Any:
        with home.open():
            return built(title, lambda: thing(**arguments), device)

    return Found(name=sanitise(name), build=build, inputs=usual_input, running=home.open)


def given(module: Any, name: str = "") -> Found:
    """Return a module that there is already; it stays where it is."""
    return Found(name=name or type(module).__name__, build=lambda _: module, inputs=usual_input, given=True)


def _attribute(module: ModuleType, place: str, path: str) -> Any:
    thing: Any = module
    for step in path.split("."):
        with telling(f"{sanitise(place)}:{sanitise(path)} cannot be looked up"):
            if not hasattr(thing, step):
                near = nearest(step, [name for name in dir(thing) if not name.startswith("_")], count=3)
                hint = f": did you mean {' or '.join(near)}?" if near else ""
                raise RequestError(f"'{sanitise(place)}' has no attribute '{sanitise(step)}'{sanitise(hint)}")
            thing = getattr(thing, step)
    return thing
