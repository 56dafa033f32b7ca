"""Completion of option values in the shell, without torch and pydantic."""

import glob
import os
from collections.abc import Iterator
from contextlib import suppress

from resnet_inspect.anatomy.role_names import ROLES
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import CONFIG_FORMATS


def complete_model(incomplete: str) -> list[str]:
    """Return the variants, config files and folders whose names begin with a text."""
    return [*complete_variant(incomplete), *_paths(incomplete)]


def complete_variant(incomplete: str) -> list[str]:
    """Return the variants whose names begin with a text."""
    from resnet_inspect.configs.variants import variant_names

    return [name for name in variant_names() if name.startswith(incomplete)]


def _paths(incomplete: str) -> list[str]:
    """Return config files and folders; of a folder that is the only one, what is in it.

    A shell ends the only word that it is offered with a blank, and would leave the folder.
    """
    found = list(_matching(incomplete))
    return _paths(found[0]) if len(found) == 1 and found[0].endswith(os.sep) else found


def _matching(incomplete: str) -> Iterator[str]:
    for path in sorted(glob.glob(f"{glob.escape(incomplete)}*")):  # noqa: PTH207  # pathlib would normalise what was typed
        if os.path.isdir(path):  # noqa: PTH112
            yield f"{path}{os.sep}"
        elif os.path.splitext(path)[1].lower() in CONFIG_FORMATS:  # noqa: PTH122
            yield path


def complete_stage(incomplete: str) -> list[str]:
    """Return the stages of the model on the command line, in every spelling: ``1``, ``stage1``, ``conv2_x`` …."""
    numbers = range(1, len(_blocks()) + 1)
    spellings = [form.format(number + offset) for form, offset in _STAGES for number in numbers]
    return [name for name in ("stem", *spellings, "head") if name.startswith(incomplete)]


_STAGES = (("{}", 0), ("stage{}", 0), ("conv{}_x", 1), ("layer{}", 0))
"""Spellings of stages, and the offset of the number in each."""


def complete_block(incomplete: str) -> list[str]:
    """Return the blocks of the model on the command line, in every spelling: ``1``, ``conv2_1``, ``layer1.0`` …."""
    blocks = _blocks()
    numbers = [str(number) for number in range(1, max(blocks) + 1)]
    pairs = [(stage, index) for stage, count in enumerate(blocks, start=1) for index in range(count)]
    papers = [f"conv{stage + 1}_{index + 1}" for stage, index in pairs]
    paths = [f"layer{stage}.{index}" for stage, index in pairs]
    return [name for name in (*numbers, *papers, *paths) if name.startswith(incomplete)]


def _blocks() -> tuple[int, ...]:
    """Return the blocks per stage of the variant on the command line; without one, those of ResNet-50.

    The variant may have any of its names. The words come from the environment variables of the shell, because typer
    does not parse a command line that ends with an option without its value.
    """
    from resnet_inspect.configs.variants import variant_fields

    for word in os.environ.get("COMP_WORDS", os.environ.get("_TYPER_COMPLETE_ARGS", "")).split():
        with suppress(RequestError):
            return tuple(variant_fields(word)["stage_blocks"])
    return tuple(variant_fields("resnet50")["stage_blocks"])


def complete_role(incomplete: str) -> list[str]:
    """Return the roles that begin with a text."""
    return [role for role in ROLES if role.startswith(incomplete)]


def complete_rule(incomplete: str) -> list[tuple[str, str]]:
    """Return the codes of rules that begin with a text, each with its name, and the names, each with its code."""
    from resnet_inspect.checking.registry import RULES

    # A text of several lines, as a summary becomes, is several candidates to fish.
    words = [pair for rule in RULES.values() for pair in ((rule.code, rule.name), (rule.name, rule.code))]
    return [(word, meaning) for word, meaning in words if word.startswith(incomplete)]


def complete_rules(incomplete: str) -> list[tuple[str, str]]:
    """Complete the last rule of a list that is separated by commas."""
    before, comma, last = incomplete.rpartition(",")
    return [(f"{before}{comma}{word}", meaning) for word, meaning in complete_rule(last)]
