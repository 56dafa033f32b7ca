"""Which report can be written in which format."""

from __future__ import annotations

from typing import get_args

import pytest
from sample_findings import report

import resnet_inspect as ri
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import CHECK_FORMATS, FORMATS, Format
from resnet_inspect.render.formats import formats_of


def test_every_format_is_of_all_reports_or_of_checks():
    assert (*FORMATS, *CHECK_FORMATS) == get_args(Format)


@pytest.mark.parametrize("name", CHECK_FORMATS)
def test_other_reports_refuse_the_formats_of_a_check(name):
    with pytest.raises(RequestError) as caught:
        ri.render(ri.variants("resnet18"), name)
    assert str(caught.value) == (f"this report has no format '{name}': choose from table, json, csv, markdown, html")


def test_a_check_has_all_formats():
    assert formats_of(report()) == get_args(Format)
    assert all(ri.render(report(), name) for name in get_args(Format))


def test_a_format_that_is_none_is_refused_with_the_list():
    with pytest.raises(RequestError, match=r"^there is no format 'xml': choose from table, .*, github, sarif, junit$"):
        ri.render(report(), "xml")
