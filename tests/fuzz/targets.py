"""What is fuzzed: a config, read or checked whole; a lock; a pattern. All may refuse; none may raise."""

from __future__ import annotations

import io
from pathlib import Path

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.gitignore import Gitignore, flaw_of
from resnet_inspect.checking.judge import check_file
from resnet_inspect.checking.lock.file import read_lock
from resnet_inspect.checking.lock.matching import unchecked_entries, with_entries
from resnet_inspect.checking.paths import RequestedPaths
from resnet_inspect.checking.patterns import parse_glob
from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.checking.targets import Target
from resnet_inspect.configs.files import declare
from resnet_inspect.errors import RequestError

EVERY_RULE = frozenset(RULES)
SETTINGS = settings_of()


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
    result = check_file(Target(name, content), SETTINGS, RULES)
    assert not result.fault, result.fault
    return result


def matches(pattern: str, path: str) -> str:
    """What a pattern makes of a path, in pyproject.toml and as an argument of the command line.

    Raises:
        AssertionError: if a pattern that is accepted cannot be matched, or one that is refused can.
    """
    flaw = flaw_of(pattern)
    names = [name for name in path.split("/") if name]
    try:
        answer = "matched" if Gitignore([pattern]).ignores(names) else "not matched"
        assert flaw is None, flaw
    except ValueError:
        assert flaw is not None
        answer = "refused"
    try:
        glob = parse_glob(pattern, lambda name, _: name.startswith("."))
    except RequestError:
        return answer
    if glob is not None:
        glob.covers(f"/{path}")
    return answer


def holds(content: bytes, folder: Path) -> str:
    """What a check against a lock of this content begins with: its entries, and those that no file is held to."""
    path = folder / "resnet-inspect.lock.json"
    path.write_bytes(content)
    try:
        lock = read_lock(path)
    except RequestError as error:
        if not str(error).strip():
            raise AssertionError("refused without a word") from error
        return "refused"
    with_entries(lock, [Target("net.toml")])
    results = unchecked_entries(lock, [], RequestedPaths(frozenset({str(folder)})), settings_of())
    for result in results:
        for finding in result.findings[:100]:
            assert finding.line is not None, finding
    return "with findings" if results else "accepted"
