"""A model that was found -> names and shapes of its weights."""

from __future__ import annotations

from resnet_inspect.sources.found import Found


def tensors_of(found: Found) -> dict[str, tuple[int, ...]]:
    """Name -> shape, as ``state_dict()`` has them; torch is needed only where the model is not built from a config."""
    if found.config is not None:
        from resnet_inspect.config.state_dict import state_dict

        return dict(state_dict(found.config))
    from resnet_inspect.trace.module_tree import ModuleTree

    return dict(ModuleTree(found.build("meta")).state_dict)
