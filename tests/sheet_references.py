"""How the sheets looked when somebody last looked at them: small pictures, compared by the tests.

After a change of the layout that is meant, ``python -m tests.sheet_references`` draws them anew; look
at them before they are committed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image

from app.printouts.content import build_sheet
from app.printouts.pdf import FORMATS, PaperFormat, render_sheet
from app.printouts.snapshot import OfferSnapshot
from tests.sheet_samples import CASE_WORKER, FULL

REFERENCES: Final = Path(__file__).with_name("references") / "sheets"
LANGUAGES: Final = ("de", "ar", "uk", "ti")
"""German alone, from right to left, Cyrillic and Ethiopic letters."""
CASES: Final = tuple((language, paper) for language in LANGUAGES for paper in FORMATS)
DPI: Final = 60
GREYS: Final = 8
SAMPLE: Final[OfferSnapshot] = FULL.model_copy(
    update={"directions": "Bus 101, Haltestelle Marktplatz, 3 Minuten. Der Eingang ist im Hof."}
)


def path_of(language: str, paper: PaperFormat) -> Path:
    """Where the picture of a sheet is kept."""
    return REFERENCES / f"{language}-{paper}.png"


def draw(language: str, paper: PaperFormat) -> Image.Image:
    """The first page of the sheet in few greys."""
    pdf = render_sheet(build_sheet(SAMPLE, language, CASE_WORKER, date(2026, 11, 22)), paper)
    page = pypdfium2.PdfDocument(pdf)[0]
    picture: Image.Image = page.render(scale=DPI / 72, grayscale=True).to_pil()
    return picture.convert("L").quantize(GREYS)


def renew() -> None:
    """Draw all pictures anew."""
    REFERENCES.mkdir(parents=True, exist_ok=True)
    for language, paper in CASES:
        draw(language, paper).save(path_of(language, paper), optimize=True)


if __name__ == "__main__":
    renew()
