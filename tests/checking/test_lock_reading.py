"""Locks from outside: whatever is in the file, the answer is one message with its place and what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st
from lock_files import entry_of

from resnet_inspect.checking.lock.file import Lock, read_lock, read_lock_if_any, to_lock
from resnet_inspect.checking.lock.update import update
from resnet_inspect.configs.json_format import position_in_json, read_json
from resnet_inspect.errors import ConfigError

GOLDEN = (Path(__file__).parent.parent / "golden" / "lock.json").read_text("utf-8")
HEAD = '{\n  "schema": "resnet-inspect/lock/1",\n  "files": {'


def problem(tmp_path, content):
    path = tmp_path / "net.lock.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigError) as caught:
        read_lock(path)
    (only,) = caught.value.problems
    return only


def test_what_is_written_is_read_again(tmp_path):
    (tmp_path / "a.json").write_text(GOLDEN, "utf-8")
    lock = read_lock(tmp_path / "a.json")
    assert to_lock(lock.files) == GOLDEN
    assert to_lock(dict(reversed(lock.files.items()))) == GOLDEN


@pytest.mark.parametrize("piece", ["{}", "[]", "[[[[]]]]", "0"])
def test_a_lock_of_nothing_but_lists_is_refused_before_it_is_read(tmp_path, monkeypatch, piece):
    def read(text):
        raise AssertionError(text[:100])

    monkeypatch.setattr("resnet_inspect.checking.lock.file.read_json", read)
    found = problem(
        tmp_path, HEAD + '"a": {"layers": [' + ",".join([piece] * (16_700_000 // (len(piece) + 1))) + "]}}}"
    )
    assert "holds more lists and tables than the networks of any lock" in found.message


def test_a_network_of_more_operations_than_one_can_have_is_refused(tmp_path):
    """Each of them would become a layer when its config is compared."""
    lock = json.loads(GOLDEN)
    row = {"role": "main", "ops": ", ".join(["add"] * 2_000)}
    lock["files"]["basic.json"]["operations"] = [row] * 50
    (tmp_path / "a.json").write_text(json.dumps(lock))
    assert len(read_lock(tmp_path / "a.json").files["basic.json"].operations) == 50
    lock["files"]["basic.json"]["operations"] = [row] * 51
    assert "has too many entries" in problem(tmp_path, json.dumps(lock)).message


@pytest.mark.parametrize("token", ["NaN", "NaN1", "Infinity_", "-Infinity0", "Infinity"])
def test_what_only_begins_like_a_number_is_told_with_its_place(tmp_path, token):
    found = problem(tmp_path, f'{{\n  "NaN": {token}}}')
    assert "is not a JSON number" in found.message
    assert (found.line, found.column) == (2, 10)


def test_entries_are_found_in_one_pass(tmp_path, monkeypatch):
    """Each key and each value is passed over once, and no line is looked for from the beginning."""
    net = json.loads(GOLDEN)["files"]["basic.json"]
    (tmp_path / "a.json").write_text(
        json.dumps(json.loads(GOLDEN) | {"files": dict.fromkeys(map(str, range(50)), net)})
    )
    lock = read_lock(tmp_path / "a.json")
    calls = []

    class Counting(json.JSONDecoder):
        def raw_decode(self, text, at=0):
            calls.append(at)
            return super().raw_decode(text, at)

    monkeypatch.setattr("resnet_inspect.configs.json_format._DECODER", Counting())
    found = dict(lock.offsets({"3", "49"}))
    assert {key: lock.text[offset : offset + len(key) + 2] for key, offset in found.items()} == {
        "3": '"3"',
        "49": '"49"',
    }
    assert len(calls) <= 2 * 50 + 6
    assert calls == sorted(calls)


def test_names_may_be_long_and_short(tmp_path):
    data = json.loads(GOLDEN)
    entry = data["files"]["basic.json"]
    entry["model"], entry["layers"][0]["name"] = "m" * 200, "c"
    (tmp_path / "a.json").write_text(json.dumps(data), "utf-8")
    read = read_lock(tmp_path / "a.json").files["basic.json"]
    assert (read.model, read.layers[0].name) == ("m" * 200, "c")


def test_no_lock_is_no_mistake_where_one_is_to_be_written(tmp_path):
    assert read_lock_if_any(tmp_path / "none.json").files == {}
    with pytest.raises(ConfigError, match=r"no such lock .'resnet-inspect lock'"):
        read_lock(tmp_path / "none.json")


def changed(old, new):
    assert old in GOLDEN
    return GOLDEN.replace(old, new, 1)


BROKEN = {
    "empty": ("", None, "not valid JSON"),
    "no JSON": ("schema = 1", (1, 1), "not valid JSON"),
    "cut": (GOLDEN[:5000], ..., "not valid JSON"),
    "a list": ("[]", None, "found a list instead of a table"),
    "a number": ("1", None, "found 1 (a whole number) instead of a table"),
    "no schema": ("{}", None, '"schema" must be "resnet-inspect/lock/1", but is missing'),
    "another schema": (changed("lock/1", "layers/1"), (2, 3), 'found "resnet-inspect/layers/1"'),
    "newer": (changed("lock/1", "lock/2"), (2, 3), "has a newer version: resnet-inspect/lock/2"),
    "no files": ('{"schema": "resnet-inspect/lock/1"}', None, "files must be a table of networks, but is missing"),
    "files is a list": ('{"schema": "resnet-inspect/lock/1",\n "files": []}', (2, 2), "found a list"),
    "unknown at the top": (changed('"files"', '"more": 1, "files"'), (3, 3), "more: unknown field"),
    "key twice": (changed('"depth": 6,', '"depth": 6,\n "depth": 5,'), (9, 2), "depth is given twice, first on line 8"),
    "entry twice": (HEAD + '\n"a": 1,\n"a": 2}}', (5, 1), "files.a is given twice, first on line 4"),
    "NaN": (changed('"depth": 6', '"depth": NaN'), (8, 16), "NaN is not a JSON number"),
    "Infinity": (changed('"depth": 6', '"depth": -Infinity'), (8, 16), "-Infinity is not a JSON number"),
    "1e999": (changed('"depth": 6', '"depth": 1e999'), (8, 7), "found inf (a decimal number)"),
    "text": (changed('"depth": 6', '"depth": "4"'), (8, 7), 'must be a whole number, found "4" (text)'),
    "truth": (changed('"depth": 6', '"depth": true'), (8, 7), "must be a whole number, found true"),
    "null": (changed('"depth": 6', '"depth": null'), (8, 7), "must be a whole number, found null"),
    "negative": (changed('"depth": 6', '"depth": -4'), (8, 7), "greater than or equal to 0, found -4"),
    "very long": (changed('"depth": 6', f'"depth": {"9" * 4300}'), (8, 7), "found a number of about 4,301 digits"),
    "too long": (changed('"depth": 6', f'"depth": {"9" * 5000}'), None, "cannot be read"),
    "missing": (changed('      "depth": 6,\n', ""), (4, 5), 'files."basic.json".depth: missing'),
    "unknown": (changed('"depth"', '"deep"'), ..., "deep: unknown field"),
    "unknown and wrong": (
        changed('"depth"', '"deep"').replace('"weight_standardized": false', '"weight_standardized": 3', 1),
        (8, 7),
        "deep: unknown field",
    ),
    "no list": (changed("[1, 5]", "5"), (7, 7), "must be a list, found 5 (a whole number)"),
    "no row": (changed('"stages": [', '"stages": [3, '), (16, 18), "stages[0]: must be a table, found 3 (a whole number)"),
    "a strange stage": (changed('"stage": "stage1"', '"stage": "stageX"'), ..., "should match pattern"),
    "a strange role": (changed('"role": "main"', '"role": "maim"'), ..., "must be 'stem', 'main'"),
    "an entry that is none": (HEAD + '\n"a": 3}}', (4, 1), "found 3 (a whole number)"),
    "an empty path": (HEAD + '\n"": {}}}', (4, 1), "must have 1 to 4,096 characters"),
    "a path that is too long": (HEAD + f'\n"{"a" * 4097}": 3}}}}', (4, 1), "must have 1 to 4,096 characters"),
    "the longest path": (HEAD + f'\n"{"a" * 4096}": 3}}}}', (4, 1), "found 3 (a whole number)"),
    "NUL in a path": (HEAD + '\n"a\\u0000": 3}}', (4, 1), "none of them NUL"),
    "many fields": (HEAD + '"a": {' + ",".join(f'"{n}": 1' for n in range(99)) + "}}}", (3, 13), "has too many entries"),
    "many numbers": (changed("[1, 3, 224, 224]", f"[{'1, ' * 99}1]"), (6, 7), "has too many entries"),
    "deep": ("[" * 100_000, None, "nested too deeply"),
    "UTF-16": (GOLDEN.encode("utf-16"), None, "is UTF-16"),
    "no text": (b'{"a": "\xff"}', (1, 8), "is not UTF-8"),
    "NUL": ('{"a": "\0"}', (1, 8), "contains a NUL byte"),
    "huge": (b" " * ((16 << 20) + 1), None, "is larger than 16 MiB"),
    "escapes": (HEAD + '\n"\\u001b[31m": 3}}', (4, 1), "\\x1b[31m"),
    "surrogate": (changed('"model": "basic.json"', '"model": "\\ud800"'), (5, 7), "unable to parse raw data as a unicode string"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_lock_is_told_with_its_place(tmp_path, name):
    content, place, words = BROKEN[name]
    found = problem(tmp_path, content)
    assert words in found.message
    if place is not ...:
        assert (found.line, found.column) == (place or (found.line, found.column))
        assert (found.line is None) == (place is None) or name in {"empty", "deep", "no schema"}
    assert "\n" not in str(found)
    assert "\x1b" not in str(found)
    assert found.source.endswith("net.lock.json")


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "marks", ["<<<<<<< ours{}{}======={}>>>>>>> theirs{}", "======={}{}{}{}", ">>>>>>> theirs{}{}{}{}"]
)
def test_an_unresolved_merge_is_told_as_such(tmp_path, marks, eol):
    lines = GOLDEN.replace("\n", eol).split(eol)
    text = eol.join(lines[:7]) + eol + marks.replace("{}", eol) + eol.join(lines[7:])
    found = problem(tmp_path, text)
    assert (found.message, found.line, found.column) == ("contains the markers of an unresolved merge", 8, 1)
    assert "resnet-inspect lock" in found.hint


def test_a_folder_a_pipe_and_a_closed_file_are_no_locks(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ConfigError, match=r"is a (directory|pipe)"):
            read_lock(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WHOLE = json.loads(GOLDEN)


def places_in(value, path=()):
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places_in(inner, (*path, key))


def put(value, path, new):
    if not path:
        return new
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = put(copy[key], rest, new)
    return copy


@pytest.fixture(scope="module")
def any_path(tmp_path_factory):
    return tmp_path_factory.mktemp("locks") / "any.json"


def read_or_told(path):
    """The lock, or ``None`` if it was refused with one problem."""
    try:
        return read_lock(path)
    except ConfigError as error:
        told = error.problems
    assert len(told) == 1
    return None


@given(st.sampled_from(list(places_in(WHOLE))), VALUES)
def test_any_value_in_any_place_is_read_or_told(any_path, path, value):
    any_path.write_text(json.dumps(put(WHOLE, path, value)), "utf-8")
    if (lock := read_or_told(any_path)) is not None:
        any_path.write_text(to_lock(lock.files), "utf-8")
        assert read_lock(any_path).files == lock.files


@given(st.text() | st.integers(0, len(GOLDEN)).map(lambda end: GOLDEN[:end]))
@example("{")
@example(GOLDEN)
def test_any_text_is_read_or_told(any_path, text):
    any_path.write_text(text, "utf-8", newline="")
    lock = read_or_told(any_path)
    assert (lock is not None) == (text.rstrip() == GOLDEN.rstrip())


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4))
def test_places_found_one_by_one_are_those_of_the_map(data):
    text = json.dumps(data, indent=1)
    places = read_json(text)[1]()
    for path, place in places.items():
        assert position_in_json(text, path) == (place.key or place.value)
        assert position_in_json(text, (*path, "none of these")) == (place.key or place.value)
    assert position_in_json(text, ("none of these",)) is None


@pytest.mark.parametrize(
    ("lock", "path", "key"),
    [
        ("lock.json", "net.toml", "net.toml"),
        ("lock.json", "./configs/../a/net.toml", "a/net.toml"),
        ("sub/lock.json", "net.toml", "../net.toml"),
        ("sub/lock.json", "sub/a b/ü.toml", "a b/ü.toml"),
        ("lock.json", "a\udcff.toml", None),
    ],
)
def test_a_config_is_called_by_its_path_from_the_lock(tmp_path, monkeypatch, lock, path, key):
    monkeypatch.chdir(tmp_path)
    for given_as in (path, str(tmp_path / path)):
        assert Lock(Path(lock), {}).key(given_as) == key
        assert Lock(tmp_path / lock, {}).key(given_as) == key


def test_a_lock_is_shown_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    below = os.path.join("sub", "lock.json")  # noqa: PTH118
    assert [Lock(path, {}).shown for path in (tmp_path / below, Path(below))] == [below, below]


def test_an_update_without_results_drops_what_is_gone_and_keeps_the_rest(tmp_path):
    entry = entry_of({"base": "resnet18"})
    (tmp_path / "here.toml").touch()
    new = update(Lock(tmp_path / "lock.json", {"gone.toml": entry, "here.toml": entry}), ())
    assert (list(new.entries), new.dropped, new.kept) == (["here.toml"], ("gone.toml",), 1)
