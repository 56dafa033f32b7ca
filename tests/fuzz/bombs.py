"""Files made to hang, to fill the memory or to bring a reader down, each with what is to be said of it.

Those that grow with their size have nearly all that a file may have.
"""

from __future__ import annotations

import codecs

from resnet_inspect.configs.read_text import MAX_CONFIG_BYTES

ROOM = MAX_CONFIG_BYTES - 1_000


def filled(piece: str, head: str = "", tail: str = "") -> str:
    return head + piece * ((ROOM - len(head) - len(tail)) // len(piece.encode())) + tail


def numbered(line: str, head: str = "", tail: str = "", most: int = 10**6) -> str:
    lines, size = [], len(head) + len(tail)
    for number in range(most):
        lines.append(line.format(number))
        size += len(lines[-1].encode())
        if size > ROOM:
            return head + "".join(lines[:-1]) + tail
    return head + "".join(lines) + tail


NET = 'base = "resnet18"\n'
DEEP, MANY, EMPTY = "nested more than 32 deep", "more than 1,000 values", "is empty"
UNKNOWN, MISSING = "unknown field", "missing: kind of residual block"

TEXTS: dict[str, tuple[str, str]] = {
    "dotted key.toml": (filled("a.", tail="a = 1"), DEEP),
    "dotted header.toml": (filled("a.", "[", "a]\n"), DEEP),
    "dotted keys, each a table per two bytes.toml": (numbered("k{0}" + ".a" * 450 + " = 1\n"), MANY),
    "dotted keys of 30 parts.toml": (numbered("k{0}" + ".a" * 29 + " = 1\n"), MANY),
    "dotted key in a table.toml": (filled("a.", "a = {", "a = 1}"), DEEP),
    "headers.toml": (numbered("[t{0}]\n"), MANY),
    "lists of tables.toml": (filled("[[a]]\n[[a.b]]\n"), MANY),
    "lists.toml": (filled("[", "a = "), DEEP),
    "closed lists.toml": ("a = " + "[" * 500 + "]" * 500, DEEP),
    "tables.toml": (filled("{a = ", "a = "), DEEP),
    "values.toml": (filled("1,", "a = [", "]"), MANY),
    "newlines.toml": (filled("\n"), EMPTY),
    "comments.toml": (filled("#\n"), EMPTY),
    "lone carriage returns.toml": (filled("\r"), EMPTY),
    "lone carriage return.toml": ('base = "resnet18"\rgroups = 2\n', "not valid TOML"),
    "open text.toml": (filled('""x', 'a = """'), "the string that opens here is not closed"),
    "open escapes.toml": (filled("\\\\", 'a = "'), "the string that opens here is not closed"),
    "digits.toml": (filled("1", "groups = "), "digits cannot be read"),
    "4300 digits.toml": (NET + f"groups = {'9' * 4_300}\n", "found a number of about 4,301 digits"),
    "4301 digits.toml": (NET + f"groups = {'9' * 4_301}\n", "a number of 4,301 digits cannot be read"),
    "hexadecimal digits.toml": (NET + f"groups = 0x{'f' * 200_000}\n", "a number of about 240,824 digits"),
    "nan.toml": (NET + "groups = nan\n", "must be a whole number, found nan"),
    "infinity.toml": (NET + "[expect]\nparams = -inf\n", "must be an amount, found -inf"),
    "exponent.toml": (NET + "[expect]\nparams = 1e999\n", "must be an amount, found inf"),
    "key twice.toml": (NET + "groups = 1\ngroups = 1\n", "cannot overwrite a value"),
    "table twice.toml": (NET + "[expect]\ndepth = 18\n[expect]\ndepth = 18\n", "cannot declare ('expect',) twice"),
    "unknown fields.toml": (numbered("u{0} = 1\n", NET, most=990), UNKNOWN),
    "unknown fields on one line.toml": (numbered("u{0} = 'xxx',", NET + "expect = {", "z = 1}", most=980), UNKNOWN),
    "wide characters on one line.toml": (numbered('"\u00e9{0}"=1,', NET + "expect = {", "z = 1}", most=980), UNKNOWN),
    "crlf.toml": (filled("#\r\n", "a = 1\r\n"), MISSING),
    "wrong comments.toml": (filled("# resnet-inspect: ignore[RI\n", NET), "not understood"),
    "comments on no rule.toml": (filled("# resnet-inspect: ignore[RI899]\n", NET), "there is no rule"),
    "comments on rules that are not.toml": (
        numbered("# resnet-inspect: ignore[expected-{0}]\n", NET),
        "there is no rule",
    ),
    "no rules in one comment.toml": (
        numbered("expected-{0},", NET + "# resnet-inspect: ignore[", "]"),
        "there is no rule",
    ),
    "commas.toml": (filled(",", NET + "# resnet-inspect: ignore[", "]"), "ignores no rule"),
    "brackets.toml": (filled("[", NET + "# resnet-inspect: ignore"), "not understood"),
    "spaces.toml": (filled(" ", NET + "#", "resnet-inspect: x"), "not understood"),
    "quantity of spaces.toml": (filled(" ", NET + '[expect]\nparams = "1', '%"'), "is not a number"),
    "quantity of digits.toml": (filled("1,", NET + '[expect]\nparams = "', '"'), "is not a number"),
    "quantity of dots.toml": (filled("..", NET + '[expect]\nparams = "', '"'), "is not a number"),
    "quantity of signs.toml": (filled("±", NET + '[expect]\nparams = "', '"'), "is not a number"),
    "inputs.toml": (NET + f"[expect]\ninputs = [{'[3, 64, 64], ' * 17}]\n", "must have at most 16 entries"),
    "lists.yaml": (filled("["), DEEP),
    "indents.yaml": ("".join(" " * indent + "a:\n" for indent in range(700)), DEEP),
    "keys in keys.yaml": (filled("? "), DEEP),
    "dashes.yaml": (filled("- "), DEEP),
    "fields.yaml": (numbered("k{0}: 1\n"), MANY),
    "values.yaml": (filled("1,", "a: [", "]"), MANY),
    "documents.yaml": (filled("---\n"), "expected a single document"),
    "comments.yaml": (filled("#\n"), EMPTY),
    "newlines.yaml": (filled("\n", "a: 1"), MISSING),
    "words.yaml": (filled("x ", "base: "), "no variant is called"),
    "lines.yaml": (filled(" x\n", "base: x\n"), "no variant is called"),
    "escapes.yaml": (filled("\\u0041", 'name: "', '"'), MISSING),
    "colons.yaml": (filled(":"), "not valid YAML"),
    "base 60.yaml": (filled(":1", "groups: 1"), "octal or base 60"),
    "digits.yaml": (filled("1", "groups: "), "digits cannot be read"),
    "version.yaml": (filled("9", "%YAML 1.", "\n---\na: 1"), "digits cannot be read"),
    "laughs.yaml": ("a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(20)), "anchors and aliases"),
    "alias of itself.yaml": ("a: &a [*a]", "anchors and aliases"),
    "merge.yaml": ("<<: {base: resnet18}\n", "a field's name must be text"),
    "python.yaml": ("a: !!python/object/apply:os.system [true]\n", "tags are not supported"),
    "nan.yaml": ("base: resnet18\ngroups: .nan\n", "must be a whole number, found nan"),
    "infinity.yaml": ("base: resnet18\nexpect: {params: .inf}\n", "must be an amount, found inf"),
    "key twice.yaml": ("base: resnet18\nbase: resnet18\n", "base is given twice, first on line 1"),
    "wrong comments.yaml": (filled("# resnet-inspect: ignore[RI\n", "base: resnet18\n"), "not understood"),
    "lists.json": (filled("[", '{"a": '), DEEP),
    "tables.json": (filled('{"a":'), DEEP),
    "values.json": (filled("1,", '{"a": [', "1]}"), MANY),
    "digits.json": (filled("1", '{"groups": ', "}"), "digits cannot be read"),
    "NaN.json": (filled('"x",', '{"a": [', "NaN]}"), "NaN is not a JSON number"),
    "NaN1.json": ('{"base": NaN1}', "NaN is not a JSON number"),
    "Infinity_.json": ('{"base": Infinity_}', "Infinity is not a JSON number"),
    "negative Infinity1.json": ('{"NaN1": [-Infinity1]}', "-Infinity is not a JSON number"),
    "key twice in lists.json": ("[" * 900 + '{"a": 1, "a": 1}' + "]" * 900, "is given twice, first on line 1"),
    "infinity.json": ('{"base": "resnet18", "groups": 1e999}', "must be a whole number, found inf"),
    "key twice.json": (numbered('"k{0}": 1,\n', "{", '"k0": 1}'), "k0 is given twice, first on line 1"),
    "open escapes.json": (filled('\\"', '{"a": "'), "unterminated string"),
    "unknown fields.json": (numbered('"u{0}": "xxx",', '{"base": "resnet18",', '"z": 1}', most=980), UNKNOWN),
    "half a pair.json": ('{"base": "resnet18", "name": "\\ud800"}', "half of a surrogate pair"),
}

BYTES: dict[str, tuple[bytes, str]] = {
    "too large.toml": (b"#" * (MAX_CONFIG_BYTES + 1), "is larger than 256 KiB"),
    "nothing.toml": (b"", EMPTY),
    "byte order mark alone.toml": (codecs.BOM_UTF8, EMPTY),
    "utf-16.toml": (NET.encode("utf-16"), "is UTF-16"),
    "utf-16 without mark.toml": (NET.encode("utf-16-be"), "contains a NUL byte at offset 0"),
    "utf-32.toml": (NET.encode("utf-32"), "is UTF-32"),
    "utf-32 without mark.toml": (NET.encode("utf-32-be"), "contains a NUL byte at offset 0"),
    "latin-1.toml": ('name = "é"'.encode("latin-1"), "is not UTF-8: byte 0xe9 at offset 8"),
    "nul bytes.json": (bytes(ROOM), "contains a NUL byte at offset 0"),
    "surrogate.yaml": (b"name: \xed\xa0\x80", "is not UTF-8"),
}

FILES: dict[str, tuple[bytes, str]] = {
    **{name: (text.encode("utf-8", "surrogatepass"), said) for name, (text, said) in TEXTS.items()},
    **BYTES,
}
"""Name -> content, and what the first finding says."""

HARMLESS: dict[str, bytes] = {
    "mark and crlf.toml": codecs.BOM_UTF8 + NET.replace("\n", "\r\n").encode(),
    "mark.json": codecs.BOM_UTF8 + b'{"base": "resnet18"}',
    "comments that ignore.toml": filled("# resnet-inspect: ignore[RI1]\n", NET).encode(),
    "comments that ignore.yaml": filled("# resnet-inspect: ignore[RI1]\n", "base: resnet18\n").encode(),
    "spaces.yaml": filled(" ", "base: resnet18\n").encode(),
}
"""Large or odd, but configs."""
