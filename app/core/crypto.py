"""Encryption of sensitive texts with a key that lies outside the database."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Text, TypeDecorator

from app.core.errors import LotsenbuchError


class UnreadableTextError(LotsenbuchError):
    """A stored sensitive text cannot be decrypted with any configured key."""


class UnusableKeyError(LotsenbuchError):
    """A configured key is no Fernet key. The message never holds the key."""


class TextCipher:
    """Encrypts and decrypts texts; the first key writes, every key reads."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        """``keys`` are Fernet keys (32 bytes, URL-safe base64), the newest first.

        Raises `UnusableKeyError` telling which one is none.
        """
        if not keys:
            raise UnusableKeyError("there is no encryption key")
        self._fernet = MultiFernet([_fernet(number, key) for number, key in enumerate(keys, start=1)])

    def encrypt(self, text: str) -> str:
        """The cipher text of ``text``, as ASCII."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """The text behind ``token``; raises `UnreadableTextError`."""
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except InvalidToken:
            raise UnreadableTextError("no configured key opens this text") from None


def _fernet(number: int, key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise UnusableKeyError(
            f"encryption key number {number} cannot be used: it must be 32 bytes in URL-safe base64"
        ) from None


_active: TextCipher | None = None


def use_cipher(cipher: TextCipher) -> None:
    """Make ``cipher`` the one that encrypted columns of this process use."""
    global _active  # noqa: PLW0603  one key ring per process, set once at start
    _active = cipher


class EncryptedText(TypeDecorator[str]):
    """A text column that holds cipher text only."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  given by SQLAlchemy
        """Encrypt on the way in."""
        return None if value is None else _cipher().encrypt(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  given by SQLAlchemy
        """Decrypt on the way out."""
        return None if value is None else _cipher().decrypt(str(value))


class EncryptedJson(TypeDecorator[Any]):
    """A column that holds JSON as cipher text only."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  given by SQLAlchemy
        """Encrypt on the way in."""
        return None if value is None else _cipher().encrypt(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  given by SQLAlchemy
        """Decrypt on the way out."""
        return None if value is None else json.loads(_cipher().decrypt(str(value)))


def _cipher() -> TextCipher:
    if _active is None:
        raise RuntimeError("no cipher is set; call use_cipher at start")
    return _active
