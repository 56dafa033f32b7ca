"""The files that the paths of a request cover, including those that do not exist."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from resnet_inspect.checks.patterns import Glob


@dataclass(frozen=True, slots=True)
class Asked:
    """The paths of a request. Paths are compared as they are written, made absolute; links are not followed.

    Attributes:
        paths: absolute paths of the files and folders that were named, or that a pattern has matched.
        globs: the patterns.
        texts: everything that was named, as it was written.
    """

    paths: frozenset[str]
    globs: tuple[Glob, ...] = ()
    texts: frozenset[str] = frozenset()

    def covers(self, path: str) -> bool:
        """Return whether this file is named, is below a folder that is, or would match a pattern."""
        around = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() follows links
        return any(str(each) in self.paths for each in chain((around,), around.parents)) or any(
            glob.covers(str(around)) for glob in self.globs
        )

    def with_folder(self, folder: Path) -> Asked:
        """Return what is covered if a folder is asked for too."""
        return replace(self, paths=self.paths | {str(folder)})

    def names(self, path: str) -> bool:
        """Return whether just this path is named."""
        return os.path.abspath(path) in self.paths  # noqa: PTH100  # resolve() follows links


NOTHING = Asked(frozenset())
