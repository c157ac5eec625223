"""Papers as PDF: tagged (PDF/UA-1), fonts embedded, the same bytes for the same content."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any, Final

from app.printouts.glyphs import printable_tree
from app.printouts.papers.blocks import Block, Code, Paper, Together
from app.printouts.pdf import qr_svg, render_layout

PAPER_LAYOUT: Final = "papers/paper.typ"
_log = logging.getLogger(__name__)


def render_paper(paper: Paper) -> bytes:
    """The paper on A4, as many pages as it takes, dated by its own day so that it never differs.

    Raises `app.printouts.glyphs.FontsMissingError` when the fonts are not installed.
    """
    plain = asdict(paper)
    del plain["issued_on"]
    shown, lost = printable_tree(plain)
    if lost:
        _log.warning("%d characters without a glyph were replaced on a paper", lost)
    shown["blocks"] = [_with_code(block, tree) for block, tree in _aligned(paper.blocks, shown)]
    return render_layout(PAPER_LAYOUT, "paper", shown, paper.issued_on)


def _aligned(blocks: tuple[Block, ...], shown: dict[str, Any]) -> list[tuple[Block, dict[str, Any]]]:
    return list(zip(blocks, shown["blocks"], strict=True))


def _with_code(block: Block, tree: dict[str, Any]) -> dict[str, Any]:
    """The drawing of a QR code is added; its address must not be touched by what fonts can show."""
    if isinstance(block, Code):
        tree["svg"] = qr_svg(block.uri)
    elif isinstance(block, Together):
        tree["blocks"] = [_with_code(*pair) for pair in _aligned(block.blocks, tree)]
    return tree
