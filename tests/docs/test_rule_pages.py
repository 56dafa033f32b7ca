"""Every rule has its page, which says what ``resnet-inspect rule`` says."""

from __future__ import annotations

from docs_blocks import ROOT
from docs_generated import rule_pages

FOLDER = ROOT / "docs" / "reference" / "rules"


def test_every_rule_has_its_page_and_no_page_is_left_over():
    pages = {path.name: path.read_text("utf-8") for path in FOLDER.glob("RI*.md")}
    assert sorted(pages) == sorted(rule_pages()), "run: python tests/docs/refresh.py"
    assert pages == rule_pages(), "run: python tests/docs/refresh.py"
