"""Configs to be locked, and what ``lock`` and ``check --locked`` print of them, in parts."""

from __future__ import annotations

import json

LOCK = "resnet-inspect.lock.json"
V1_5 = 'base = "resnet50"\n'
V1 = 'base = "resnet50"\nstride_in = "1x1"\n'


def entries(folder, name=LOCK):
    return json.loads((folder / name).read_text("utf-8"))["files"]


def findings(done):
    return [
        (file["path"], finding["code"], finding["message"])
        for file in json.loads(done.out)["files"]
        for finding in file["findings"]
    ]


def statuses(done):
    return {file["path"]: file["status"] for file in json.loads(done.out)["files"]}
