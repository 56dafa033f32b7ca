"""What entries of a lock are called: configs by their paths, models that were named by what names them."""

from __future__ import annotations

import re

from resnet_inspect.config.files import is_variant
from resnet_inspect.sources.resolve import OfCode, form_of

_WITH_ARGUMENTS = re.compile(r"(.*?:[\w.]+)\(.*\)", re.DOTALL)


def without_arguments(key: str) -> str:
    """Return what names a model, without the arguments of its factory: ``mine:build`` of ``mine:build(units=3)``."""
    match = _WITH_ARGUMENTS.fullmatch(key) if key.endswith(")") else None
    return match[1] if match else key


def path_in(key: str) -> str | None:
    """The path in a key: all of a config's, ``nets/mine.py`` of ``nets/mine.py:Net(units=3)``; ``None`` if none is."""
    named = without_arguments(key)
    form = form_of(named)
    if isinstance(form, OfCode):
        return form.file
    return key if form is None and not is_variant(named) else None
