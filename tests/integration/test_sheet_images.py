"""The sheets look as they did when somebody last looked at them (`tests.sheet_references`)."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.printouts.pdf import PaperFormat
from tests.sheet_references import CASES, draw, path_of

CLEARLY_OTHER = 80
"""Of 255 greys."""
MOST_OTHER = 0.002
"""Part of the pixels: a moved line of text is more, a hair's breadth between two machines less."""


def _difference(one: Image.Image, other: Image.Image) -> float:
    """The part of the pixels that are clearly of another grey."""
    left, right = (np.asarray(picture.convert("L"), dtype=np.int16) for picture in (one, other))
    assert left.shape == right.shape
    return float((np.abs(left - right) > CLEARLY_OTHER).mean())


@pytest.mark.parametrize(("language", "paper"), CASES)
def test_the_sheet_looks_like_its_reference(language: str, paper: PaperFormat) -> None:
    with Image.open(path_of(language, paper)) as reference:
        assert _difference(draw(language, paper), reference) <= MOST_OTHER


def test_a_sheet_in_another_language_or_order_would_be_noticed() -> None:
    with Image.open(path_of("uk", "a4")) as reference:
        assert _difference(draw("ar", "a4"), reference) > 10 * MOST_OTHER
