"""Which report can be written in which format."""

from __future__ import annotations

import pytest
from sample_findings import report

import resnet_inspect as ri
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import Format, formats_of

CHECK_FORMATS = [each for each in Format if each.command == "check"]


def test_every_format_is_of_all_reports_or_of_checks():
    assert (*formats_of("layers"), *CHECK_FORMATS) == tuple(Format) == formats_of("check")
    assert {each.command for each in Format} == {"", "check"}


@pytest.mark.parametrize("name", CHECK_FORMATS)
def test_other_reports_refuse_the_formats_of_a_check(name):
    with pytest.raises(RequestError) as caught:
        ri.render(ri.variants("resnet18"), name)
    assert str(caught.value) == (f"this report has no format '{name}': choose from {', '.join(formats_of('variants'))}")


def test_a_check_has_all_formats():
    assert all(ri.render(report(), name) for name in Format)


def test_a_format_that_is_none_is_refused_with_the_list():
    with pytest.raises(RequestError, match=r"^there is no format 'xml': choose from table, .*, github, sarif, junit$"):
        ri.render(report(), "xml")
