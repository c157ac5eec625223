"""Sheets as PDF: tagged (PDF/UA-1), fonts embedded, the same bytes for the same content."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

import segno
import typst

from app.printouts.content import SheetContent
from app.printouts.glyphs import font_folders, printable, printable_tree
from app.printouts.listing import ListingContent
from app.printouts.phrases import GERMAN, PLAIN_GERMAN, load_phrase_book

LAYOUTS = Path(__file__).parent
SHEET_LAYOUT, LISTING_LAYOUT = "layout.typ", "listing.typ"
PaperFormat = Literal["a4", "a5", "large"]
FORMATS: Final[tuple[PaperFormat, ...]] = ("a4", "a5", "large")
"""A4, A5, and A4 in large print (16 points and more), on which a sheet takes up to two pages."""
QR_QUIET_MODULES = 4
"""The white border that readers need around the code."""

_log = logging.getLogger(__name__)
_compiling = Lock()


def render_sheet(content: SheetContent, paper: PaperFormat = "a4") -> bytes:
    """One page as PDF (large print: up to two), dated by the content's own day: always the same bytes.

    Raises `app.printouts.glyphs.FontsMissingError` when the fonts are not installed.
    """
    return render_sheets([content], paper)


def render_sheets(contents: Sequence[SheetContent], paper: PaperFormat = "a4") -> bytes:
    """Several sheets (at least one) in one PDF, each beginning on a page of its own.

    Raises like `render_sheet`.
    """
    first = contents[0]
    language = PLAIN_GERMAN if first.language == PLAIN_GERMAN else GERMAN
    title = first.title if len(contents) == 1 else load_phrase_book(language).say("list_title")
    shown = {
        "format": paper,
        "title": printable(title.text)[0],
        "sheets": [_shown_sheet(content) for content in contents],
    }
    return render_layout(SHEET_LAYOUT, "sheets", shown, first.issued_on)


def _shown_sheet(content: SheetContent) -> dict[str, Any]:
    shown, lost = printable_tree(_plain(content))
    if lost:
        _log.warning("%d characters without a glyph were replaced on a sheet", lost)
    if content.qr is not None:
        shown["qr_svg"] = qr_svg(content.qr.uri)
    return dict(shown)


def render_listing(content: ListingContent, paper: PaperFormat = "a4") -> bytes:
    """A list of offers as PDF, as many pages as it takes; raises like `render_sheet`."""
    shown, lost = printable_tree(_plain(content))
    if lost:
        _log.warning("%d characters without a glyph were replaced on a list", lost)
    return render_layout(LISTING_LAYOUT, "listing", {**shown, "format": paper}, content.issued_on)


def render_layout(layout: str, name: str, shown: dict[str, Any], issued_on: date) -> bytes:
    """The PDF of what ``shown`` says, which the ``layout`` beside this file calls ``name``."""
    with _compiling:
        pdf = _compiler(layout).compile(
            format="pdf",
            sys_inputs={name: json.dumps(shown)},
            pdf_standards=["ua-1"],
            timestamp=datetime.combine(issued_on, time(), tzinfo=UTC),
        )
    if not isinstance(pdf, bytes):
        raise TypeError("a printout is one file")
    return pdf


def qr_svg(uri: str, scale: int = 1) -> str:
    """The code for ``uri`` as a drawing, black on white, with the border that readers need.

    ``scale``: how many points a module measures.
    """
    drawing = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        drawing, kind="svg", border=QR_QUIET_MODULES, dark="#000", light="#fff", scale=scale
    )
    return drawing.getvalue().decode("utf-8")


def _plain(content: SheetContent | ListingContent) -> dict[str, Any]:
    plain = asdict(content)
    del plain["issued_on"]
    return plain


@cache
def _compiler(layout: str) -> typst.Compiler:
    """One for each layout: it keeps the fonts and the layout; used by one thread at a time."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[*font_folders()],
    )
    return typst.Compiler(LAYOUTS / layout, root=LAYOUTS, font_paths=fonts, ignore_system_fonts=True)
