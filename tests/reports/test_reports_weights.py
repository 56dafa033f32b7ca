"""What ``weights`` says in words, by what of the file fits."""

from __future__ import annotations

import pytest
from checkpoints.styled_names import tensors, without, written

from resnet_inspect.checkpoints.match import match
from resnet_inspect.checkpoints.records import Checkpoint, TensorInfo
from resnet_inspect.reports.weights import fitting, weights_report

NET = {"block": "basic", "stage_blocks": [1, 1], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5}
WHOLE = tensors(NET)


def report_of(file, converted=None):
    infos = tuple(TensorInfo(name, shape, "float32") for name, shape in file.items())
    return weights_report("net", Checkpoint("w.pth", "torch", infos, "", {}, ()), match(WHOLE, file), converted)


@pytest.mark.parametrize(
    ("file", "loads", "complete", "verdict"),
    [
        (WHOLE, True, True, ("everything loads with strict=True",)),
        (
            without(WHOLE, "num_batches_tracked"),
            True,
            True,
            ("everything loads with strict=True", "the counters of batches are missing, which torch starts at 0"),
        ),
        (
            {**WHOLE, "queue": (3,)},
            False,
            True,
            ("the model gets every tensor; the file has 1 more, so that strict=True fails",),
        ),
        (
            written(WHOLE, "detectron2"),
            False,
            True,
            (
                "the model gets every tensor, though under other names: strict=True fails until they are changed",
                f"{len(WHOLE)} names differ: --convert OUT writes the tensors that fit under the model's names",
            ),
        ),
        (without(WHOLE, "fc."), False, False, (f"{len(WHOLE) - 2} of the model's {len(WHOLE)} tensors are there",)),
        ({"a": (1,)}, False, False, ("nothing loads",)),
    ],
)
def test_verdict(file, loads, complete, verdict):
    report = report_of(file)
    assert (report.loads, report.complete, report.verdict) == (loads, complete, verdict)


def test_what_was_written_is_said():
    report = report_of(written(WHOLE, "transformers"), "out.safetensors")
    assert report.verdict[1:] == (f"written to out.safetensors: {len(WHOLE)} tensors, values unchanged",)


def test_groups_count_every_tensor_that_does_not_load():
    report = report_of({**without(WHOLE, "fc.", "layer2.0.conv1"), "queue": (3,), "bn1.weight": (9,)})
    counted = report.counts
    assert sum(group.count for group in report.groups) + counted.loads == len(report.keys)
    assert [group.status for group in report.groups] == ["wrong shape", "missing", "missing", "unexpected"]
    assert (counted.wrong_shape, counted.missing, counted.unexpected) == (1, 3, 1)


def test_renames_and_what_fits():
    file = {f"module.{name}": shape for name, shape in tensors(NET, num_classes=6).items()}
    found = match(WHOLE, file)
    assert fitting(found) == {f"module.{name}": name for name in without(WHOLE, "fc.")}
    assert [(rename.old, rename.new) for rename in report_of(file).renames] == list(fitting(found).items())


def test_the_file_is_summed_up():
    file = report_of(WHOLE).file
    assert (file.path, file.format, file.tensors) == ("w.pth", "torch", len(WHOLE))
    assert file.elements == report_of(written(WHOLE, "cifar")).file.elements > 1000
