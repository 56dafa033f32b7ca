"""The ``[expect]`` table: what a config's author expects of the network, one field per expectation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from resnet_inspect.configs import variants
from resnet_inspect.configs.arithmetic import figures
from resnet_inspect.configs.fields import TAGS, KernelName, PerStage
from resnet_inspect.configs.numbers import LARGEST, Noun, QuantityError
from resnet_inspect.configs.positions import Flaw
from resnet_inspect.configs.problems import ABOVE_TABLES, flawed, is_config_field, variant_flaw
from resnet_inspect.configs.quantity import Quantity, parse_quantity, text_pattern
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.configs.words import STRIDE_IN, Version
from resnet_inspect.shapes import LONGEST_AXIS


def _variant(value: Any) -> str:
    if flaw := variant_flaw(value):
        raise flawed(flaw)
    return variants.find(value)


def _amount(noun: Noun) -> PlainValidator:
    def validate(value: Any) -> Quantity:
        try:
            return parse_quantity(value, noun)
        except QuantityError as error:
            raise flawed(*error.flaws) from None

    return PlainValidator(validate)


def _amount_schema(noun: Noun) -> WithJsonSchema:
    whole = {"type": "integer", "minimum": 0, "maximum": LARGEST}
    bound = {"anyOf": [whole, {"type": "string", "pattern": text_pattern(noun, bound=True)}]}
    limits = {
        "type": "object",
        "properties": {"min": bound, "max": bound},
        "minProperties": 1,
        "additionalProperties": False,
    }
    return WithJsonSchema({"anyOf": [whole, {"type": "string", "pattern": text_pattern(noun)}, limits]})


Layers = Annotated[Quantity, _amount("layers"), _amount_schema("layers")]
Params = Annotated[Quantity, _amount("params"), _amount_schema("params")]
Macs = Annotated[Quantity, _amount("macs"), _amount_schema("macs")]
Variant = Annotated[str, PlainValidator(_variant), WithJsonSchema({"type": "string"})]

_Length = Annotated[int, Field(ge=1, le=LONGEST_AXIS)]
_Number = Annotated[int, Field(ge=1, le=1_000_000_000)]
_Image = Annotated[tuple[_Number, ...], PerStage, Field(min_length=3, max_length=3)]
_Pair = Annotated[tuple[_Number, ...], PerStage, Field(min_length=2, max_length=2)]
_LengthOrPair = Annotated[
    Annotated[_Number, Tag(TAGS[0])] | Annotated[_Pair, Tag(TAGS[1])],
    Discriminator(lambda value: TAGS[isinstance(value, list | tuple)]),
]
_Input = Annotated[tuple[_Length, ...], PerStage, Field(min_length=3, max_length=3)]


_LARGEST_SHOWN = 1_000_000_000


def _wrapped(shape: Sequence[int]) -> str:
    missing = ["C", "H", "W"][: 3 - len(shape)]
    return f"write [[{', '.join([*missing, *map(str, shape)])}]]"


class Expectations(BaseModel):
    """Expectations about a network; a field that is not given expects nothing.

    Values are checked strictly, unknown fields are errors, and instances are frozen. Shapes are written without the
    batch. What concerns sizes holds at the config's own ``input_size``.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)

    depth: Layers | None = None
    """Depth by the paper's count: convolutions and linear layers on the path from input to output, without shortcuts
    and gates."""

    weighted_layers: Layers | None = None
    """All convolutions and linear layers that run, those on shortcuts and in gates too."""

    conv_layers: Layers | None = None
    """All convolutions that run, those on shortcuts and in gates too."""

    params: Params | None = None
    """Parameters, each tensor counted once, without buffers."""

    macs: Macs | None = None
    """Multiply-accumulates of convolutions and linear layers at the config's own input_size."""

    stride_in: KernelName | None = None
    """Convolution that strides in every bottleneck that downsamples: the first 1x1 (v1) or the 3x3 (v1.5)."""

    version: Version | None = None
    """The spoken name of stride_in: v1 is stride_in = "1x1", v1.5 is "3x3"."""

    stage_shapes: Annotated[tuple[_Image, ...], PerStage, Field(min_length=1, max_length=16)] | None = None
    """Output of each stage as [C, H, W], conv2_x first."""

    output_shape: Annotated[tuple[_Number, ...], PerStage, Field(min_length=1, max_length=4)] | None = None
    """Output of the network: [1000] for a thousand classes."""

    output_stride: _Number | None = None
    """Input pixels per pixel of the last stage's output, in both H and W."""

    shortcut_convs: Layers | None = None
    """Convolutions on shortcuts."""

    receptive_field: _LengthOrPair | None = None
    """Pixels of the input that one pixel of the last stage's output depends on: one number for both H and W,
    or [H, W]."""

    loads: Variant | None = None
    """A variant whose weights load: the names and shapes of both state_dicts are the same, key by key."""

    inputs: Annotated[tuple[_Input, ...], PerStage, Field(min_length=1, max_length=16)] | None = None
    """Inputs as [C, H, W], each of which the network must accept."""

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        if value is None:
            raise flawed(Flaw("must not be null", "omit it if nothing is expected"))
        return value

    @field_validator("inputs", "stage_shapes", mode="before")
    @classmethod
    def _list_of_shapes(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and value and all(type(length) is int for length in value):
            few = len(value) <= 3 and all(0 < length <= _LARGEST_SHOWN for length in value)
            raise flawed(Flaw("must be a list of [C, H, W], found one list of numbers", _wrapped(value) if few else ""))
        return value

    @model_validator(mode="after")
    def _agreeing(self) -> Expectations:
        if self.version and self.stride_in and STRIDE_IN[self.version] != self.stride_in:
            message = f'{self.version} is stride_in = "{STRIDE_IN[self.version]}", not "{self.stride_in}"'
            raise flawed(Flaw(message, path=("version",)))
        return self


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
    "placement": "stride_in",
    "stride_placement": "stride_in",
    "stride_position": "stride_in",
    "resnet_version": "stride_in",
    "weights": "loads",
    "variant": "loads",
    "base": "loads",
    "input_size": "inputs",
    "input_sizes": "inputs",
    "input_shapes": "inputs",
}
"""Other name of an expectation -> its name."""

_LAYERS = frozenset({"layers", "num_layers", "n_layers", "layer_count", "weight_layers"})
"""Names that may mean any of the three counts of layers."""


def unknown_expectation(name: str, config: ResNetConfig | None) -> str:
    """Return the hint for an unknown field of ``[expect]``.

    Args:
        name: the field.
        config: the config, for the counts that the name may mean; ``None`` if it is wrong.
    """
    folded = name.casefold().replace("-", "_")
    if folded in _LAYERS:
        return _three_counts(config)
    other = _OTHER_NAMES.get(folded)
    if is_config_field(name):
        return f"{ABOVE_TABLES}; the expectation is called {other}" if other else ABOVE_TABLES
    if other:
        return f"here: {other}"
    similar = suggest(name, Expectations.model_fields)
    return f"did you mean {similar[0]}?" if similar else f"the fields are {', '.join(Expectations.model_fields)}"


def _three_counts(config: ResNetConfig | None) -> str:
    """Return the hint that names the three counts of layers, with their values in this network."""
    found = figures(config) if config else None

    def written(field: str) -> str:
        return f"{field} = {getattr(found, field)}" if found else field

    return (
        f"here: {written('depth')} (on the path from input to output), {written('weighted_layers')} (with those on "
        f"shortcuts and in gates) or {written('conv_layers')} (the convolutions among these)"
    )
