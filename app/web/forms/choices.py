"""Fields to choose from lists.

What is chosen is checked with everything else by the input models, not by the lists offered.
"""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


class Choice(SelectField):
    """One of a list."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, default="", validate_choice=False, **options)


class Radio(RadioField):
    """One of a few, all of them in sight."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, default="", validate_choice=False, **options)


class Boxes(SelectMultipleField):
    """Boxes to tick, as many as one likes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
