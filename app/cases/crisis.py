"""Whom to call in a crisis: nationwide numbers, kept as data that can be changed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.settings import SHIPPED_DATA

CRISIS_FILE: Final = SHIPPED_DATA / "crisis.toml"
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CrisisService(BaseModel):
    """A number and what it is for; German words, as they are told to whoever needs them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    number: Annotated[str, StringConstraints(pattern=r"^[0-9 ]{3,20}$")]
    when: Text
    about: Text
    source: Annotated[str, StringConstraints(pattern=r"^https://")]


@cache
def load_crisis_services(path: Path = CRISIS_FILE) -> tuple[CrisisService, ...]:
    """The services in the order of the file; raises `pydantic.ValidationError` for a wrong one."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(CrisisService.model_validate(entry) for entry in data["service"])
