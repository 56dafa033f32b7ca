"""Imports of the user's code, as ``python -m`` and ``python path/to/file.py`` make them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise


@dataclass(frozen=True, slots=True)
class _Home:
    """A folder from which files are imported.

    Attributes:
        folder: where it is.
        before: the modules that were there before any of its own.
    """

    folder: str
    before: frozenset[str]


_homes: list[_Home] = []
"""The home of the file that was imported last, if any."""


def import_named(name: str) -> ModuleType:
    """Import a module; the current folder comes first, as for ``python -m``."""
    _leave_home()
    here = str(Path.cwd())
    if "" not in sys.path and here not in sys.path:
        sys.path.insert(0, here)
    invalidate_caches()
    return import_module(name)


def import_file(path: str) -> ModuleType:
    """Run a file as a module of its own, anew each time; its folder comes first, as for ``python path/to/file.py``.

    Modules that an earlier file brought from its own folder are forgotten, so that two projects with modules of the
    same names can be compared.

    Raises:
        RequestError: if it is no file.
    """
    file = Path(path).resolve()
    if not file.is_file():
        raise RequestError(f"'{sanitise(path)}' is not a file" if file.exists() else f"no such file '{sanitise(path)}'")
    _leave_home()
    _homes.append(_Home(str(file.parent), frozenset(sys.modules)))
    sys.path.insert(0, str(file.parent))
    invalidate_caches()
    name = f"_source_{file.stem}"
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RequestError(f"'{sanitise(path)}' cannot be imported")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up the module that they stand in
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        if "no known parent package" in str(error):
            raise RequestError(
                f"'{sanitise(path)}' is part of a package, because it imports from '.': name it from the folder that "
                "contains the package, such as package.module:attribute"
            ) from error
        raise
    return module


def _leave_home() -> None:
    """Forget the folder of the last file, and the modules that came from it."""
    while _homes:
        home = _homes.pop()
        if home.folder in sys.path:
            sys.path.remove(home.folder)
        for name in [name for name in sys.modules if name not in home.before]:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if Path(file).is_relative_to(home.folder) and "site-packages" not in file:
                del sys.modules[name]
