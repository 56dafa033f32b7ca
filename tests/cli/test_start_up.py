"""What a command imports: torch only when a model is built, and never torch._dynamo or sympy."""

from __future__ import annotations

import subprocess
import sys

import pytest
from loaded import modules_of_command

HEAVY = {"torch", "torch._dynamo", "sympy", "torchinfo", "pydantic", "yaml", "tree_sitter", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["layers", "--help"]], ids=" ".join)
def test_help_and_version_load_nothing_heavy(arguments):
    assert modules_of_command(arguments) & HEAVY <= {"rich", "pydantic"}, "typer itself brings those two"


@pytest.mark.parametrize("arguments", [["rule"], ["rule", "RI102"], ["rule", "RI1", "-f", "json"]], ids=" ".join)
def test_rules_need_no_torch(arguments):
    assert not modules_of_command(arguments) & {"torch", "torchinfo"}


@pytest.mark.parametrize("arguments", [["variants"], ["variants", "*cifar", "-f", "json"], ["config", "resnet50"]])
def test_the_config_table_needs_no_torch(arguments):
    assert not modules_of_command(arguments) & {"torch", "torchinfo", "yaml", "tree_sitter"}


def test_shell_completion_needs_no_torch():
    completing = {"_RESNET_INSPECT_COMPLETE": "complete_bash", "COMP_WORDS": "resnet-inspect la", "COMP_CWORD": "1"}
    assert "torch" not in modules_of_command([], **completing)


@pytest.mark.parametrize("command", ["layers", "stages", "count", "blocks"])
def test_a_model_is_shown_without_dynamo_or_sympy(command):
    found = modules_of_command([command, "resnet50"], "import torch")
    assert "resnet_inspect.model.resnet" in found, "which imports torch"
    assert not found & {"torch._dynamo", "sympy", "torchinfo", "yaml", "tree_sitter"}


def test_the_probe_can_see_what_it_looks_for():
    """summary runs torchinfo, and torch's own kernels: exactly what the other commands must not."""
    assert {"torch", "torchinfo", "sympy"} <= modules_of_command(["summary", "resnet18"], "import torch")


def test_importing_the_package_needs_no_torch():
    code = "import sys, resnet_inspect as ri; ri.load('resnet50'); ri.variants; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
