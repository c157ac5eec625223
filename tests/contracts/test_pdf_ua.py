"""What is printed is tagged as PDF/UA-1 wants it, as far as a program can check; fonts are embedded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pdfua import validate
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from app.printouts.content import build_sheet
from app.printouts.listing import build_listing
from app.printouts.papers.plan import PlanContent, build_plan_paper
from app.printouts.papers.rendering import render_paper
from app.printouts.pdf import FORMATS, PaperFormat, render_listing, render_sheets
from tests.sheet_samples import CASE_WORKER, FULL, LONGEST, PROTECTED

ISSUED_ON = date(2026, 11, 22)
EMBEDDED = {"/FontFile", "/FontFile2", "/FontFile3"}


def _check(pdf: bytes, folder: Path) -> None:
    file = folder / "printed.pdf"
    file.write_bytes(pdf)
    assert [finding.message for finding in validate(file).findings] == []
    reader = PdfReader(io.BytesIO(pdf))
    metadata = reader.xmp_metadata
    assert metadata is not None
    assert "pdfuaid:part>1<" in metadata.stream.get_data().decode("utf-8")
    assert str(reader.trailer["/Root"]["/Lang"]).startswith("de")
    fonts = list(_fonts(reader))
    assert fonts
    assert all(EMBEDDED & font["/FontDescriptor"].keys() for font in fonts)


def _fonts(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every font of every page, composite ones by what they are made of."""
    for page in reader.pages:
        for reference in page["/Resources"].get("/Font", {}).values():
            font = reference.get_object()
            for inner in font.get("/DescendantFonts", [font]):
                yield inner.get_object()


@pytest.mark.parametrize("paper", FORMATS)
@pytest.mark.parametrize("language", ["de", "ar", "uk", "ti"])
def test_sheets_and_lists_are_tagged(language: str, paper: PaperFormat, tmp_path: Path) -> None:
    offers = [FULL, LONGEST, PROTECTED]
    sheets = [build_sheet(one, language, CASE_WORKER, ISSUED_ON) for one in offers]
    _check(render_sheets(sheets, paper), tmp_path)
    listing = build_listing(None, "", offers[:2], language, ISSUED_ON, CASE_WORKER)
    _check(render_listing(listing, paper), tmp_path)


@pytest.mark.parametrize("language", ["de", "ar"])
def test_other_papers_are_tagged(language: str, tmp_path: Path) -> None:
    plan = PlanContent("Amira H.", "Mira Lindner", (), date(2027, 5, 25), needs_guardian=True)
    _check(render_paper(build_plan_paper(plan, language, ISSUED_ON)), tmp_path)
