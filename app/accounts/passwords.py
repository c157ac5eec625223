"""Password hashes (argon2id, the library's own recommended parameters)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD_CHARACTERS = 12
MAX_PASSWORD_CHARACTERS = 200
"""Longer ones would only cost time to hash."""

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The salted hash to store."""
    return _hasher.hash(password)


def is_password(password: str, stored_hash: str) -> bool:
    """Whether ``password`` belongs to ``stored_hash``."""
    try:
        return _hasher.verify(stored_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def spend_equal_time(password: str) -> None:
    """Check against a hash nobody has, so that an unknown address answers as slowly as a known one."""
    is_password(password, _nobodys_hash())


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")
