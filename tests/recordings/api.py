"""What is recorded of the Python API: the public names, and what reports turn into."""

from __future__ import annotations

import dataclasses
import inspect
import json
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import material

FORMATS = ("table", "json", "csv", "markdown", "html", "github", "sarif", "junit")


def reports() -> dict[str, Callable[[Any], Any]]:
    """Return the calls whose reports are recorded, by what they are called; each takes the package."""
    return {
        "layers": lambda ri: ri.layers("resnet50"),
        "layers, selected": lambda ri: ri.layers("resnet50", stage=["stem", 2], role="main"),
        "layers, everything": lambda ri: ri.layers("nets:Unused", selection=ri.LayerSelection(everything=True)),
        "layers, failed": lambda ri: ri.layers("nets:Fails"),
        "layers, of an input": lambda ri: ri.layers("resnet18", ri.RunOptions(input_shape=(2, 3, 64, 64))),
        "layers, of a module": lambda ri: ri.layers(ri.build("resnet18")),
        "layers, of a dict": lambda ri: ri.layers({"base": "resnet18", "num_classes": 3}),
        "layers, of a path": lambda ri: ri.layers(Path("net.toml")),
        "layers, of named inputs": lambda ri: ri.layers("nets:TwoInputs", ri.RunOptions(inputs=(
            ri.InputSpec((1, 3, 32, 32), path="image"), ri.InputSpec((1, 1, 32, 32), path="depth")))),
        "stages": lambda ri: ri.stages("seresnetaa50d"),
        "stages, failed": lambda ri: ri.stages("nets:Fails"),
        "count": lambda ri: ri.count("resnet50"),
        "count, failed": lambda ri: ri.count("nets:Raises"),
        "blocks": lambda ri: ri.blocks("resnet50"),
        "blocks, none": lambda ri: ri.blocks("nets:instance"),
        "compare": lambda ri: ri.compare("resnet50", "resnet50_v1"),
        "compare, versions": lambda ri: ri.compare("resnet50", versions=("v1", "v1.5")),
        "compare, equal": lambda ri: ri.compare("resnet18", "resnet18"),
        "nearest": lambda ri: ri.nearest("mixed.toml", count=2),
        "check": lambda ri: ri.check(["checked/unmet.toml", "checked/met.toml", "broken/syntax.toml"]),
        "check, of a selection": lambda ri: ri.check("checked", selection=ri.RuleSelection(select=("RI1",), ignore=("RI133",))),
        "check, quiet": lambda ri: ri.check("checked/unmet.toml", detail="quiet", fail_on="error"),
        "check, verbose": lambda ri: ri.check(["foreign", "same.toml"], detail="verbose"),
        "check, of a model": lambda ri: ri.check("nets:Wrong"),
        "lock, check": lambda ri: ri.lock(["same.toml", "gray.toml", "too_small.toml", "broken/list.json"], check=True),
        "rule": lambda ri: ri.rule("RI401", "RI2"),
        "rule, all": lambda ri: ri.rule(),
        "identify": lambda ri: ri.identify("detectron2.safetensors"),
        "identify, of a mapping": lambda ri: ri.identify(material.shapes_of("resnet34")),
        "weights": lambda ri: ri.weights("resnet18", "odd.safetensors"),
        "weights, of a module": lambda ri: ri.weights("resnet18", ri.build("resnet34")),
        "variants": lambda ri: ri.variants("resnet??"),
        "variants, wanted": lambda ri: ri.variants(wanted=ri.VariantFilter(block="basic", max_params=12_000_000, order="macs")),
    }  # fmt: skip


VALUES: dict[str, Callable[[Any], Any]] = {
    "load": lambda ri: ri.load("resnet50").model_dump(mode="json"),
    "load, a file": lambda ri: ri.load(Path("mixed.toml")).model_dump(mode="json"),
    "load, fields": lambda ri: ri.load("resnet50", num_classes=3, name="x").model_dump(mode="json"),
    "build": lambda ri: str(ri.build("resnet18")),
    "trace": lambda ri: _plain(ri.trace("resnet18")),
    "trace, of a module": lambda ri: _plain(ri.trace(ri.build("net.toml"), (1, 3, 32, 32))),
    "dissect": lambda ri: _plain(ri.dissect("resnet50")),
    "dissect, of a trace": lambda ri: _plain(ri.dissect(ri.trace("resnet20_cifar"), name="mine")),
    "schema": lambda ri: ri.schema(),
    "summary": lambda ri: ri.summary("resnet18", depth=2),
    "dir": dir,
    "version": lambda ri: ri.__version__,
}
"""Calls that give something else than a report."""

REFUSED: dict[str, Callable[[Any], Any]] = {
    "unknown variant": lambda ri: ri.layers("resnt50"),
    "ambiguous variant": lambda ri: ri.layers("R-50"),
    "no model": lambda ri: ri.layers(3),
    "broken config": lambda ri: ri.load("broken/wrong_values.yaml"),
    "wrong fields": lambda ri: ri.load({"block": "basic", "stage_blocks": [0], "layers": 3}),
    "wrong stage": lambda ri: ri.layers("resnet50", stage="five"),
    "wrong stage, of several": lambda ri: ri.layers("resnet50", stage=[1, 9]),
    "wrong block": lambda ri: ri.layers("resnet50", block=17),
    "wrong role": lambda ri: ri.layers("resnet50", role="hero"),
    "wrong type of a stage": lambda ri: ri.layers("resnet50", stage=1.5),
    "wrong run": lambda ri: ri.stages("resnet50", "v1"),
    "wrong version": lambda ri: ri.RunOptions(version="v2"),
    "wrong device": lambda ri: ri.RunOptions(device="tpu"),
    "wrong input": lambda ri: ri.InputSpec((0, 3)),
    "wrong dtype": lambda ri: ri.InputSpec((1, 3), "int3"),
    "wrong order": lambda ri: ri.VariantFilter(order="size"),
    "failing comparison": lambda ri: ri.compare("resnet18", "nets:Words"),
    "nothing to compare with": lambda ri: ri.compare("resnet18"),
    "wrong count": lambda ri: ri.nearest("resnet50", count=0),
    "no config": lambda ri: ri.nearest("nets:instance"),
    "missing paths": lambda ri: ri.check(["gone.toml", "same.toml"]),
    "wrong jobs": lambda ri: ri.check("same.toml", jobs=-1),
    "wrong detail": lambda ri: ri.check("same.toml", detail="long"),
    "wrong selection": lambda ri: ri.check("same.toml", selection=ri.RuleSelection(select=("RI9",))),
    "wrong paths": lambda ri: ri.lock(3),
    "wrong rule": lambda ri: ri.rule("RI999"),
    "no weights": lambda ri: ri.identify("text.pth"),
    "no such weights": lambda ri: ri.identify("gone.pth"),
    "weights of nothing": lambda ri: ri.identify({}),
    "nothing fits": lambda ri: ri.weights("resnet18", "other.safetensors", convert_to="out.safetensors"),
    "no pattern": lambda ri: ri.variants(3),
    "wrong format": lambda ri: ri.render(ri.count("resnet18"), "xml"),
    "no format of this report": lambda ri: ri.render(ri.count("resnet18"), "sarif"),
    "no report": lambda ri: ri.render("resnet18"),
    "wrong depth": lambda ri: ri.summary("resnet18", depth=0),
    "no such name": lambda ri: ri.resnet50,
}
"""Calls that raise."""


def cases(ri: Any) -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Give subject, title and what makes the text, for everything that is recorded."""
    for name in sorted(ri.__all__):
        yield "api names", name, lambda name=name: _signature(getattr(ri, name))
    for title, call in reports().items():
        yield "api reports", title, lambda call=call: _of_report(ri, call)
    for title, call in VALUES.items():
        yield "api values", title, lambda call=call: _written(call(ri))
    for title, call in REFUSED.items():
        yield "api errors", title, lambda call=call: _of_error(ri, call)


def _signature(thing: Any) -> str:
    """Return a signature as text, and the names of what a class has to offer."""
    if not callable(thing):
        return repr(thing)
    try:
        parameters = inspect.signature(thing).parameters.values()
    except ValueError:  # as of an exception without its own
        parameters = ()
    own = getattr(thing, "model_fields", None)  # pydantic's annotations are full of names of ours
    lines = [
        str(parameter.replace(annotation=inspect.Parameter.empty) if own else parameter) for parameter in parameters
    ]
    if inspect.isclass(thing):
        lines += [f"base {base.__name__}" for base in thing.__mro__[1:]]
        lines += [f".{name}" for name in dir(thing) if not name.startswith("_") and not hasattr(dict, name)]
    return "\n".join(lines)


def _of_report(ri: Any, call: Callable[[Any], Any]) -> str:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        report = call(ri)
    parts = {f"warning {each.category.__name__}": str(each.message) for each in warned}
    parts["attributes"] = "\n".join(name for name in dir(report) if not name.startswith("_"))
    for name in FORMATS:
        try:
            parts[f"render {name}"] = ri.render(report, name)
        except ri.ResnetInspectError as error:
            parts[f"render {name}"] = f"{type(error).__name__}: {error}"
    parts["_repr_html_"] = report._repr_html_()
    parts["to_dict"] = _written(report.to_dict())
    if find_spec("pandas"):
        frame = report.to_dataframe()
        parts["to_dataframe"] = f"{frame.dtypes.to_string()}\n{frame.to_csv()}"
    return "\n".join(f"[{title}]\n{text}" for title, text in parts.items())


def _of_error(ri: Any, call: Callable[[Any], Any]) -> str:
    try:
        value = call(ri)
    except (ri.ResnetInspectError, TypeError, ValueError, AttributeError) as error:
        fields = "\n".join(
            f"{name} = {_written(value)}" for name, value in sorted(vars(error).items()) if name != "report"
        )
        return f"{type(error).__name__}: {error}\n{fields}"
    return f"nothing is raised: {_written(value)}"


def _plain(value: Any) -> Any:
    """Return a record as dicts, lists and texts; unlike dataclasses.asdict, with anything in it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(_plain(value), indent=1, ensure_ascii=False)
