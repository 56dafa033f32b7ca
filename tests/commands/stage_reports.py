"""The report on the stages of any network."""

from __future__ import annotations

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.commands.stages import stages_report
from resnet_inspect.rendering.report import ModelRef
from resnet_inspect.tracing.recorder import trace


def report_on(net, shape):
    traced = trace(net, shape)
    assert traced.failure is None
    return stages_report(ModelRef("net", None), dissect(traced))
