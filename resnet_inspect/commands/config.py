"""``config``: the config of a model as TOML."""

from __future__ import annotations

from resnet_inspect.console.options import ModelOptions, TextOptions
from resnet_inspect.pipeline import RunOptions, Source, describe, examine_spec, find_model
from resnet_inspect.text import sanitise


def config(source: Source, run: RunOptions = RunOptions()) -> str:
    """Write the config of a model as TOML, with a comment for each field.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: options for running it; only models that are not built from a config are run.

    Returns:
        The text of a config file. A model that is not built from a config gets the config that describes it; what no
        field expresses is listed in comments at the top.

    Raises:
        RequestError: if there is no such model, or no config describes it.
        ModelRunError: if the model has to run, and its forward fails.
    """
    from resnet_inspect.configs.toml_format import to_toml

    found = find_model(source, run)
    described = describe(found, lambda: examine_spec(found, run))
    remarks = [f"{sanitise(found.name)} has what no field expresses:", *described.differs] if described.differs else []
    return "".join(f"# {sanitise(remark, 500)}\n" for remark in remarks) + to_toml(described.config)


def command(model: ModelOptions, output: TextOptions) -> int:
    """Write the text of ``config``."""
    return output.write(config(model.model, model.run))
