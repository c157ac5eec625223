"""Sensitive texts are unreadable without their key, and old keys still read."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypto import TextCipher, UnreadableTextError, UnusableKeyError

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@given(st.text(st.characters(codec="utf-8")))
def test_every_text_comes_back(text: str) -> None:
    cipher = TextCipher((NEW,))
    assert cipher.decrypt(cipher.encrypt(text)) == text


def test_the_text_does_not_show_in_its_cipher() -> None:
    assert "trauma" not in TextCipher((NEW,)).encrypt("trauma")


def test_after_a_key_change_old_texts_are_still_read() -> None:
    token = TextCipher((OLD,)).encrypt("before")
    assert TextCipher((NEW, OLD)).decrypt(token) == "before"


def test_without_the_key_nothing_is_read() -> None:
    token = TextCipher((OLD,)).encrypt("before")
    with pytest.raises(UnreadableTextError):
        TextCipher((NEW,)).decrypt(token)


@pytest.mark.parametrize(
    "key",
    ["", "abc", "äöü", NEW[:-2], "s" * 44],
    ids=["empty", "short", "umlauts", "cut off", "of one letter"],
)
def test_a_key_that_is_none_is_named_by_its_place_and_never_quoted(key: str) -> None:
    with pytest.raises(UnusableKeyError, match="number 2") as caught:
        TextCipher((NEW, key))
    assert not key or key not in str(caught.value)


def test_no_key_at_all_is_refused() -> None:
    with pytest.raises(UnusableKeyError):
        TextCipher(())
