"""Where the secrets come from: the environment, or in demo mode files made at the first start."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from app.core.crypto import TextCipher
from app.settings import Settings


def session_secret(settings: Settings) -> str:
    """The key that signs sessions."""
    return settings.secret_key or _kept(settings.data_dir / "session.key", secrets.token_hex(32))


def text_cipher(settings: Settings) -> TextCipher:
    """The key ring for sensitive texts."""
    return TextCipher(configured_keys(settings))


def configured_keys(settings: Settings) -> tuple[str, ...]:
    """The keys of sensitive texts, the newest first: from the settings, or kept in the data folder."""
    return settings.encryption_keys or tuple(_kept(settings.data_dir / "text.key", new_key()).split())


def new_key() -> str:
    """A fresh key."""
    return Fernet.generate_key().decode("ascii")


def _kept(path: Path, fresh: str) -> str:
    """The content of ``path``; written first when missing, also when several start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # a draft of its own for each writer: several threads of one process may start at once, too
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".new")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(fresh)
        try:
            os.link(draft, path)  # atomic: the first one wins, nobody reads half a key
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
