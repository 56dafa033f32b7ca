from __future__ import annotations

import json

from resnet_inspect.configs.json_schema import config_schema


def test_schema_is_printed_as_json(command):
    done = command("schema")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == config_schema()
    assert done.out.endswith("}\n")
    assert done.out.isprintable() or all(line.isprintable() for line in done.out.splitlines())
