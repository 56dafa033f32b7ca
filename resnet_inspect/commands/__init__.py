"""The commands: one module or folder for each, listed here.

The module ``commands.NAME`` contains everything that belongs to a command: its report and the page of it, the function
``NAME`` of the Python API, and ``command``, whose parameters are those of the command line.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of the list of commands, which is shown without importing the command.

    Attributes:
        name: name of the command, of its module, and of its function in the Python API.
        group: heading in ``--help``.
        summary: first sentence of its help.
        example: command line to show in its help, without the name of the program.
        details: more text for its help.
    """

    name: str
    group: str
    summary: str
    example: str
    details: str = ""

    @property
    def module(self) -> str:
        """Full name of the command's module."""
        return f"{__name__}.{self.name}"


_UNDERSTAND, _COMPARE, _CHECK = "Understand a network", "Compare networks", "Check networks in CI"
_WEIGHTS, _VARIANTS = "Weights files", "Variants and configs"

COMMANDS = (
    Command(
        "layers",
        _UNDERSTAND,
        "List every layer: shape, kernel, stride, padding, parameters, MACs, role.",
        "layers resnet50 --stage conv3_x --role shortcut",
    ),
    Command("stages", _UNDERSTAND, "Show the paper's Table 1, completed with what it leaves out.", "stages resnet34"),
    Command(
        "count",
        _UNDERSTAND,
        "Explain the depth: which layers the paper counts, and which it does not.",
        "count resnet34",
    ),
    Command("blocks", _UNDERSTAND, "Draw the distinct kinds of residual block.", "blocks resnet50"),
    Command(
        "summary",
        _UNDERSTAND,
        "Show the model with torchinfo, as a second opinion.",
        "summary resnet18 --depth 2",
    ),
    Command(
        "compare",
        _COMPARE,
        "Show what differs between two models, what it costs, and what it means for weights.",
        "compare resnet50 --v1 --v1.5",
        "--v1 applies to the left side, --v1.5 to the right side.",
    ),
    Command(
        "nearest",
        _COMPARE,
        "Find the known variants closest to a network, and show exactly what differs.",
        "nearest net.toml --count 1",
    ),
    Command(
        "check",
        _CHECK,
        "Check configs and models against expectations and rules. Exits with 1 on findings.",
        "check configs --locked",
    ),
    Command(
        "lock",
        _CHECK,
        "Record the architecture of configs and models for 'check --locked'. Exits with 1 if one cannot be locked.",
        "lock configs",
    ),
    Command("rule", _CHECK, "Explain a rule of check: why it matters, how to fix it, and an example.", "rule RI102"),
    Command(
        "identify",
        _WEIGHTS,
        "Identify the ResNet that a weights file belongs to: variant, config, and what weights cannot tell.",
        "identify model.safetensors",
        "Reads only names and shapes. Nothing in the file is executed.",
    ),
    Command(
        "weights",
        _WEIGHTS,
        "Show which tensors of a file load into a model, which do not, and why.",
        "weights resnet50 model.pth --convert fixed.safetensors",
        "A model that is not built from a config is run once, without values, to find its strides. With --convert, "
        "--exit-code refers to the file that is written.",
    ),
    Command(
        "variants",
        _VARIANTS,
        "List the variants: every network that has a name, with depth, parameters and MACs.",
        "variants 'resnext*' --sort macs",
    ),
    Command(
        "config",
        _VARIANTS,
        "Print a model's config as TOML, with a comment for each field: a starting point for your own.",
        "config resnet50 -o net.toml",
        "Models that are not built from a config are run to find out; --input and --device apply to those.",
    ),
    Command(
        "schema",
        _VARIANTS,
        "Print the JSON Schema of a config, for editors: fields, choices and what they mean.",
        "schema -o resnet.schema.json",
    ),
)
"""All commands, in the order of ``--help``."""
