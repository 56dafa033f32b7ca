"""Show how a ResNet is really built.

Each step from a name to an anatomy is a function::

    import resnet_inspect as ri

    config = ri.load("resnet50")      # a variant, a file, or a dict -> ResNetConfig
    module = ri.build(config)         # -> torch.nn.Module, on the meta device
    trace = ri.trace(module)          # -> Trace; takes any nn.Module
    anatomy = ri.dissect(trace)       # -> Anatomy: layers, blocks, stages, depth, placement
    anatomy.depth.depth               # 50

Each step also takes the arguments of the steps before it: ``ri.dissect("resnet50")``.

Each command is a function of its name, such as ``ri.layers("resnet50")``: most return a report, which ``render`` turns
into text, and ``config``, ``schema`` and ``summary`` return text. Importing this package does not import torch, but the
first function that needs it does.
"""

from importlib import import_module

# Nothing is imported here that ``python -m`` has not imported before: it would be looked for in the current folder,
# which may be a stranger's.

_RENAMED = {"Run": "RunOptions", "Selection": "RuleSelection", "Wanted": "VariantFilter"}
"""Names of version 0.1 -> their present names."""

_MODULES: dict[str, str] = {}
"""Public name -> module that defines it; filled when it is first needed."""


def _modules() -> dict[str, str]:
    """Return public name -> module that defines it, as the imports of ``__init__.pyi`` say."""
    if not _MODULES:
        import ast
        from pathlib import Path

        stub = ast.parse(Path(__file__).with_suffix(".pyi").read_text("utf-8"))
        imports = (node for node in stub.body if isinstance(node, ast.ImportFrom))
        _MODULES.update({alias.name: str(node.module) for node in imports for alias in node.names})
    return _MODULES


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name == "__all__":
        return __dir__()
    if name in _RENAMED:
        raise AttributeError(f"module 'resnet_inspect' has no attribute '{name}', which is now '{_RENAMED[name]}'")
    if name not in _modules():
        raise AttributeError(f"module 'resnet_inspect' has no attribute '{name}'")
    return getattr(import_module(_modules()[name]), name)


def __dir__() -> list[str]:
    return sorted(_modules())
