from __future__ import annotations

import pytest
from torch import nn

import resnet_inspect as ri


def test_figures_are_those_of_both_models(examine):
    custom = {"base": "resnet50", "name": "mine", "stage_blocks": [3, 4, 9, 3], "groups": 2}
    near = ri.nearest(custom, count=1).variants[0]
    ours, theirs = examine(near.name).anatomy, examine(custom).anatomy
    for total, left, right in (
        (near.depth, ours.depth.depth, theirs.depth.depth),
        (near.params, ours.totals.params, theirs.totals.params),
        (near.macs, ours.totals.macs, theirs.totals.macs),
    ):
        assert (total.left, total.right, total.delta) == (left, right, right - left)
        assert total.percent == pytest.approx(100 * (right / left - 1))


def test_differences_are_those_of_compare():
    custom = {"base": "resnet50", "name": "mine", "avg_down": True}
    for near in ri.nearest(custom, count=3).variants:
        compared = ri.compare(near.name, custom)
        assert near.changes == compared.changes
        assert (near.only_variant, near.only_net) == (compared.only_left, compared.only_right)
        assert (near.verdict, near.weights) == (compared.verdict, compared.weights)
        assert near.changed_places == len({change.path for change in compared.changes})
        assert near.equal is False


def test_both_are_traced_with_images_of_the_same_size():
    report = ri.nearest({"base": "resnet50", "input_size": [96, 128], "in_channels": 1}, count=1)
    assert report.input_shape == (1, 1, 96, 128)
    (near,) = report.variants
    assert [found.field for found in near.fields] == ["in_channels", "input_size"]
    assert near.macs.delta == -2 * 64 * 49 * 48 * 64


def test_a_variant_that_cannot_take_the_images_is_traced_with_its_own():
    tiny = {"base": "resnet50_caffe", "name": "tiny", "stem_pool_padding": 1, "input_size": [2, 2]}
    report = ri.nearest(tiny, count=8)
    caffe = next(near for near in report.variants if near.name == "resnet50_caffe")
    assert any("the inputs differ: 3×224×224 and 3×2×2" in sentence for sentence in caffe.verdict)


def test_a_variant_equals_itself_and_what_was_published():
    near = ri.nearest("resnet18", count=1).variants[0]
    assert (near.name, near.equal, near.distance, near.fields, near.changes) == ("resnet18", True, 0.0, (), ())
    assert "timm:resnet18" in near.published


def test_a_version_can_be_asked_for():
    report = ri.nearest("resnet50", ri.RunOptions(version="v1"), count=1)
    assert (report.variants[0].name, report.variants[0].equal) == ("resnet50_v1", True)


def test_a_net_that_does_not_run_cannot_be_compared():
    with pytest.raises(ri.ModelRunError, match="cannot be compared: the forward failed"):
        ri.nearest({"base": "resnet50", "name": "mine"}, ri.RunOptions(input_shape=(1, 4, 64, 64)))


class Port(nn.Module):
    """A ResNet-18 whose weights have other names, and the activation before its classifier."""

    def __init__(self, end):
        super().__init__()
        self.parts = nn.ModuleList([ri.build(ri.load({"base": "resnet18", "head": "none"})), nn.Linear(512, 1000)])
        self.end = end

    def forward(self, x):
        body, out = self.parts
        return out(self.end(self.average(body(x))))

    def average(self, x):
        return nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)


class MeanPort(Port):
    def average(self, x):
        return x.mean((2, 3))


@pytest.mark.parametrize("kind", [Port, MeanPort])
def test_a_net_with_other_names_has_the_operations_of_a_variant(kind):
    report = ri.nearest(kind(nn.Identity()), count=1)
    near = report.variants[0]
    assert (near.name, near.distance, near.equal, near.same_operations, report.differs) == (
        "resnet18",
        0,
        False,
        True,
        (),
    )
    assert "equals resnet18, published as" in ri.render(report)
    assert near.weights.startswith("same state_dict under other names")
    assert near.weights.endswith("and compute the same")


def test_what_no_field_expresses_keeps_a_net_from_being_a_variant():
    report = ri.nearest(Port(nn.Softplus()), count=1)
    near = report.variants[0]
    assert (near.name, near.fields, near.equal, near.same_operations) == ("resnet18", (), False, False)
    assert report.differs == ("other operations, the first in head: 1× softplus instead of none",)


def test_it_shows_itself_in_a_notebook():
    assert "resnet18" in (ri.nearest("resnet18", count=1)._repr_html_() or "")
