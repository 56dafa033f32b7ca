"""Our names as another project would write them."""

from __future__ import annotations

from resnet_inspect.checkpoints.key_styles.style import Dictionary
from resnet_inspect.checkpoints.key_styles.styles import STYLES
from resnet_inspect.configs.files import load
from resnet_inspect.configs.state_dict import state_dict

BY_NAME = {style.name: style for style in STYLES}


def tensors(source, **changes):
    """Names and shapes of a variant or config, with some fields changed."""
    fields = {"base": source} if isinstance(source, str) else source
    return dict(state_dict(load({**fields, **changes})))


def their_names(style):
    """Our modules -> a style's: its tables, read the other way round."""
    known = BY_NAME[style]
    return Dictionary([(case.ours, case.theirs) for case in (*known.body, *known.heads)])


def written(shapes, style, prefix=""):
    """The same tensors under a style's names, behind a prefix."""
    names = their_names(style)
    found = {}
    for name, shape in shapes.items():
        module, _, leaf = name.rpartition(".")
        theirs = names.translate(module)
        assert theirs is not None, name
        found[f"{prefix}{theirs}.{leaf}"] = shape
    assert len(found) == len(shapes)
    return found


def without(shapes, *parts):
    """Those of the tensors whose names have none of these parts."""
    return {name: shape for name, shape in shapes.items() if not any(part in name for part in parts)}
