"""The accounts of the demo: invented people with one published password.

They work in demo mode only (see `app.accounts.service.sign_in`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, select

from app.accounts.models import User
from app.accounts.passwords import hash_password
from app.core.ids import derived_id

DEMO_PASSWORD: Final = "lotsenbuch-demo"  # noqa: S105  published on purpose, refused outside the demo


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An invented member of the team."""

    email: str
    name: str
    role: str
    phone: str

    @property
    def id(self) -> str:
        """The same on every machine."""
        return derived_id("user", self.email)


def _worker(email: str, name: str, extension: int) -> DemoAccount:
    return DemoAccount(f"{email}@lotsenbuch.example", name, "case_worker", f"0711 5550-{extension}")


DEMO_ACCOUNTS: Final[tuple[DemoAccount, ...]] = (
    _worker("mira.lindner", "Mira Lindner", 201),
    _worker("jonas.falk", "Jonas Falk", 202),
    _worker("samira.roth", "Samira Roth", 203),
    _worker("tobias.wendel", "Tobias Wendel", 204),
    _worker("leyla.brandt", "Leyla Brandt", 205),
    _worker("anton.kessler", "Anton Kessler", 206),
    _worker("olena.marten", "Olena Marten", 207),
    _worker("paula.hoffner", "Paula Höffner", 208),
    DemoAccount("leitung@lotsenbuch.example", "Ruth Albers", "team_lead", "0711 5550-200"),
    DemoAccount("redaktion@lotsenbuch.example", "Ines Kolb", "directory_editor", "0711 5550-210"),
    DemoAccount(
        "datenschutz@lotsenbuch.example", "Henrik Stolz", "data_protection_officer", "0711 5550-220"
    ),
    DemoAccount("verwaltung@lotsenbuch.example", "Dana Pohl", "administrator", "0711 5550-230"),
)
DEMO_PROVIDER_ACCOUNT: Final = DemoAccount(
    "anbieter@lotsenbuch.example", "Katrin Sommer", "provider", "0711 5550-240"
)
"""Answers for the provider of the demo's request (`app.operations.demo_requests`)."""
DEMO_VOLUNTEER_ACCOUNT: Final = DemoAccount(
    "ehrenamt@lotsenbuch.example", "Frieda Amsel", "provider", "0711 5550-250"
)
"""Of the demo's volunteer (`app.operations.demo_volunteer`)."""
DEMO_CASE_WORKERS: Final = tuple(a for a in DEMO_ACCOUNTS if a.role == "case_worker")


def load_demo_accounts(session: Session) -> int:
    """Create the demo accounts that are missing; tells how many. Existing ones stay as they are."""
    missing = [a for a in DEMO_ACCOUNTS if session.get(User, a.id) is None]
    if not missing:
        return 0
    shared_hash = hash_password(DEMO_PASSWORD)
    session.add_all(_build_user(account, shared_hash) for account in missing)
    session.flush()
    return len(missing)


def load_demo_provider_account(session: Session, provider_id: str) -> None:
    """Create the account of the provider's person unless there is one already."""
    if session.get(User, DEMO_PROVIDER_ACCOUNT.id) is None:
        user = _build_user(DEMO_PROVIDER_ACCOUNT, hash_password(DEMO_PASSWORD))
        user.provider_id = provider_id
        session.add(user)
        session.flush()


def take_over_demo_account(session: Session, account: DemoAccount) -> None:
    """Let somebody who got an account by registering sign in like the others of the demo."""
    user = session.exec(select(User).where(User.email == account.email)).one()
    user.password_hash, user.is_demo = hash_password(DEMO_PASSWORD), True
    session.add(user)
    session.flush()


def _build_user(account: DemoAccount, password_hash: str) -> User:
    return User(
        id=account.id,
        email=account.email,
        name=account.name,
        role=account.role,
        phone=account.phone,
        password_hash=password_hash,
        is_demo=True,
    )
