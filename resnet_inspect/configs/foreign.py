"""Names of config fields in other frameworks, and hints for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from resnet_inspect.configs.toml_format import toml_value
from resnet_inspect.configs.words import Meaning, meaning_of

Fields = Mapping[str, Any]
Translator = Callable[[Any, Fields], Any]
"""Function from a foreign value and all fields of its config to the value here or its ``Meaning``; or to ``None``."""


@dataclass(frozen=True, slots=True)
class ForeignName:
    """The name of a field in another framework.

    Attributes:
        name: the name there.
        field: the name here.
        note: the framework, or the difference.
        translate: function from its value to the value here.
    """

    name: str
    field: str
    note: str
    translate: Translator


def hint(name: str, fields: Fields) -> str:
    """Return how to write an unknown field here: ``here: groups = 32 (timm)``; empty for an unknown name.

    Case does not matter.
    """
    row = _FOLDED.get(name.casefold())
    if row is None:
        return ""
    ours = row.translate(fields.get(name), fields)
    value, note = (ours.value or None, ours.note) if isinstance(ours, Meaning) else (ours, "")
    here = row.field if value is None else f"{row.field} = {toml_value(value)}"
    return f"here: {here} ({'; '.join(filter(None, (row.note, note)))})"


def _same(value: Any, _: Fields) -> Any:
    entries = value if isinstance(value, list | tuple) else (value,)
    if 0 < len(entries) <= 16 and all(type(entry) is int and 0 <= entry < 10**9 for entry in entries):
        return value
    return None


def _unknown(_value: Any, _fields: Fields) -> Any:
    return None


def _one_of(translations: Mapping[Any, Any]) -> Translator:
    """Return a translator by table; strings are looked up in lower case, lists as tuples; ``True`` is not ``1``."""

    def translate(value: Any, _: Fields) -> Any:
        written = value.lower() if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
        return next((ours for theirs, ours in translations.items() if _identical(theirs, written)), None)

    return translate


def _identical(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_identical, one, other))
    return type(one) is type(other) and one == other


def _only_entry(value: Any, fields: Fields) -> Any:
    """Return 64 for [64]; a stem of several convolutions has no counterpart."""
    return _same(value[0], fields) if isinstance(value, list | tuple) and len(value) == 1 else None


def _square(value: Any, fields: Fields) -> Any:
    """Return height and width for 224 or [224, 224]."""
    size = [value, value] if isinstance(value, int) else value
    return _same(size, fields) if isinstance(size, list | tuple) and len(size) == 2 else None


def _doubling(value: Any, fields: Fields) -> Any:
    """Return four widths for that of the first stage."""
    return None if isinstance(value, list | tuple) or _same(value, fields) is None else [value * 2**i for i in range(4)]


def _outputs_to_widths(value: Any, fields: Fields) -> Any:
    """Return widths for output channels, which are divided by 4 for bottlenecks."""
    widths = _same(value, fields)
    if not isinstance(widths, list | tuple):
        return None
    kind = fields.get("layer_type", fields.get("block", "bottleneck"))
    return list(widths) if kind == "basic" else [width // 4 for width in widths]


def _first_output_to_widths(value: Any, fields: Fields) -> Any:
    depth = next((entry for name, entry in fields.items() if str(name).casefold() == "depth"), 50)
    if depth in (18, 34) or _same(value, fields) is None:
        return _doubling(value, fields)
    return None if isinstance(value, list | tuple) else _doubling(value // 4, fields)


def _by_word(field: str, others: Mapping[str, str] = MappingProxyType({})) -> Translator:
    """Return a translator by the words for a field's values, and by ``others``, words of one framework only."""

    def translate(value: Any, _: Fields) -> str | Meaning | None:
        if isinstance(value, str) and value.lower() in others:
            return others[value.lower()]
        return meaning_of(field, value)

    return translate


_strides_on_1x1 = _one_of({True: "1x1", False: "3x3"})
_kind_of_block = _by_word("block", {"block": "bottleneck"})
_placement = _by_word("stride_in")
_base = _one_of(
    {depth: f"resnet{depth}" for depth in (18, 34, 50, 101, 152)}
    | {depth: f"resnet{depth}_cifar" for depth in (20, 32, 44, 56, 110, 1202)}
)

_switch = _one_of({True: True, False: False})
_from_dilations = _one_of({(1, 1, 1, 1): 32, (1, 1, 1, 2): 16, (1, 1, 2, 4): 8, (1, 2, 4, 8): 4})
_from_replaced_strides = _one_of(  # a stride cannot be replaced if a later one is kept
    {(False, False, False): 32, (False, False, True): 16, (False, True, True): 8, (True, True, True): 4}
)
_deep_or_single = _one_of({True: "deep", False: "single"})
_attention = _by_word("attention", {"": "none"})
_smoothing = _by_word("anti_alias", {"": "none"})
_norm = _by_word("norm")
_activation = _by_word("activation")


def _of_type(translate: Translator) -> Translator:
    """Return a translator of OpenMMLab's ``{type = "BN", ...}``, and of the name alone."""

    def translate_type(value: Any, fields: Fields) -> Any:
        return translate(value.get("type") if isinstance(value, Mapping) else value, fields)

    return translate_type


def _attention_of_block(value: Any, fields: Fields) -> Any:
    """Return se for timm's ``{attn_layer = "se"}``."""
    return _attention(value.get("attn_layer"), fields) if isinstance(value, Mapping) else None


def _reduction(value: Any, fields: Fields) -> Any:
    """Return 16 for 0.0625, the share of the channels that remain."""
    if isinstance(value, float) and 0.001 <= value <= 1:
        return round(1 / value)
    return _same(value, fields)


def _half_if_deep(value: Any, fields: Fields) -> Any:
    """Halve the output channels of a deep stem, which has half of them before its last convolution."""
    if type(value) is int and (fields.get("deep_stem") is True or "deep" in str(fields.get("stem_type", ""))):
        return value // 2
    return _same(value, fields)


def _first_stride(value: Any, fields: Fields) -> Any:
    """Return the strides of all stages, given ``True`` if the first one halves."""
    depths = fields.get("depths")
    stages = len(depths) if isinstance(depths, list | tuple) and 1 <= len(depths) <= 16 else 4
    return [2 if value else 1] + [2] * (stages - 1) if isinstance(value, bool) else None


def _strides_without_dilations(value: Any, fields: Fields) -> Any:
    """Return the strides; ``None`` if a stage is dilated, which ``output_stride`` expresses here."""
    dilations = fields.get("dilations")
    dilated = isinstance(dilations, list | tuple) and any(dilation != 1 for dilation in dilations)
    return None if dilated else _same(value, fields)


def _head_of_top(value: Any, fields: Fields) -> Any:
    """Return the head for Keras' ``include_top``; without a top there is no pool, unless ``pooling`` is given."""
    return {True: "linear", False: "none"}.get(value) if type(value) is bool and not fields.get("pooling") else None


_VERSIONS = "v1 strides the first 1x1, v1.5 the 3x3"
_WIDER = "twice as wide inside bottlenecks is base_width = 128, everywhere stage_widths = [128, 256, 512, 1024]"
_TOP = "fields belong at the top level, not in a table"

FOREIGN_NAMES = (
    ForeignName("style", "stride_in", "OpenMMLab's style", _placement),
    ForeignName("STRIDE_IN_1X1", "stride_in", "Detectron2's STRIDE_IN_1X1", _strides_on_1x1),
    ForeignName("STRIDE_1X1", "stride_in", "pycls's STRIDE_1X1", _strides_on_1x1),
    ForeignName("downsample_in_bottleneck", "stride_in", "Hugging Face's name", _strides_on_1x1),
    ForeignName("version", "stride_in", _VERSIONS, _placement),
    ForeignName("resnet_version", "stride_in", _VERSIONS, _placement),
    ForeignName("stride_placement", "stride_in", "as in a report's JSON", _placement),
    ForeignName("v1", "stride_in", _VERSIONS, _strides_on_1x1),
    ForeignName("layers", "stage_blocks", "torchvision's and timm's name", _same),
    ForeignName("depths", "stage_blocks", "Hugging Face's name", _same),
    ForeignName("num_blocks", "stage_blocks", "a common name", _same),
    ForeignName("block_counts", "stage_blocks", "a common name", _same),
    ForeignName("stackwise_num_blocks", "stage_blocks", "Keras's name", _same),
    ForeignName("stackwise_blocks", "stage_blocks", "Keras's name", _same),
    ForeignName("hidden_sizes", "stage_widths", "hidden_sizes count a block's output channels", _outputs_to_widths),
    ForeignName("RES2_OUT_CHANNELS", "stage_widths", "Detectron2 counts output channels", _first_output_to_widths),
    ForeignName("base_channels", "stage_widths", "OpenMMLab's name", _doubling),
    ForeignName("planes", "stage_widths", "torchvision's name", _same),
    ForeignName("channels", "stage_widths", "a common name", _same),
    ForeignName("widths", "stage_widths", "a common name", _same),
    ForeignName("width", "base_width or stage_widths", _WIDER, _unknown),
    ForeignName("width_factor", "base_width or stage_widths", _WIDER, _unknown),
    ForeignName("widen_factor", "base_width or stage_widths", _WIDER, _unknown),
    ForeignName("stackwise_num_filters", "stage_widths", "Keras's name", _same),
    ForeignName("stackwise_filters", "stage_widths", "Keras's name", _same),
    ForeignName(
        "strides", "stage_strides", "OpenMMLab's name; output_stride sets dilations", _strides_without_dilations
    ),
    ForeignName("stackwise_num_strides", "stage_strides", "Keras's name", _same),
    ForeignName("stackwise_strides", "stage_strides", "Keras's name", _same),
    ForeignName("cardinality", "groups", "timm's name", _same),
    ForeignName("num_groups", "groups", "Detectron2's and pycls's name", _same),
    ForeignName("width_per_group", "base_width", "torchvision's, Detectron2's and pycls's name", _same),
    ForeignName("bottleneck_width", "base_width", "a common name", _same),
    ForeignName("layer_type", "block", "Hugging Face's name", _kind_of_block),
    ForeignName("block_type", "block", "Keras's name", _kind_of_block),
    ForeignName("TRANS_FUN", "block", "pycls's name", _kind_of_block),
    ForeignName("shortcut_type", "shortcut", "a common name", _by_word("shortcut")),
    ForeignName("embedding_size", "stem_width", "Hugging Face's name", _same),
    ForeignName("stem_channels", "stem_width", "OpenMMLab counts a deep stem's output", _half_if_deep),
    ForeignName("stem_chs", "stem_width", "timm's resnetv2.py counts a deep stem's output", _half_if_deep),
    ForeignName("STEM_OUT_CHANNELS", "stem_width", "Detectron2's name", _same),
    ForeignName("inplanes", "stem_width", "torchvision's name", _same),
    ForeignName("input_conv_filters", "stem_width", "Keras's name", _only_entry),
    ForeignName("input_conv_kernel_sizes", "stem_kernel", "Keras's name", _only_entry),
    ForeignName("no_max_pool", "stem_pool", "a common name", _one_of({True: "none", False: "max"})),
    ForeignName(
        "stem_type", "stem", "timm's name", _one_of({"": "single", "deep": "deep", "deep_tiered": "deep_tiered"})
    ),
    ForeignName("deep_stem", "stem", "OpenMMLab's and GluonCV's name", _deep_or_single),
    ForeignName("replace_stem_pool", "stem_pool", "timm's name", _one_of({True: "conv", False: "max"})),
    ForeignName("down_kernel_size", "shortcut_kernel", "timm's name", _same),
    ForeignName("block_reduce_first", "reduce_first", "timm's name", _same),
    ForeignName("aa_layer", "anti_alias", "timm's name", _smoothing),
    ForeignName("attn_layer", "attention", "timm's name", _attention),
    ForeignName("block_args", "attention", "timm's name; its rd_ratio is 1 / se_reduction", _attention_of_block),
    ForeignName("use_se", "attention", "GluonCV's name", _one_of({True: "se", False: "none"})),
    ForeignName("rd_ratio", "se_reduction", "timm's is the share of channels that stays", _reduction),
    ForeignName("se_ratio", "se_reduction", "the share of channels that stays, or by how much", _reduction),
    ForeignName("reduction_ratio", "se_reduction", "the share of channels that stays, or by how much", _reduction),
    ForeignName("norm_layer", "norm", "torchvision's and timm's name", _norm),
    ForeignName("norm_cfg", "norm", "OpenMMLab's name", _of_type(_norm)),
    ForeignName("act_layer", "activation", "timm's name", _activation),
    ForeignName("act_cfg", "activation", "OpenMMLab's name", _of_type(_activation)),
    ForeignName("hidden_act", "activation", "Hugging Face's name", _activation),
    ForeignName("conv_layer", "weight_standardized", "timm's name", _one_of({"stdconv2d": True, "conv2d": False})),
    ForeignName(
        "conv_cfg", "weight_standardized", "OpenMMLab's name", _of_type(_one_of({"convws": True, "conv2d": False}))
    ),
    ForeignName("use_pre_activation", "preact", "Keras's name", _switch),
    ForeignName("pre_act", "preact", "a common name", _switch),
    ForeignName("zero_init_residual", "zero_init_last", "torchvision's and OpenMMLab's name", _switch),
    ForeignName("zero_init_last_bn", "zero_init_last", "timm's old name", _switch),
    ForeignName("last_gamma", "zero_init_last", "GluonCV's name", _switch),
    ForeignName("ZERO_INIT_FINAL_GAMMA", "zero_init_last", "pycls's name", _switch),
    ForeignName("replace_stride_with_dilation", "output_stride", "torchvision's name", _from_replaced_strides),
    ForeignName("dilations", "output_stride", "OpenMMLab's name; leave strides out", _from_dilations),
    ForeignName("RES5_DILATION", "output_stride", "Detectron2's name", _one_of({1: 32, 2: 16})),
    ForeignName("downsample_in_first_stage", "stage_strides", "Hugging Face's name", _first_stride),
    ForeignName("in_chans", "in_channels", "timm's name", _same),
    ForeignName("num_channels", "in_channels", "Hugging Face's name", _same),
    ForeignName("num_labels", "num_classes", "Hugging Face's name", _same),
    ForeignName("classes", "num_classes", "Keras's name", _same),
    ForeignName("n_classes", "num_classes", "a common name", _same),
    ForeignName("include_top", "head", 'Keras\'s name; with pooling = "avg" it is num_classes = 0', _head_of_top),
    ForeignName("pooling", "num_classes", "Keras pools without a top", _one_of({"avg": 0})),
    ForeignName("global_pool", "head", "timm's name", _one_of({"": "none", "avg": "linear"})),
    ForeignName("features_only", "head", "timm's name", _one_of({True: "none", False: "linear"})),
    ForeignName("image_size", "input_size", "height and width", _square),
    ForeignName("img_size", "input_size", "height and width", _square),
    ForeignName("input_shape", "input_size", "height and width", _square),
    ForeignName("depth", "base", "OpenMMLab's, Detectron2's and pycls's depth names a variant", _base),
    ForeignName("num_layers", "base", "a depth names a variant", _base),
    ForeignName("variant", "base", "the name of a variant", _unknown),
    ForeignName("model", "base or fields", _TOP, _unknown),
    ForeignName("backbone", "base or fields", _TOP, _unknown),
    ForeignName("RESNETS", "base or fields", _TOP, _unknown),
    ForeignName("RESNET", "base or fields", _TOP, _unknown),
)

_FOLDED = {row.name.casefold(): row for row in FOREIGN_NAMES}
