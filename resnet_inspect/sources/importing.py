"""Import the user's code, as ``python -m`` and ``python path/to/file.py`` do, but always from source.

Python trusts a ``.pyc`` whose source has its recorded size and its time in seconds. So it could run outdated code after
a quick edit, or a ``.pyc`` planted by someone else.
"""

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
from resnet_inspect.process_state import PROCESS_LOCK
from resnet_inspect.text import sanitise

_NOT_USERS = tuple(
    f"{folder}{os.sep}" for folder in (Path(__file__).parents[1], *map(sysconfig.get_path, ("stdlib", "platstdlib")))
)
_INSTALLED = frozenset({"site-packages", "dist-packages"})


class ImportRoot:
    """A folder, and its modules that the code in it has imported.

    While that code runs (``open``), the folder comes first in ``sys.path``, and its modules are in ``sys.modules``. At
    other times neither is, except for modules that can be imported without the folder. So two projects with modules of
    equal names do not share them, and no module hides one that this package or a library imports later.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = [str(folder), *sys.path]
        self._modules: dict[str, ModuleType] = {}
        self._is_open = False

    @contextmanager
    def open(self) -> Iterator[None]:
        """Search the folder first in imports, and restore its modules."""
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
        """Remove the modules of the folder, and restore those of equal names."""
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
        """Return whether no module has been edited since its import."""
        loaders = [getattr(module.__spec__, "loader", None) for module in self._modules.values()]
        return all(loader.is_current() for loader in loaders if isinstance(loader, _SourceLoader))

    def forget(self) -> None:
        """Remove its modules, so that they are imported anew."""
        for name, module in self._modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]

    def import_named(self, name: str) -> ModuleType:
        """Import a module by its name, from the folder first."""
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
            sys.modules[name] = module  # dataclasses look up their module
            loader.exec_module(module)
        return module


_roots: dict[Path, ImportRoot] = {}
"""Current folder -> the root of the modules that were named from there."""


def import_named(name: str) -> tuple[ModuleType, ImportRoot]:
    """Import a module by its name, from the current folder first, as ``python -m`` does.

    It is imported once, and again after it or another module of the user's that it imports has been edited.
    """
    here = Path.cwd()
    root = _roots.get(here)
    if root is not None and not root.is_current():
        root.forget()
        root = None
    if root is None:
        root = _roots[here] = ImportRoot(here)
    return root.import_named(name), root


def import_file(path: str) -> tuple[ModuleType, ImportRoot]:
    """Run a file as a module, each time anew, with imports from its folder first, as ``python path/to/file.py`` does.

    Raises:
        RequestError: if it is not a file.
    """
    file = Path(path).resolve()
    if not file.is_file():
        raise RequestError(f"'{sanitise(path)}' is not a file" if file.exists() else f"no such file '{sanitise(path)}'")
    root = ImportRoot(file.parent)
    try:
        return root.run_file(file), root
    except ImportError as error:
        if "no known parent package" in str(error):
            raise RequestError(
                f"'{sanitise(path)}' is part of a package, because it imports from '.': name it from the folder that "
                "contains the package, such as package.module:attribute"
            ) from error
        raise


class _SourceLoader(SourceFileLoader):
    """A loader that compiles a module from its source; no ``.pyc`` is read or written."""

    _source = b""

    @property
    def root(self) -> Path:
        """The folder that has to be in ``sys.path`` for the module to be found."""
        file = Path(self.path)
        return file.parents[self.name.count(".") + self.is_package(self.name)]

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        self._source = self.get_data(path)
        return self.source_to_code(self._source, path)

    def is_current(self) -> bool:
        """Return whether the file is unchanged since it was compiled."""
        try:
            return self.get_data(self.path) == self._source
        except OSError:
            return False


class _Sources(MetaPathFinder):
    """A finder that asks the other finders, and loads the user's modules from their source."""

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
    """Return whether a Python file belongs to the user, not to this package, Python or an installed library."""
    return not _INSTALLED.intersection(Path(file).parts) and not file.startswith(_NOT_USERS)
