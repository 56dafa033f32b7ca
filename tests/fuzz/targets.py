"""What is fuzzed: reading one file, and the whole check of one file. Both may refuse; neither may raise."""

from __future__ import annotations

import io

from resnet_inspect.checks.findings import FileResult
from resnet_inspect.checks.judge import check_file
from resnet_inspect.checks.registry import RULES
from resnet_inspect.checks.settings import settings_of
from resnet_inspect.checks.targets import Target
from resnet_inspect.config.files import declare
from resnet_inspect.errors import RequestError

EVERY_RULE = frozenset(RULES)


def reads(name: str, content: bytes) -> bool:
    """Whether a file is accepted; an exception that is not for the user is let through."""
    try:
        declare("-", stdin=io.BytesIO(content), stdin_filename=name)
    except RequestError as error:
        if not str(error).strip():
            raise AssertionError("refused without a word") from error
        return False
    return True


def judges(name: str, content: bytes) -> FileResult:
    """The result of a check with every rule on.

    Raises:
        AssertionError: if the check met a fault of the tool's own.
    """
    result = check_file(Target(name, content), settings_of(), RULES)
    assert not result.fault, result.fault
    return result
