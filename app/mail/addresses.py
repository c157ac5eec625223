"""Mail addresses: which can be written to, and how they travel. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = re.compile(r"[^\W_]([\w-]*[^\W_])?")
_MAX_LOCAL: Final = 64
_MAX_LABEL: Final = 63
_MAX_CHARACTERS: Final = 254


class AddressError(ValueError):
    """The text is not one mail address that every mail server understands."""


def normal_address(text: str) -> str:
    """The address with its domain in small letters; raises `AddressError`.

    Stricter than RFC 5322: no names, comments, quotes or lists, which programs read in different ways.
    Umlauts are fine behind the @ and refused before it: hardly any mail server takes them there.
    """
    local, _at, domain = text.partition("@")
    domain = unicodedata.normalize("NFC", domain).lower()
    labels = domain.split(".")
    is_sound = (
        len(local) <= _MAX_LOCAL
        and _LOCAL.fullmatch(local) is not None
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
    )
    if not is_sound:
        raise AddressError("not an e-mail address")
    address = f"{local}@{domain}"
    if len(wire_address(address)) > _MAX_CHARACTERS:
        raise AddressError("not an e-mail address")
    return address


def wire_address(address: str) -> str:
    """A normal address in ASCII, as mail servers speak of it (RFC 5891; ß stays ß, as DENIC has it)."""
    local, _at, domain = address.partition("@")
    return f"{local}@{'.'.join(_wire_label(label) for label in domain.split('.'))}"


def _wire_label(label: str) -> str:
    wire = label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
    if len(wire) > _MAX_LABEL:
        raise AddressError("not an e-mail address")
    return wire
