"""Many files in processes: the order of the files, and none that takes another with it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pool_slow_start
import pytest
from pool_actions import acting

from resnet_inspect import errors
from resnet_inspect.checking import pool
from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.judge import check_file
from resnet_inspect.checking.pool import check_files
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.checking.targets import Target

SETTINGS = settings_of()


def run(*names: str, **options: object) -> list[FileResult]:
    return list(check_files([Target(name) for name in names], SETTINGS, check=acting, **options))


def reasons(results: list[FileResult]) -> dict[str, str]:
    assert all([finding.code for finding in result.findings] == ["RI003"] for result in results if not result.ok)
    return {result.path: result.findings[0].message for result in results if not result.ok}


def no_worker_is_left() -> bool:
    return not multiprocessing.active_children()


@pytest.fixture(scope="module")
def mixed():
    """One run in which much goes wrong: names and results."""
    names = ["slow:1", "a", "kill:1", "b", "c", "segfault:1", "leave:1", "linger:1", "d", "kill:2", "slow:2", "e"]
    return names, run(*names, jobs=2), no_worker_is_left()


def test_results_come_in_the_order_of_the_files(mixed):
    names, results, _ = mixed
    assert [result.path for result in results] == names


def test_files_are_checked_in_processes_of_which_each_takes_many():
    results = run(*(f"quick:{n}" for n in range(9)), jobs=2)
    processes = {result.model for result in results}
    assert 1 <= len(processes) <= 2
    assert str(os.getpid()) not in processes


def test_processes_work_at_the_same_time():
    assert len({result.model for result in run("slow:1", "slow:2", jobs=2)}) == 2


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (["a", "b"], {"jobs": 1}),
        (["a"], {"jobs": 8}),
        (["a", "b", "c"], {"jobs": 0}),
        ([], {"jobs": 4}),
        ([], {"jobs": 4, "timeout": 1}),
    ],
)
def test_a_few_files_stay_in_this_process(names, options):
    results = run(*names, **options)
    assert [result.path for result in results] == names
    assert {result.model for result in results} <= {str(os.getpid())}


def test_a_killed_worker_costs_its_own_file_alone(mixed):
    _, results, none_is_left = mixed
    assert reasons(results) == {
        "kill:1": "the check did not finish: its process was killed by SIGKILL, as happens when memory runs out",
        "segfault:1": "the check did not finish: its process was killed by SIGSEGV",
        "leave:1": "the check did not finish: its process exited with code 7",
        "linger:1": "the check did not finish: its process exited with code 9",
        "kill:2": "the check did not finish: its process was killed by SIGKILL, as happens when memory runs out",
    }
    assert none_is_left


def test_every_file_may_kill_and_none_is_tried_again(tmp_path):
    names = [f"count:{tmp_path / str(n)}" for n in range(3)]
    assert [*reasons(run(*names, jobs=2))] == names
    assert [(tmp_path / str(n)).read_text() for n in range(3)] == ["x"] * 3


SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from pool_actions import acting
from resnet_inspect.checking.pool import Target, check_files
from resnet_inspect.checking.settings import settings_of
for result in check_files([Target("a"), Target("b")], settings_of(), 2, check=acting):
    print(result.findings[0].message, result.findings[0].hint, sep="; ")
"""


def test_a_script_that_would_begin_anew_in_each_process_is_told_so(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(folder=str(Path(__file__).parent)))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    told = "the check did not finish: its process exited with code 1; a script that starts processes needs the line "
    assert done.stdout.splitlines() == [told + 'if __name__ == "__main__":'] * 2


def test_a_file_that_takes_too_long_is_given_up():
    results = run("a", "hang:1", "b", "c", jobs=2, timeout=0.4)
    assert reasons(results) == {"hang:1": "the check did not finish: not finished after 0.4 s"}
    assert results[1].findings[0].hint == "--timeout sets a longer limit"
    assert no_worker_is_left()


def test_one_process_has_a_time_limit_if_it_is_asked_for():
    assert [result.ok for result in run("hang:1", "b", jobs=1, timeout=0.2)] == [False, True]


def test_coming_up_is_not_held_against_the_first_file():
    targets = [Target("a"), Target("hang:1"), Target("b")]
    results = list(check_files(targets, SETTINGS, 1, timeout=0.2, check=pool_slow_start.acting))
    assert [result.ok for result in results] == [True, False, True]


def test_one_file_holds_up_no_other():
    """The results behind it wait in order; the files are done meanwhile."""
    results = check_files([Target("slow:1"), *(Target(f"quick:{n}") for n in range(5))], SETTINGS, 2, check=acting)
    first, *others = results
    assert first.path == "slow:1"
    assert first.model not in {result.model for result in others}


def test_ctrl_c_is_not_for_the_processes():
    """That it is not held back either shows that the fork server lets itself be ended while it imports torch."""
    assert [result.model for result in run("signals:1", "signals:2", jobs=2)] == ["False SIG_IGN"] * 2
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize(
    ("before", "held_back", "code", "said"),
    [
        ("default_int_handler", True, -signal.SIGINT, ""),
        ("default_int_handler", False, 0, "KeyboardInterrupt\n"),
        ("SIG_IGN", True, 0, "still here\n"),
    ],
)
def test_what_the_fork_server_imports_first(before, held_back, code, said):
    script = f"""
import os, signal
signal.signal(signal.SIGINT, signal.{before})
if {held_back}: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
try:
    if {held_back}: os.kill(os.getpid(), signal.SIGINT)
    import resnet_inspect.checking.safe_path
    os.kill(os.getpid(), signal.SIGINT)
    print("still here")
except KeyboardInterrupt as error: print("KeyboardInterrupt")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, said, "")


def test_ctrl_c_is_held_back_until_the_fork_server_can_take_it(monkeypatch):
    seen = []

    def held_back():
        return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())

    monkeypatch.setattr("multiprocessing.forkserver.ensure_running", lambda: seen.append(held_back()))
    run("a", "b", jobs=2)
    assert seen[0] is True
    assert not held_back()


def test_no_process_can_be_started(monkeypatch):
    def refused(_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.process.BaseProcess.start", refused)
    with pytest.raises(errors.RequestError, match=r"a single job needs none \(--jobs 1\)"):
        run("a", "b", jobs=2)


def test_processes_are_as_many_as_pay_off(monkeypatch):
    monkeypatch.setattr(pool, "FEW_FILES", 3)
    monkeypatch.setattr(pool, "_cores", lambda: 2)
    assert {result.model for result in run("a", "b", "c")} == {str(os.getpid())}
    assert str(os.getpid()) not in {result.model for result in run("a", "b", "c", "d")}
    monkeypatch.setattr(pool, "_cores", lambda: 1)
    assert {result.model for result in run("a", "b", "c", "d")} == {str(os.getpid())}


def test_who_asks_for_no_more_leaves_no_process_behind():
    results = check_files([Target(f"slow:{n}") for n in range(9)], SETTINGS, 2, check=acting)
    next(results)
    assert not no_worker_is_left()
    results.close()
    assert no_worker_is_left()


def test_processes_find_what_this_one_finds(tmp_path):
    contents = {
        "good.toml": 'base = "resnet18"\n',
        "deep.toml": 'base = "resnet18"\n[expect]\ndepth = 19\n',
        "broken.toml": "block = \n",
        "unknown.yaml": "base: resnt50\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    targets = [*(Target(str(tmp_path / name)) for name in contents), Target("<stdin>", b'base = "resnet34"\n')]
    alone = [check_file(target, SETTINGS) for target in targets]
    assert [len(result.findings) for result in alone] == [0, 1, 1, 1, 0]
    together = list(check_files(targets, SETTINGS, 2))
    assert [result.findings for result in together] == [result.findings for result in alone]
    assert [result.model for result in together] == [result.model for result in alone]


@pytest.mark.parametrize(
    "error",
    [
        errors.RequestError("wrong"),
        errors.UnknownVariantError("resnt50", ("resnet50",), "a note"),
        errors.AmbiguousVariantError("R-50", {"resnet50": "v1.5", "resnet50_v1": "v1"}, "a note"),
        errors.ConfigError((errors.Problem("must be at least 1", "stage_blocks[1]", "net.toml", 3, 1, "hint"),)),
        errors.MissingPathsError(("a", "b"), ("a hint",)),
        errors.ModelRunError("failed", trace=("part",)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_survives_the_way_between_processes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
    assert copy.args == error.args
