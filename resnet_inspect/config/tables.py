"""The tables that may stand beside a config's fields: ``[expect]`` and ``[check]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from resnet_inspect.config.arithmetic import figures
from resnet_inspect.config.declaration import Silence
from resnet_inspect.config.documents import Document
from resnet_inspect.config.expect import Expectations
from resnet_inspect.config.nearest import nearest
from resnet_inspect.config.problems import explain
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.config.selector import Names
from resnet_inspect.config.silences import Check
from resnet_inspect.errors import Problem

_OTHER_NAMES: Mapping[str, str] = {
    "flops": "macs; a multiply-accumulate is one MAC, and often counted as two FLOPs",
    "gflops": "macs; a multiply-accumulate is one MAC, and often counted as two FLOPs",
    "gmacs": "macs",
    "mult_adds": "macs",
    "parameters": "params",
    "num_params": "params",
    "convs": "conv_layers",
    "convolutions": "conv_layers",
    "num_convs": "conv_layers",
    "shapes": "stage_shapes",
    "downsample_convs": "shortcut_convs",
    "stride": "output_stride",
    "stride_placement": "version or stride_in",
    "stride_position": "version or stride_in",
    "resnet_version": "version",
    "weights": "loads",
    "variant": "loads",
    "base": "loads",
    "input_size": "inputs",
    "input_sizes": "inputs",
    "input_shapes": "inputs",
}
"""What else people call an expectation -> what it is called here."""

_LAYERS = frozenset({"layers", "num_layers", "n_layers", "layer_count", "weight_layers"})
"""What may be any of three counts."""

_Table = TypeVar("_Table", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Tables:
    """What the tables of a config say.

    Attributes:
        expect: of ``[expect]``; empty where it is not given, or wrong.
        silences: of ``[check]``, likewise.
        problems: what is wrong with them.
    """

    expect: Expectations
    silences: tuple[Silence, ...]
    problems: tuple[Problem, ...]


def read_tables(document: Document, rules: Names = MappingProxyType({}), config: ResNetConfig | None = None) -> Tables:
    """Read the tables of ``document``.

    Args:
        document: the config with its tables.
        rules: names of all rules; empty leaves open which there are.
        config: the config; ``None`` if it is wrong.
    """
    problems: list[Problem] = []
    expect = _read(Expectations, "expect", document, problems, rules, partial(_unknown_expectation, config))
    check = _read(Check, "check", document, problems, rules, _unknown_setting)
    silences = tuple(Silence(selector, field=("check", "ignore", index)) for index, selector in enumerate(check.ignore))
    return Tables(expect, silences, tuple(problems))


def _read(
    model: type[_Table],
    name: str,
    document: Document,
    problems: list[Problem],
    rules: Names,
    unknown: Callable[[str, Document], str],
) -> _Table:
    fields = document.data.get(name, {})
    try:
        return model.model_validate(fields, context={"rules": rules})
    except ValidationError as error:
        problems += explain(error, document, table=name, unknown=unknown)
        return model()


_ABOVE = "a field of the config itself belongs above the tables"


def _is_of_the_config(name: str) -> bool:
    return name in ResNetConfig.model_fields or name == "base"


def _unknown_expectation(config: ResNetConfig | None, name: str, _: Document) -> str:
    spelled = name.casefold().replace("-", "_")
    if spelled in _LAYERS:
        return _three_counts(config)
    other = _OTHER_NAMES.get(spelled)
    if _is_of_the_config(name):
        return f"{_ABOVE}; the expectation is called {other}" if other else _ABOVE
    if other:
        return f"here: {other}"
    similar = nearest(name, Expectations.model_fields)
    return f"did you mean {similar[0]}?" if similar else f"the fields are {', '.join(Expectations.model_fields)}"


def _three_counts(config: ResNetConfig | None) -> str:
    """Say which counts are called layers, and what each is in this network."""
    found = figures(config) if config else None

    def written(field: str) -> str:
        return f"{field} = {getattr(found, field)}" if found else field

    return (
        f"here: {written('depth')} (on the path from input to output), {written('weighted_layers')} (with those on "
        f"shortcuts and in gates) or {written('conv_layers')} (the convolutions among these)"
    )


def _unknown_setting(name: str, _: Document) -> str:
    if _is_of_the_config(name):
        return _ABOVE
    return "did you mean ignore?" if nearest(name, Check.model_fields) else "the only field is ignore"
