"""Imports of the user's code, as ``python -m`` and ``python path/to/file.py`` make them, but always from source.

Python trusts a ``.pyc`` whose source has the same size and the same time to a second, so that code which has just been
edited, or a ``.pyc`` that somebody has put beside it, could pass for what is written there.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from types import CodeType, ModuleType

from resnet_inspect.errors import RequestError
from resnet_inspect.process_lock import PROCESS_LOCK
from resnet_inspect.text import sanitise

_NOT_USERS = tuple(
    f"{folder}{os.sep}" for folder in (Path(__file__).parents[1], *map(sysconfig.get_path, ("stdlib", "platstdlib")))
)
_INSTALLED = frozenset({"site-packages", "dist-packages"})


class Home:
    """A folder, and the modules in it that its code has imported.

    While code of it runs (``open``), the folder comes first among the places to import from, and its modules are there.
    At other times neither is, but for modules that can be imported without it, too. So two projects with modules of the
    same names do not get each other's, and none is taken for a module that we, or a library, import later.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = [str(folder), *sys.path]
        self._modules: dict[str, ModuleType] = {}
        self._is_open = False

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let imports look in the folder first, and find the modules that it has brought."""
        with PROCESS_LOCK:
            if self._is_open:
                yield
                return
            path, modules = sys.path[:], sys.modules.copy()
            sys.path[:], self._is_open = self._path, True
            sys.modules.update(self._modules)
            sys.meta_path.insert(0, _SOURCES)
            try:
                yield
            finally:
                sys.meta_path.remove(_SOURCES)
                self._path, sys.path[:], self._is_open = sys.path[:], path, False
                self._put_away(modules)

    def _put_away(self, before: dict[str, ModuleType]) -> None:
        """Take out the modules that the folder has brought, and bring back those that had their names."""
        elsewhere = {os.path.abspath(place) for place in sys.path}  # noqa: PTH100  # of "", and of what is no path
        for name, module in [item for item in sys.modules.items() if item[1] is not before.get(item[0])]:
            loader = getattr(getattr(module, "__spec__", None), "loader", None)
            if isinstance(loader, _SourceLoader) and loader.root.is_relative_to(self._folder):
                self._modules[name] = module
                if name in before:
                    sys.modules[name] = before[name]
                elif str(loader.root) not in elsewhere:
                    del sys.modules[name]

    def is_current(self) -> bool:
        """Return whether no module has been edited since it was imported."""
        loaders = [getattr(module.__spec__, "loader", None) for module in self._modules.values()]
        return all(loader.is_current() for loader in loaders if isinstance(loader, _SourceLoader))

    def forget(self) -> None:
        """Have its modules imported anew."""
        for name, module in self._modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]

    def import_named(self, name: str) -> ModuleType:
        """Import a module; the folder comes first."""
        with self.open():
            invalidate_caches()
            return import_module(name)

    def run_file(self, file: Path) -> ModuleType:
        """Run a file as a module of its own."""
        name = f"_source_{file.stem.replace('.', '_')}"  # a dot would make it a module of a package
        loader = _SourceLoader(name, str(file))
        spec = ModuleSpec(name, loader, origin=str(file))
        spec.has_location = True  # which sets __file__
        module = module_from_spec(spec)
        with self.open():
            invalidate_caches()
            sys.modules[name] = module  # dataclasses look up the module that they stand in
            loader.exec_module(module)
        return module


_homes: dict[Path, Home] = {}
"""Current folder -> the home of the modules that were named from there."""


def import_named(name: str) -> tuple[ModuleType, Home]:
    """Import a module; the current folder comes first, as for ``python -m``.

    It is imported once, as Python does it, and anew when it or a module of the user's that it brought has been edited.
    """
    here = Path.cwd()
    home = _homes.get(here)
    if home is not None and not home.is_current():
        home.forget()
        home = None
    if home is None:
        home = _homes[here] = Home(here)
    return home.import_named(name), home


def import_file(path: str) -> tuple[ModuleType, Home]:
    """Run a file as a module of its own, anew each time; its folder comes first, as for ``python path/to/file.py``.

    Raises:
        RequestError: if it is no file.
    """
    file = Path(path).resolve()
    if not file.is_file():
        raise RequestError(f"'{sanitise(path)}' is not a file" if file.exists() else f"no such file '{sanitise(path)}'")
    home = Home(file.parent)
    try:
        return home.run_file(file), home
    except ImportError as error:
        if "no known parent package" in str(error):
            raise RequestError(
                f"'{sanitise(path)}' is part of a package, because it imports from '.': name it from the folder that "
                "contains the package, such as package.module:attribute"
            ) from error
        raise


class _SourceLoader(SourceFileLoader):
    """Compiles a module from its source; no ``.pyc`` is read or written."""

    _source = b""

    @property
    def root(self) -> Path:
        """The folder that has to be among the places to import from, for the module to be found."""
        file = Path(self.path)
        return file.parents[self.name.count(".") + self.is_package(self.name)]

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        self._source = self.get_data(path)
        return self.source_to_code(self._source, path)

    def is_current(self) -> bool:
        """Return whether the file holds what was compiled."""
        try:
            return self.get_data(self.path) == self._source
        except OSError:
            return False


class _Sources(MetaPathFinder):
    """Finds what the other finders find, and has modules of the user's own loaded from their source."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(fullname, path, target) if find else None
            if spec is not None:
                if type(spec.loader) is SourceFileLoader and is_users(spec.loader.path):
                    spec.loader = _SourceLoader(fullname, spec.loader.path)
                return spec
        return None


_SOURCES = _Sources()


def is_users(file: str) -> bool:
    """Return whether a file of Python is the user's own: neither ours, nor Python's, nor installed."""
    return not _INSTALLED.intersection(Path(file).parts) and not file.startswith(_NOT_USERS)
