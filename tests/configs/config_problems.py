"""What the config tests share: text in, problems out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from resnet_inspect.configs.files import load
from resnet_inspect.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from resnet_inspect.configs.schema import ResNetConfig

SUFFIX = {"TOML": ".toml", "YAML": ".yaml", "JSON": ".json"}


def load_text(folder: Path, text: str | bytes, kind: str) -> ResNetConfig:
    path = folder / f"net{SUFFIX[kind]}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path)


def load_stdin(text: str | bytes) -> ResNetConfig:
    return load("-", stdin=io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def outcome(call: Callable[[], object]) -> tuple[Problem, ...]:
    """The problems of a call; empty if it returns. Any other error passes through."""
    try:
        call()
    except ConfigError as error:
        return error.problems
    return ()


def problems_of(source: Any) -> tuple[Problem, ...]:
    """The problems of a call, or of a source to load; fails if there are none."""
    problems = outcome(source if callable(source) else lambda: load(source))
    assert problems, "it loaded"
    return problems


def lines_of(problems: tuple[Problem, ...]) -> list[str]:
    """``line:column field: message (hint)`` without the source."""
    lines = []
    for problem in problems:
        place = "-" if problem.line is None else f"{problem.line}:{problem.column}"
        field = f" {problem.field}:" if problem.field else ""
        hint = f" ({problem.hint})" if problem.hint else ""
        lines.append(f"{place}{field} {problem.message}{hint}")
    return lines
