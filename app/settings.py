"""Settings, read once from the environment, validated at start and frozen.

Two modes exist. ``demo`` (the default) serves invented people on this machine only and needs no
configuration; ``production`` refuses to start until every secret is set. See
``docs/decisions/0002-demo-mode-by-default.md``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

PROJECT_ROOT = Path(__file__).resolve().parents[1]
"""The checkout; the data that ships with the product lies below it."""

SHIPPED_DATA = PROJECT_ROOT / "data"
TIMEZONE = ZoneInfo("Europe/Berlin")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
MIN_SECRET_CHARACTERS = 32
DEMO_SENDER = "lotsenbuch@demo.example"
FEDERAL_STATES = frozenset(
    ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")
)

Mode = Literal["demo", "production"]


class SettingsError(ValueError):
    """A setting is missing, malformed or unsafe; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be configured. Build it with `load_settings`."""

    mode: Mode
    data_dir: Path
    """Holds the database, the key file and the outbox."""
    index_dir: Path
    database_url: str
    secret_key: str | None
    """Signs sessions. ``None`` only in demo mode: a random one is kept in `data_dir` then."""
    encryption_keys: tuple[str, ...]
    """Fernet keys for sensitive texts, newest first. Empty only in demo mode (kept in a file)."""
    fixed_today: date | None
    """A day to be taken for today; only demo mode and the tests accept it."""
    geocoder_url: str | None
    """A Nominatim server for public provider addresses, or ``None``: no request leaves the house."""
    public_url: str
    """How others reach this instance, without a slash at the end: the start of every link in a mail,
    a feed, a QR code or an answer of the HSDS API."""
    smtp_url: str | None
    """``smtp://user:password@host:587`` or ``smtps://…:465``; ``None``: mails become files in
    `mail_folder`, which only the demo accepts."""
    mail_from: str
    """The address that mails come from."""
    has_public_pages: bool
    """Whether the directory's pages for everybody (``/wegweiser``) and the HSDS API are there."""
    federal_state: str
    """Whose public holidays count, as in ISO 3166-2:DE (``BW``)."""
    proxy_count: int
    """How many reverse proxies of one's own stand before the server and pass the sender's address on
    (``X-Forwarded-For``). 0: what such a header says is believed of nobody."""
    tile_url: str | None
    """Map tiles, as ``https://tiles.example/{z}/{x}/{y}.png``; ``None``: nothing is fetched."""
    tile_attribution: str
    """Whose map it is; shown on it."""
    freshness_file: Path
    """How long a confirmation holds, per kind, and when is reminded (TOML)."""
    retention_file: Path
    """How long data about people is kept, per kind (TOML)."""

    @property
    def mail_folder(self) -> Path:
        """Where mails are put when no SMTP server is set."""
        return self.data_dir / "outbox"

    @property
    def is_demo(self) -> bool:
        """Whether invented data is served on this machine only."""
        return self.mode == "demo"

    def with_today(self, today: date | None) -> Settings:
        """These settings with another day for today; ``None`` leaves them as they are."""
        return self if today is None else replace(self, fixed_today=today)


def parse_day(text: str, name: str) -> date:
    """A day as ``YYYY-MM-DD``; raises `SettingsError` naming ``name`` otherwise."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise SettingsError(f"{name}: “{text}” is not a date of the form YYYY-MM-DD.") from None


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and validate the ``LOTSENBUCH_*`` variables; raises `SettingsError`."""
    env = os.environ if environ is None else environ
    mode = _mode(env)
    data_dir = Path(env.get("LOTSENBUCH_DATA_DIR") or SHIPPED_DATA).expanduser().resolve()
    own_place = bool(env.get("LOTSENBUCH_DATA_DIR"))
    today = env.get("LOTSENBUCH_TODAY")
    settings = Settings(
        mode=mode,
        data_dir=data_dir,
        index_dir=data_dir / "search_index" if own_place else PROJECT_ROOT / "search_index",
        database_url=env.get("LOTSENBUCH_DATABASE_URL")
        or f"sqlite:///{data_dir / 'lotsenbuch.sqlite3'}",
        secret_key=env.get("LOTSENBUCH_SECRET_KEY") or None,
        encryption_keys=tuple(env.get("LOTSENBUCH_ENCRYPTION_KEYS", "").split()),
        fixed_today=parse_day(today, "LOTSENBUCH_TODAY") if today else None,
        geocoder_url=env.get("LOTSENBUCH_GEOCODER_URL") or None,
        public_url=_public_url(env),
        smtp_url=_smtp_url(env),
        mail_from=env.get("LOTSENBUCH_MAIL_FROM") or DEMO_SENDER,
        has_public_pages=_yes_or_no(env, "LOTSENBUCH_PUBLIC_PAGES", default=True),
        federal_state=_federal_state(env),
        proxy_count=_proxy_count(env),
        tile_url=_tile_url(env),
        tile_attribution=env.get("LOTSENBUCH_TILE_ATTRIBUTION") or "",
        freshness_file=Path(env.get("LOTSENBUCH_FRESHNESS_FILE") or SHIPPED_DATA / "freshness.toml"),
        retention_file=Path(env.get("LOTSENBUCH_RETENTION_FILE") or SHIPPED_DATA / "retention.toml"),
    )
    if not settings.is_demo:
        _refuse_unsafe(settings)
    return settings


def _mode(env: Mapping[str, str]) -> Mode:
    match env.get("LOTSENBUCH_MODE", "demo"):
        case "demo":
            return "demo"
        case "production":
            return "production"
        case other:
            raise SettingsError(f"LOTSENBUCH_MODE: “{other}” is neither demo nor production.")


def _public_url(env: Mapping[str, str]) -> str:
    text = (env.get("LOTSENBUCH_PUBLIC_URL") or "http://localhost:8000").rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"LOTSENBUCH_PUBLIC_URL: “{text}” is not a web address.")
    return text


def _smtp_url(env: Mapping[str, str]) -> str | None:
    text = env.get("LOTSENBUCH_SMTP_URL")
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not _has_sound_end(parts):
        raise SettingsError(
            "LOTSENBUCH_SMTP_URL must look like smtp://user:password@host:587"
            " (in a password, / is written %2F, @ %40 and : %3A)."
        )
    return text


def _has_sound_end(parts: SplitResult) -> bool:
    """Whether a port, if any, is one, and nothing follows: a raw / in a password cuts it in two."""
    try:
        _port = parts.port
    except ValueError:
        return False
    return parts.path in {"", "/"} and not parts.query and not parts.fragment


def _tile_url(env: Mapping[str, str]) -> str | None:
    text = env.get("LOTSENBUCH_TILE_URL")
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "{z}" not in text:
        raise SettingsError("LOTSENBUCH_TILE_URL must look like https://host/{z}/{x}/{y}.png.")
    return text


def _federal_state(env: Mapping[str, str]) -> str:
    code = (env.get("LOTSENBUCH_STATE") or "BW").upper()
    if code not in FEDERAL_STATES:
        raise SettingsError(
            f"LOTSENBUCH_STATE: “{code}” is not one of {' '.join(sorted(FEDERAL_STATES))}."
        )
    return code


def _proxy_count(env: Mapping[str, str]) -> int:
    text = (env.get("LOTSENBUCH_PROXIES") or "0").strip()
    if text not in {"0", "1", "2", "3"}:
        raise SettingsError(f"LOTSENBUCH_PROXIES: “{text}” is not a number from 0 to 3.")
    return int(text)


def _yes_or_no(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    match (env.get(name) or "").strip().lower():
        case "":
            return default
        case "1" | "yes" | "ja" | "on":
            return True
        case "0" | "no" | "nein" | "off":
            return False
        case other:
            raise SettingsError(f"{name}: “{other}” is neither yes nor no.")


def _refuse_unsafe(settings: Settings) -> None:
    if settings.fixed_today is not None:
        raise SettingsError("LOTSENBUCH_TODAY is accepted in demo mode only.")
    if settings.secret_key is None or len(settings.secret_key) < MIN_SECRET_CHARACTERS:
        raise SettingsError(
            f"LOTSENBUCH_SECRET_KEY must have at least {MIN_SECRET_CHARACTERS} characters."
        )
    if not settings.encryption_keys:
        raise SettingsError("LOTSENBUCH_ENCRYPTION_KEYS must hold at least one key.")
    if settings.smtp_url is None:
        raise SettingsError("LOTSENBUCH_SMTP_URL must be set: mails need a server to leave by.")
    if settings.mail_from == DEMO_SENDER:
        raise SettingsError("LOTSENBUCH_MAIL_FROM must be set to an address of your own.")
    if not settings.public_url.startswith("https://"):
        raise SettingsError("LOTSENBUCH_PUBLIC_URL must be set and begin with https://.")
