"""Running commands in this process: importing torch once is enough."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from resnet_inspect.cli.main import run


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys):
    """``command("layers", "resnet50")`` -> exit code, standard output, standard error."""

    def execute(*arguments: str) -> Done:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return execute
