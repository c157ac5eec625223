"""The errors that cross package borders; each states a fact."""

from __future__ import annotations


class LotsenbuchError(Exception):
    """An error whose message may be shown to the person who caused it."""


class NotFoundError(LotsenbuchError):
    """The thing does not exist, or the person asking may not know that it does."""


class ConflictError(LotsenbuchError):
    """Somebody else changed the same thing in between."""


class CaseClosedError(LotsenbuchError):
    """The case is closed: to change it, it has to be opened again first."""


class InvalidInputError(LotsenbuchError):
    """What was given cannot be used; ``field`` names where."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
