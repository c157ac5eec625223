"""The key of a public form: signed, with the moment at which it was opened.

It makes a form that is sent twice count once, and tells machines, which fill in a form at once, from
people. It opens nothing, so a forged one only counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from itsdangerous import BadSignature, TimestampSigner

from app.core.ids import new_id

QUICKEST_SECONDS: Final = 4
"""Nobody reads and fills in a form of several questions in less."""
_SALT: Final = "lotsenbuch.form"
_MAX_CHARACTERS: Final = 120


@dataclass(frozen=True, slots=True)
class FormKey:
    """What came back with a form."""

    key: str
    is_suspected: bool
    """It is not one of ours, or came back quicker than anybody can type."""


def new_form_key(secret: str) -> str:
    """The hidden field of a form that is opened now."""
    return _signer(secret).sign(new_id()).decode("ascii")


def read_form_key(secret: str, text: str, now: datetime) -> FormKey:
    """The key that ``text`` holds; a fresh one when it holds none of ours."""
    try:
        key, opened_at = _signer(secret).unsign(text[:_MAX_CHARACTERS], return_timestamp=True)
    except BadSignature:
        return FormKey(new_id(), is_suspected=True)
    seconds = (now - opened_at).total_seconds()
    return FormKey(key.decode("ascii"), is_suspected=seconds < QUICKEST_SECONDS)


def _signer(secret: str) -> TimestampSigner:
    return TimestampSigner(secret, salt=_SALT)
