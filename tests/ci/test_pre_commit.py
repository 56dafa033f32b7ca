"""pre-commit itself runs the hook, in a repository of its own; without pre-commit there is nothing to try."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HOOK, _ = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))

pytestmark = pytest.mark.skipif(
    not (shutil.which("pre-commit") and shutil.which("git")), reason="pre-commit or git is not installed"
)

FILES = {
    "good.toml": 'base = "resnet18"\n',
    "deep.toml": 'base = "resnet18"\n[expect]\ndepth = 19\n',
    "flow.yaml": "{base: resnet18, expect: {depth: 20}}\n",
    "other.yaml": "jobs: {build: 1}\n",
    "package.json": '{"name": "web"}\n',
    "readme.md": 'base = "resnt18"\n',
    "pyproject.toml": "[project]\nname = 'nets'\n",
}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with the hook as we publish it; it takes the tool from here, since an installation needs a network."""
    folder = tmp_path / "nets"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))))
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    tool, *arguments = shlex.split(HOOK["entry"])
    assert tool == "resnet-inspect"
    entry = shlex.join([sys.executable, "-m", "resnet_inspect", *arguments])
    hook = {**HOOK, "language": "system", "entry": entry}
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    for name, content in FILES.items():
        (folder / name).write_text(content)
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "."], check=True)
    return folder


def run(*arguments):
    done = subprocess.run(
        ["pre-commit", "run", "--color=never", *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_hook_stops_what_is_wrong_and_lets_the_rest_pass(repository):
    code, said = run("--all-files")
    assert code == 1, said
    assert "deep.toml:3:9: error RI201 depth 18, expected 19" in said
    assert "flow.yaml:1:34: error RI201 depth 18, expected 20" in said
    assert "3 files checked: 2 with findings; 2 errors; 3 skipped" in said
    (repository / "deep.toml").write_text(FILES["good.toml"])
    (repository / "flow.yaml").write_text("{base: resnet18}\n")
    code, said = run("--all-files")
    assert code == 0, said
    assert f"{HOOK['name']}" in said
    assert "Passed" in said


def test_files_of_other_kinds_do_not_start_it(repository):
    del repository
    code, said = run("--files", "readme.md")
    assert (code, "no files to check" in said) == (0, True), said
