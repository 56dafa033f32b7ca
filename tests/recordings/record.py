"""Record what users see of every command, and compare two recordings byte for byte.

::

    python tests/recordings/record.py FOLDER               # record the package that Python imports
    python tests/recordings/record.py FOLDER --only stages,lock
    python tests/recordings/record.py --compare OLD NEW    # a diff of each case that differs; exits with 1 if any does
    python tests/recordings/record.py --compare OLD NEW --brief

A change that is to leave all output alone is held to a recording made before it. Recordings are some 25 MB of text,
a file for each subject, and are not committed. What is recorded is listed in ``cases.py`` (command lines) and
``api.py`` (the public names, and what reports turn into), the files that it reads in ``material.py``; ``running.py``
runs a case.

Commands run in this process, by ``resnet_inspect.cli.main.run``; nothing else of the package is used but its public
names, so it can be rearranged. Paths of temporary files, times, addresses in memory and the version of torch are
replaced; ``--shuffle SEED`` records in another order, which must not change anything.
"""

from __future__ import annotations

import argparse
import difflib
import functools
import gc
import importlib
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import api
import cases
import material
from running import PREFIX, called, normalised, plain_environment, recorded

HEADING = "=== "
"""Begins the title of a case; no line of a case's text does, since each is indented."""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("--compare", action="store_true", help="compare two recordings")
    parser.add_argument("--brief", action="store_true", help="with --compare: only the titles of what differs")
    parser.add_argument(
        "--only", default="", metavar="SUBJECTS", help="subjects, as the files are named; comma-separated"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), metavar="N", help="processes; one per core by default"
    )
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="record in another order")
    options = parser.parse_args()
    if len(options.folders) != (2 if options.compare else 1):
        parser.error("give one folder to record into, or two with --compare")
    only = {_file_name(subject.strip()) for subject in options.only.split(",") if subject}
    if options.compare:
        return compare(*options.folders, only, brief=options.brief)
    record(options.folders[0], only, options.shuffle, options.jobs)
    return 0


def record(target: Path, only: set[str], seed: int | None, jobs: int) -> None:
    """Write the recording into the folder ``target``, which it makes."""
    start = time.monotonic()
    target.mkdir(parents=True, exist_ok=True)
    target = target.resolve()
    package = _package()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as temporary, plain_environment():
        models = Path(temporary).resolve() / "models"
        models.mkdir()
        material.make_models(models)
        _CASES.extend(case for case in _all_cases(package) if not only or _file_name(case.subject) in only)
        titles = Counter(case[:2] for case in _CASES)
        if twice := [title for title, count in titles.items() if count > 1]:
            raise SystemExit(f"several cases have one title: {twice}")
        order = list(range(len(_CASES)))
        if seed is not None:
            random.Random(seed).shuffle(order)
        texts, seconds = {}, Counter()
        fork = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(jobs, fork, initializer=_begin, initargs=(models,)) as pool:
            for index, (text, spent) in zip(order, pool.map(_make, order, chunksize=8), strict=True):
                texts[index] = text
                seconds[_CASES[index].subject] += spent
                if sys.stderr.isatty():
                    print(f"{len(texts)}/{len(order)}", end="\r", file=sys.stderr)
    files: dict[str, list[str]] = {}
    for index, case in enumerate(_CASES):
        files.setdefault(_file_name(case.subject), []).append(f"{HEADING}{case.title}\n{texts[index]}\n")
    for name, parts in files.items():
        (target / name).write_text("".join(parts), encoding="utf-8", errors="surrogateescape")
    for subject, spent in seconds.items():
        print(f"{spent:6.1f} s  {subject}")
    print(f"{len(_CASES)} cases of {Path(package.__file__).parent} in {time.monotonic() - start:.0f} s")


class Case(NamedTuple):
    """What is recorded under one title.

    Attributes:
        subject: names the file.
        title: tells it from the others of its file.
        make: returns the text, given a folder of the process's own.
    """

    subject: str
    title: str
    make: Callable[[Path], str]


_CASES: list[Case] = []
"""Every case that is wanted; the processes are forks, and so have them too."""


def _package():
    """Import the package and what it needs, so that no case has to."""
    gc.set_threshold(200_000)
    with plain_environment():
        import torch
        import torchinfo  # noqa: F401
        import typer.main

        import resnet_inspect

        importlib.import_module("resnet_inspect.cli.main")
    torch.set_num_threads(1)  # forks may start no others once there are some
    # typer makes its commands anew for each call, which would take half of the time.
    typer.main.get_command = functools.cache(typer.main.get_command)
    gc.freeze()
    return resnet_inspect


def _all_cases(package) -> Iterator[Case]:
    for recording in cases.recordings():
        yield Case(recording.subject, recording.name or recording.steps[0].title, partial(recorded, recording))
    for subject, title, make in api.cases(package):
        yield Case(subject, title, partial(called, make))


def _begin(models: Path) -> None:
    """Give this process a folder of its own, in which the models are; those of weights are no copies."""
    global _root, _before  # noqa: PLW0603
    _root = Path(tempfile.mkdtemp(prefix="process", dir=models.parent))
    shutil.copytree(models, _root / "models", copy_function=_copy)
    _before = _listing(_root / "models")


def _copy(source: str, target: str) -> None:
    (shutil.copy if source.endswith(".py") else os.link)(source, target)


def _make(index: int) -> tuple[str, float]:
    """Return the text of a case, and the seconds that it took."""
    begun = time.monotonic()
    text = normalised(_CASES[index].make(_root), _root)
    if _listing(_root / "models") != _before:
        raise RuntimeError(f"changes the folder of all single cases: {_CASES[index].title}")
    return text, time.monotonic() - begun


def _listing(folder: Path) -> dict[str, int]:
    """Return every path and its size; code is edited, see ``running.py``."""
    paths = folder.rglob("*")
    return {str(path.relative_to(folder)): 0 if path.suffix == ".py" else path.stat().st_size for path in paths}


def _file_name(subject: str) -> str:
    return subject.replace(" ", "_").removesuffix(".txt") + ".txt"


def compare(old: Path, new: Path, only: set[str], *, brief: bool) -> int:
    """Print what differs between two recordings, case by case. Returns 1 if anything does."""
    names = {path.name for folder in (old, new) for path in folder.glob("*.txt")}
    if not names:
        raise SystemExit(f"no recordings in {old} and {new}")
    total, differing = 0, {}
    for name in sorted(names & only if only else names):
        left, right = _cases_in(old / name), _cases_in(new / name)
        total += len(left | right)
        titles = [title for title in left | right if left.get(title) != right.get(title)]
        differing[name] = len(titles)
        for title in titles:
            print(f"{HEADING}{name}: {title}")
            if not brief:
                lines = (each.get(title, "(no such case)").splitlines() for each in (left, right))
                print("\n".join(list(difflib.unified_diff(*lines, lineterm="", n=2))[2:]), end="\n\n")
    found = {name: count for name, count in differing.items() if count}
    print("".join(f"{name}: {count} cases differ\n" for name, count in found.items()), end="")
    print(f"{sum(found.values())} of {total} cases differ")
    return 1 if found else 0


def _cases_in(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    text = file.read_text("utf-8", "surrogateescape")
    parts = re.split(rf"^{HEADING}", text, flags=re.MULTILINE)[1:]
    return dict(part.split("\n", 1) for part in parts)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
