"""The families of ``docs/reference/families.md``, as far as the packages that hold them are installed."""

from __future__ import annotations

import expected
import families
import pytest


def agree(rows):
    rows = list(rows)
    assert rows
    for row in rows:
        assert row.read == row.said, row.model
    return rows


def test_transformers():
    pytest.importorskip("transformers")
    page = families.PAGE.read_text("utf-8").splitlines()
    for row in agree(families.transformers_rows()):
        assert families.line(row) in page


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("resnet", "seresnextaa101d_32x8d"),
        ("resnetv2", "resnetv2_50x1_bit"),
        ("senet", "legacy_seresnet50"),
        ("res2net", "res2net50_26w_4s"),
        ("resnest", "resnest50d_4s2x40d"),
        ("sknet", "skresnext50_32x4d"),
        ("regnet", "regnetz_040_h"),
    ],
)
def test_timm(family, name):
    pytest.importorskip("timm")
    assert len(agree(families.timm_rows((family,), name.__eq__))) == 1


def test_torchvision():
    pytest.importorskip("torchvision")
    agree(families.torchvision_rows())


def test_a_row_that_does_not_agree_is_not_written(monkeypatch, capsys, tmp_path):
    right, wrong = (expected.Facts(50, (3, 4, 6, 3), shortcuts, "v1.5") for shortcuts in (4, 3))
    monkeypatch.setattr(families, "PAGE", tmp_path / "families.md")
    monkeypatch.setattr(
        families, "SOURCES", {"torch": lambda: iter([families.Row("timm.resnet", "net", right, wrong)])}
    )
    assert families.main() == 1
    assert "timm.resnet net: read Facts(depth=50" in capsys.readouterr().err
    assert not families.PAGE.exists()


def test_a_package_that_is_not_there_is_left_out_and_said(monkeypatch, capsys, tmp_path):
    facts = expected.Facts(50, (3, 4, 6, 3), 4, "v1.5")
    monkeypatch.setattr(families, "PAGE", tmp_path / "families.md")
    sources = {"no_such_package": None, "torch": lambda: iter([families.Row("timm.resnet", "net", facts, facts)])}
    monkeypatch.setattr(families, "SOURCES", sources)
    assert families.main() == 0
    assert "no_such_package is not installed" in capsys.readouterr().err
    page = families.PAGE.read_text("utf-8")
    assert "| timm.resnet | net | 50 | 3+4+6+3 | 4 | v1.5 |" in page
    assert "no_such_package" not in page


@pytest.mark.parametrize(
    ("arguments", "blocks"),
    [
        ((22, 24, 24.48, 2.54), (1, 2, 7, 12)),  # RegNetX-400MF of the paper's Table 2
        ((13, 24, 36.44, 2.49), (1, 1, 4, 7)),  # RegNetX-200MF
    ],
)
def test_the_arithmetic_of_regnets(arguments, blocks):
    assert expected.regnet_blocks(*arguments) == blocks
