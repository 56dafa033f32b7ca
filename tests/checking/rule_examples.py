"""Judges the examples of rules: a config in TOML, or a module written out in Python."""

from __future__ import annotations

from run_once import gathered

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.checking.evidence import DeclaredEvidence, Evidence
from resnet_inspect.configs.files import declare
from resnet_inspect.model.build import build
from resnet_inspect.tracing.recorder import trace

IMAGE = (1, 3, 96, 96)


def of_config(text, path):
    """Evidence of a config written in TOML."""
    path.write_text(text, "utf-8")
    return gathered(declare(path))


def of_variant(subject, path):
    """Evidence of a variant that has been examined: what ``of_config`` gathers of a file that names it."""
    path.write_text(f'base = "{subject.model.name}"\nname = "{subject.model.name}"\n', "utf-8")
    declaration = declare(path)
    config = declaration.config
    return DeclaredEvidence(
        declaration=declaration,
        config=config,
        trace=subject.trace,
        anatomy=subject.anatomy,
        run_at=lambda shape: trace(build(config), shape),
        claimed_name=config.name,
    )


def of_module(module, input_shape=IMAGE):
    """Evidence of any module, which no config describes."""
    traced = trace(module, input_shape)
    anatomy = dissect(traced)
    return Evidence(
        trace=traced, anatomy=anatomy, run_at=lambda shape: trace(module, shape), claimed_name=anatomy.model
    )


def of_source(text):
    """Evidence of the class ``Net`` that a text in Python defines."""
    names = {"__name__": "example"}
    exec(compile(text, "example", "exec"), names)
    return of_module(names["Net"]())


def of_example(rule, text, path):
    """Evidence of one of a rule's two examples."""
    if rule.language == "toml":
        return of_config(text, path)
    return of_source(text)


def codes(evidence, rules):
    """Codes of the rules that find something, sorted."""
    return [rule.code for rule in rules if list(rule.find(evidence))]
