"""Settings are validated at start and refuse what is unsafe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.settings import PROJECT_ROOT, SettingsError, load_settings

PRODUCTION = {
    "LOTSENBUCH_MODE": "production",
    "LOTSENBUCH_SECRET_KEY": "s" * 32,
    "LOTSENBUCH_ENCRYPTION_KEYS": "key",
    "LOTSENBUCH_SMTP_URL": "smtp://mail.example:587",
    "LOTSENBUCH_MAIL_FROM": "lotsenbuch@stadt.example",
    "LOTSENBUCH_PUBLIC_URL": "https://lotsenbuch.stadt.example/",
}


def test_without_any_setting_the_demo_runs_in_the_checkout() -> None:
    settings = load_settings({})
    assert settings.is_demo
    assert settings.data_dir == PROJECT_ROOT / "data"
    assert settings.index_dir == PROJECT_ROOT / "search_index"


def test_a_data_folder_keeps_database_and_index_together(tmp_path: Path) -> None:
    settings = load_settings({"LOTSENBUCH_DATA_DIR": str(tmp_path)})
    assert str(tmp_path) in settings.database_url
    assert settings.index_dir.is_relative_to(tmp_path)


@pytest.mark.parametrize("missing", sorted(PRODUCTION.keys() - {"LOTSENBUCH_MODE"}))
def test_production_refuses_to_start_without_secrets(missing: str) -> None:
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    with pytest.raises(SettingsError, match=missing):
        load_settings(environment)


def test_production_refuses_a_short_secret() -> None:
    with pytest.raises(SettingsError, match="32 characters"):
        load_settings(PRODUCTION | {"LOTSENBUCH_SECRET_KEY": "short"})


def test_only_the_demo_takes_another_day_for_today() -> None:
    assert load_settings({"LOTSENBUCH_TODAY": "2026-11-23"}).fixed_today == date(2026, 11, 23)
    with pytest.raises(SettingsError, match="demo mode only"):
        load_settings(PRODUCTION | {"LOTSENBUCH_TODAY": "2026-11-23"})


@pytest.mark.parametrize("day", ["23.11.2026", "2026-13-01", "tomorrow"])
def test_a_malformed_day_is_named(day: str) -> None:
    with pytest.raises(SettingsError, match="LOTSENBUCH_TODAY"):
        load_settings({"LOTSENBUCH_TODAY": day})


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(SettingsError, match="neither demo nor production"):
        load_settings({"LOTSENBUCH_MODE": "test"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOTSENBUCH_PUBLIC_URL", "lotsenbuch.example"),
        ("LOTSENBUCH_PUBLIC_URL", "https://x.example/?a=1"),
        ("LOTSENBUCH_SMTP_URL", "mail.example:587"),
        ("LOTSENBUCH_SMTP_URL", "smtp://me:pass/word@mail.example:587"),
        ("LOTSENBUCH_SMTP_URL", "smtp://mail.example:99999"),
        ("LOTSENBUCH_TILE_URL", "https://tiles.example/tile.png"),
        ("LOTSENBUCH_STATE", "XX"),
        ("LOTSENBUCH_PROXIES", "-1"),
        ("LOTSENBUCH_PROXIES", "many"),
        ("LOTSENBUCH_PUBLIC_PAGES", "perhaps"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({name: value})


def test_settings_of_the_public_part_are_read() -> None:
    settings = load_settings(
        {
            "LOTSENBUCH_PUBLIC_URL": "https://x.example/",
            "LOTSENBUCH_PUBLIC_PAGES": "nein",
            "LOTSENBUCH_STATE": "by",
        }
    )
    assert (settings.public_url, settings.federal_state) == ("https://x.example", "BY")
    assert settings.has_public_pages is False


def test_a_password_is_never_repeated_in_a_refusal() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({"LOTSENBUCH_SMTP_URL": "smtp://me:geheim/wort@mail.example:587"})
    assert "geheim" not in str(error.value)
