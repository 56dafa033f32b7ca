"""Inputs that nobody would write: random bytes, mutilated configs, and configs of the right shape with wrong values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from resnet_inspect.configs.documents import TABLES
from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.schema import ResNetConfig

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
SUFFIXES = (".toml", ".yaml", ".json")

FIELDS = (*ResNetConfig.model_fields, "base", *TABLES)

EXPECTATIONS = tuple(Expectations.model_fields)

SCALARS: tuple[object, ...] = (
    0, 1, 2, 3, 4, 7, 8, 16, 17, 31, 32, 64, 100, 224, 1000, 4096, 65_536, 65_537, 10**6, 2**31, 2**63, 2**64, 10**30,
    -1, 0.5, 1e308, -0.0, float("inf"), float("nan"), True, False, None, "", "resnet50", "resnet18", "basic",
    "bottleneck", "1x1", "3x3", "A", "B", "C", "none", "se", "eca", "avg", "blur", "group", "deep", "conv", "gelu",
    "25.6M", "4.1G ± 1%", "≤ 30M", "1e999", "99999999999999999999G", "-1", "\x00", "\x1b[31m", "\u202e", "\ud800",
    "a\r\nb", "#", "'", '"', "${HOME}", "../../etc/passwd", "x" * 300, "1979-05-27", "RI102", "*",
)  # fmt: skip


PLAUSIBLE: dict[str, tuple[object, ...]] = {
    "stride_in": ("1x1", "3x3"),
    "groups": (1, 2, 32),
    "base_width": (4, 64, 128),
    "shortcut": ("A", "B", "C", "none"),
    "shortcut_kernel": (1, 3),
    "avg_down": (True,),
    "reduce_first": (2,),
    "attention": ("se", "eca"),
    "anti_alias": ("avg", "blur"),
    "norm": ("group",),
    "activation": ("gelu", "silu", "mish"),
    "output_stride": (4, 8, 16),
    "preact": (True,),
    "stem": ("deep", "deep_tiered"),
    "stem_width": (16, 24, 64),
    "stem_kernel": (3, 4, 7),
    "stem_stride": (1, 2, 3, 4),
    "stem_bias": (True,),
    "stem_pool": ("max", "conv", "none"),
    "stem_pool_padding": (0, 1),
    "stem_pool_ceil": (True,),
    "in_channels": (1, 3, 4),
    "num_classes": (1, 10, 21_841),
    "input_size": ([7, 7], [1, 33], [224, 224], [225, 225], [31, 64], [1, 1]),
    "name": ("resnet51", "a\x1b[2J", "net"),
}
"""Values that a config may well have, alone or together."""

PREACTIVATED: dict[str, tuple[object, ...]] = {
    "preact": (True,),
    "weight_standardized": (True, False),
    "head": ("linear", "conv"),
    "stem_pool_border": ("none", "zeros"),
    "zero_init_last": (True, False),
}


def inputs(seed: int) -> Iterator[tuple[str, bytes]]:
    """(file name, content), without end; the same ones for the same seed."""
    random = Random(seed)
    makers = (_random_bytes, _mutilated, _mutilated, _wrong_values, _wrong_values, _nearly_right, _nearly_right)
    while True:
        suffix = random.choice(SUFFIXES)
        yield f"net{suffix}", random.choice(makers)(random, suffix)


def patterns(seed: int) -> Iterator[tuple[str, str]]:
    """(pattern, path), without end: pieces of patterns, some of them many times over, and paths that nearly match."""
    random = Random(seed)
    while True:
        yield _pieces(random, _OF_PATTERNS, 12), _pieces(random, _OF_PATHS, 12)[:4_000]


_OF_PATTERNS = (
    "a", "b", "ab", ".", "-", "*", "**", "***", "?", "/", "//", "[", "]", "!", "^", "\\", "#", " ", "[ab]", "[!a]", "[^a]",
    "[z-a]", "[a-z]", "[]a]", "[a-", "[[:alpha:]]", "[[:none:]]", "[[:", ":]", "[\\]]", "**/", "/**", "/**/", "*a", "a*",
    "..", "&&", "||", "~~", "--", "(", ")", "+", "{", "}", "|", "$", "\n", "\0", "\ud800", "\u00e9", "\U0001f600",
)  # fmt: skip
_OF_PATHS = ("a", "b", "ab", "/", "a/", "/b", ".", "-", "]", "[", "!", "\\", " ", "\n", "\u00e9", "\ud800", "A")


def _pieces(random: Random, pieces: tuple[str, ...], most: int) -> str:
    return "".join(
        random.choice(pieces) * random.choice((1, 1, 1, 1, 1, 2, 14, 300)) for _ in range(random.randint(0, most))
    )


def numbers(seed: int) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of JSON, without end: a number, a constant or what only begins like one, somewhere."""
    random = Random(seed)
    while True:
        token = "".join(random.choice(_OF_NUMBERS) for _ in range(random.choice((1, 1, 2, 3, 4))))
        yield "net.json", random.choice(_SHAPES).replace("@", token).encode("utf-8", "surrogatepass")


_SHAPES = (
    '{"base": @}', '{"base": "resnet18", "groups": @}', '{"block": "basic", "stage_blocks": [@, @]}', '{"a": [1, @, 2]}',
    "@", "{@: 1}", '["@", @]',
)  # fmt: skip
_OF_NUMBERS = (
    "NaN", "Infinity", "-Infinity", "-", "+", "1", "0", "00", "9" * 30, "9" * 5_000, ".", ".5", "1.", "e", "E5", "e999", "_",
    "x", "true", "false", "null", "nan", "inf", "0x1f", '"', "\\", " ", "\n", "\t", "\v", ",", ":", "[", "]", "{", "}", "\u00a0",
)  # fmt: skip


def locks(seed: int) -> Iterator[bytes]:
    """Contents of a lock, without end: a good one with tokens replaced, pieces doubled, or entries under odd paths."""
    random = Random(seed)
    while True:
        maker = random.choice((_mutilated_lock, _mutilated_lock, _changed_lock, _changed_lock, _renamed_lock))
        yield maker(random).encode("utf-8", "surrogatepass")


LOCK = (Path(__file__).parents[1] / "golden" / "lock.json").read_text("utf-8")
_TOKEN = re.compile(r'"[^"]*"|[-\w.]+|[^\s\w"]')


def _mutilated_lock(random: Random) -> str:
    content = bytearray(LOCK.encode())
    for _ in range(random.randint(1, 4)):
        start = random.randint(0, len(content))
        end = min(len(content), start + random.choice((0, 1, 1, 8, 60, 2_000)))
        random.choice(_DAMAGES)(random, content, start, end)
    return content.decode("utf-8", "replace")


def _changed_lock(random: Random) -> str:
    tokens = list(_TOKEN.finditer(LOCK))
    text = LOCK
    for token in sorted(random.sample(tokens, random.randint(1, 3)), key=lambda token: -token.start()):
        value = random.choice((*_OF_NUMBERS, json.dumps(_value(random, 2))))
        text = text[: token.start()] + value + text[token.end() :]
    return text


def _renamed_lock(random: Random) -> str:
    """Small entries under any path."""
    net = next(iter(json.loads(LOCK)["files"].values())) | {"layers": [], "blocks": [], "stages": [], "operations": []}
    keys = {_pieces(random, (*_OF_PATTERNS, "net.py:Net", "(", ")", "timm:", "resnet50"), 4)[:5_000] for _ in range(20)}
    document = {"schema": "resnet-inspect/lock/1", "files": dict.fromkeys(keys, net)}
    return json.dumps(document, indent=_indent(document), ensure_ascii=random.random() < 0.5)


def _random_bytes(random: Random, suffix: str) -> bytes:
    del suffix
    return random.randbytes(random.choice((0, 1, 3, 20, 300, 3000)))


def _mutilated(random: Random, suffix: str) -> bytes:
    """A file of the corpus with a few pieces cut out, doubled, swapped or overwritten."""
    content = bytearray(random.choice([path for path in CORPUS if path.suffix == suffix]).read_bytes())
    for _ in range(random.randint(1, 6)):
        start = random.randint(0, len(content))
        end = min(len(content), start + random.choice((0, 1, 1, 2, 8, 60)))
        random.choice(_DAMAGES)(random, content, start, end)
    return bytes(content)


def _cut(random: Random, content: bytearray, start: int, end: int) -> None:
    del random, content[start:end]


def _doubled(random: Random, content: bytearray, start: int, end: int) -> None:
    content[start:start] = content[start:end] * random.choice((1, 2, 50))


def _overwritten(random: Random, content: bytearray, start: int, end: int) -> None:
    content[start:end] = random.randbytes(end - start)


def _marked(random: Random, content: bytearray, start: int, end: int) -> None:
    content[start:end] = random.choice(_MARKS)


_DAMAGES: tuple[Callable[[Random, bytearray, int, int], None], ...] = (_cut, _doubled, _overwritten, _marked)

_MARKS = tuple(
    mark.encode("utf-8", "surrogatepass")
    for mark in (
        "[", "]", "{", "}", "[[", "]]", "=", ":", ",", ".", "-", '"', "'''", '"""', "#", "\\", "&", "*", "!", "|", ">",
        "%", "@", "`", "\t", "\r", "\r\n", "\n\n", "\x00", "\ufeff", "\ud7ff", "\u2028", "0x", "1e9", "nan", "inf", "&a",
        "*a", "<<:", "!!python/object:", "---", "...", "# resnet-inspect: ignore[RI1]",
    )
)  # fmt: skip


def _wrong_values(random: Random, suffix: str) -> bytes:
    """Fields of ours with any value."""
    fields = {random.choice(FIELDS): _value(random, 3) for _ in range(random.randint(1, 6))}
    return _written(fields, suffix)


def _nearly_right(random: Random, suffix: str) -> bytes:
    """A config that mostly builds, with expectations; many of them get as far as the run."""
    fields: dict[str, object] = {
        "block": random.choice(("basic", "bottleneck")),
        "stage_blocks": [random.choice((1, 1, 2, 3)) for _ in range(random.choice((1, 2, 4, 4, 5)))],
    }
    if random.random() < 0.01:
        fields["stage_blocks"] = [random.choice((100, 1_000, 5_000, 20_000)), 1]
    fields["stage_widths"] = [random.choice((8, 16, 30, 64)) for _ in range(len(fields["stage_blocks"]))]
    for name in random.sample(sorted(PLAUSIBLE), random.randint(0, 4)):
        fields[name] = random.choice(PLAUSIBLE[name])
    if random.random() < 0.1:
        fields.update({name: random.choice(values) for name, values in PREACTIVATED.items()})
    if random.random() < 0.1:
        fields[random.choice(FIELDS)] = _value(random, 2)
    if random.random() < 0.3:
        fields["expect"] = _expectations(random)
    if random.random() < 0.1:
        fields["check"] = {"ignore": random.choice((["RI1"], ["RI102", "RI2"], _value(random, 2)))}
    return _written(fields, suffix)


def _expectations(random: Random) -> dict[str, object]:
    plausible: dict[str, object] = {
        "depth": random.choice((10, {"min": 2, "max": 30})),
        "params": random.choice(("1M..2M", "<= 1M", 10**6, {"max": 10**5})),
        "macs": random.choice(("1G", "4.1G ± 1%")),
        "version": random.choice(("v1", "v1.5")),
        "stage_shapes": [[64, 56, 56]] * random.randint(1, 4),
        "output_shape": [random.choice((10, 1000))],
        "output_stride": random.choice((8, 32)),
        "shortcut_convs": random.choice((3, 4)),
        "receptive_field": random.choice((31, [31, 31])),
        "loads": random.choice(("resnet18", "resnet50d")),
        "inputs": random.choice(([[3, 64, 64]], [[3, 1, 1], [3, 7, 9]], [[1, 8, 8]])),
    }
    names = random.sample(sorted(plausible), random.randint(1, 4))
    return {name: plausible[name] if random.random() < 0.9 else _value(random, 2) for name in names}


def _value(random: Random, depth: int) -> object:
    kind = random.random()
    if depth == 0 or kind < 0.6:
        return random.choice(SCALARS)
    if kind < 0.9:
        return [_value(random, depth - 1) for _ in range(random.choice((0, 1, 2, 4, 17)))]
    names = ("min", "max", "ignore", *EXPECTATIONS)
    return {random.choice(names): _value(random, depth - 1) for _ in range(random.randint(0, 3))}


def _written(fields: dict[str, object], suffix: str) -> bytes:
    """As JSON, which is YAML too; TOML is put together line by line."""
    if suffix != ".toml":
        return json.dumps(fields, indent=_indent(fields), ensure_ascii=len(fields) % 2 == 0).encode(
            "utf-8", "surrogatepass"
        )
    tables = {name: value for name, value in fields.items() if isinstance(value, dict)}
    lines = [f"{name} = {_toml(value)}" for name, value in fields.items() if name not in tables]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _indent(fields: dict[str, object]) -> int | None:
    return 2 if len(fields) % 3 else None


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return "nan" if value is None else repr(value)
