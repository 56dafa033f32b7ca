"""Break the code in small ways, one at a time, and see whether tests notice.

Needs cosmic-ray beside the development tools: pip install cosmic-ray

Run: python tests/mutation/run.py MODULE ... --tests TEST ... [--sample SHARE] [--seed SEED] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVER = Path(__file__).with_name("fork_server.py")
COPIED = ("resnet_inspect", "tests", "docs", "README.md", "pyproject.toml", "action.yml", ".pre-commit-hooks.yaml")
START_S = 60

LEFT_OUT = (
    "core/ReplaceBinaryOperator_BitOr_.*",  # nearly all are types, such as int | None
    "core/ReplaceBinaryOperator_.*_(RShift|LShift|Pow|BitXor|BitOr|BitAnd|Mod|Div)",  # one slip in arithmetic is enough
    "core/ReplaceUnaryOperator_.*_(UAdd|Invert|Not)",
    "core/ReplaceComparisonOperator_.*_(Is|IsNot)",
    "core/ReplaceComparisonOperator_(Is|IsNot)_(Eq|NotEq|Lt|LtE|Gt|GtE)",
)
"""Operators of cosmic-ray whose mutants nobody would write by mistake, or that any test notices."""

SURVIVORS = """
    select module_path, start_pos_row, diff from work_results join mutation_specs using (job_id)
    where test_outcome = 'SURVIVED' order by 1, 2
"""
OUTCOMES = "select case worker_outcome when 'SKIPPED' then output end, test_outcome from work_results"
JOBS = """
    select module_path, start_pos_row, start_pos_col, operator_name, occurrence, job_id from mutation_specs
    where job_id not in (select job_id from work_results) order by 1, 2, 3, 4, 5
"""
LEAVE_OUT = """
    insert into work_results (worker_outcome, output, test_outcome, diff, job_id)
    values ('SKIPPED', 'sampled out', null, '', ?)
"""


def main() -> int:
    wanted = arguments()
    folder = Path(wanted.folder or tempfile.mkdtemp(prefix="mutants-")).resolve()
    tree, session = copied(folder), folder / "session.sqlite"
    config = written(folder, wanted.modules, wanted.tests)
    with served(folder / "socket", tree):
        tool("cosmic-ray", "baseline", config, cwd=tree)  # the tests pass as long as nothing is broken
        tool("cosmic-ray", "init", config, session, "--force", cwd=tree)
        tool("cr-filter-operators", session, config, cwd=tree)
        sampled(session, wanted.sample, wanted.seed)
        tool("cosmic-ray", "exec", config, session, cwd=tree)
        tool("cosmic-ray", "baseline", config, cwd=tree)  # and they still do: a server that died would count as killed
    return reported(session)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", help="files of the package, from the root of the repository")
    parser.add_argument("--tests", nargs="+", required=True, help="files of tests that should notice")
    parser.add_argument("--sample", type=float, default=1.0, help="share of the mutants that is run (1)")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of the sample (1)")
    parser.add_argument("--folder", type=Path, help="where the copy and the session go, and stay")
    return parser.parse_args()


def copied(folder: Path) -> Path:
    """Copy the tree, for mutants are written into files."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "found"))
        elif source.exists():
            shutil.copy2(source, tree / name)
    return tree


def written(folder: Path, modules: list[str], tests: list[str]) -> Path:
    """Write cosmic-ray's config."""
    ask = [sys.executable, "-S", "-E", str(SERVER), "ask", str(folder / "socket")]
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts="]
    path = folder / "cosmic-ray.toml"
    path.write_text(
        "[cosmic-ray]\n"
        f"module-path = {json.dumps(modules)}\n"
        "timeout = 60.0\n"
        "excluded-modules = []\n"
        f"test-command = {json.dumps(shlex.join([*ask, *options, *tests]))}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(LEFT_OUT)}\n"
    )
    return path


@contextmanager
def served(address: Path, tree: Path) -> Iterator[None]:
    """Start the fork server, wait until it answers, and end it."""
    environment = {**os.environ, "TREE_UNDER_TEST": str(tree)}  # for tests that start processes of their own
    server = subprocess.Popen([sys.executable, str(SERVER), "serve", str(address), str(tree)], env=environment)
    try:
        end = time.monotonic() + START_S
        while not answers(address):
            if server.poll() is not None or time.monotonic() > end:
                raise SystemExit("the fork server does not start")
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


def answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(address))
        except OSError:
            return False
    return True


def tool(name: str, *given: object, cwd: Path) -> None:
    """Run a command of cosmic-ray, of the same environment as this Python."""
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    if beside is None:
        raise SystemExit(f"{name} is not here: pip install cosmic-ray")
    if subprocess.run([beside, *map(str, given)], cwd=cwd, check=False).returncode:
        raise SystemExit(f"{name} {given[0]} failed")


def sampled(session: Path, share: float, seed: int) -> None:
    """Mark all but a share of the mutants as not to be run."""
    with closing(sqlite3.connect(session)) as base, base:
        jobs = [row[-1] for row in base.execute(JOBS)]
        random.Random(seed).shuffle(jobs)
        base.executemany(LEAVE_OUT, [(job,) for job in jobs[round(len(jobs) * share) :]])


def reported(session: Path) -> int:
    """Print the survivors and the score; 1 if there are survivors."""
    with closing(sqlite3.connect(session)) as base:
        (made,) = base.execute("select count(*) from mutation_specs").fetchone()
        counts = Counter(skipped or outcome or "no answer" for skipped, outcome in base.execute(OUTCOMES))
        survivors = base.execute(SURVIVORS).fetchall()
    for path, row, diff in survivors:
        print(f"\n{path}:{row}")
        print(
            "\n".join(line for line in diff.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"})
        )
    killed, ran = counts["KILLED"], counts["KILLED"] + len(survivors)
    left_out = f"{counts['Filtered operator']:,} left out by their kind, {counts['sampled out']:,} by the sample"
    print(f"\n{made:,} mutants: {left_out}; {ran:,} run, {counts['no answer']:,} without an answer")
    print(f"{killed:,} killed ({killed / max(ran, 1):.1%}), {len(survivors):,} survived")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())
