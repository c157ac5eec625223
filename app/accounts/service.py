"""Changes to accounts, and the sign-in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from sqlmodel import Session, select

from app.accounts.models import User
from app.accounts.passwords import (
    MAX_PASSWORD_CHARACTERS,
    MIN_PASSWORD_CHARACTERS,
    hash_password,
    is_password,
    spend_equal_time,
)
from app.accounts.permissions import Actor, Role
from app.accounts.queries import get_user
from app.audit.service import record_access
from app.core.errors import ConflictError, InvalidInputError, NotFoundError

FREE_ATTEMPTS = 5
LONGEST_LOCK = timedelta(minutes=15)

EmailAddress = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
    ),
]


Team = Annotated[
    str,
    BeforeValidator(lambda value: " ".join(str(value or "").split())),
    StringConstraints(max_length=60),
]
"""One word for all of a team; empty in a house with one team."""


class AccountCreate(BaseModel):
    """What a new account needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: EmailAddress
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    role: Role
    password: str = Field(min_length=MIN_PASSWORD_CHARACTERS, max_length=MAX_PASSWORD_CHARACTERS)
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] | None = None
    team: Team = ""
    provider_id: str | None = Field(default=None, max_length=36, validate_default=True)
    """Whom the person answers for; of the role ``provider`` and of no other."""

    @field_validator("provider_id")
    @classmethod
    def _goes_with_the_role(cls, value: str | None, info: ValidationInfo) -> str | None:
        role = info.data.get("role")
        if role is not None and not is_provider_told(role, value):
            raise ValueError("goes with the role provider, and with no other")
        return value


def is_provider_told(role: str, provider_id: str | None) -> bool:
    """Whether role and provider go together: who answers for a provider has one, others have none."""
    return (role == "provider") == (provider_id is not None)


class SignInRefusal(Enum):
    """Why a sign-in was refused."""

    WRONG = "wrong"
    """Unknown address, wrong password or switched off: never told apart."""
    LOCKED = "locked"
    """Too many wrong passwords; wait."""


def lock_after(failures: int) -> timedelta:
    """How long an account is locked after so many wrong passwords in a row.

    Nothing for the first ones, then 15 seconds, doubling up to `LONGEST_LOCK`.
    """
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    doublings = min(failures - FREE_ATTEMPTS, 10)
    return min(timedelta(seconds=15 * (1 << doublings)), LONGEST_LOCK)


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """The outcome of a check, to be noted with `note_attempt`."""

    user: User | None
    """Whose account was tried; `None`: nobody's."""
    refusal: SignInRefusal | None
    """`None`: welcome."""


def check_credentials(
    session: Session, email: str, password: str, now: datetime, *, allow_demo: bool
) -> SignInAttempt:
    """Whether these credentials open an account. Only reads: hashing takes long on purpose.

    ``allow_demo``: demo accounts have a published password and work in demo mode only.
    """
    user = session.exec(select(User).where(User.email == email.strip().lower())).first()
    password = password[:MAX_PASSWORD_CHARACTERS]
    if user is None or not user.is_active or (user.is_demo and not allow_demo):
        spend_equal_time(password)
        return SignInAttempt(None, SignInRefusal.WRONG)
    if user.locked_until is not None and user.locked_until > now:
        return SignInAttempt(None, SignInRefusal.LOCKED)
    if not is_password(password, user.password_hash):
        return SignInAttempt(user, SignInRefusal.WRONG)
    return SignInAttempt(user, None)


def note_attempt(session: Session, attempt: SignInAttempt, now: datetime) -> None:
    """Count a wrong password (and lock after several), or forget the earlier ones; audited."""
    if attempt.user is None:
        return
    user = session.exec(select(User).where(User.id == attempt.user.id).with_for_update()).one()
    if attempt.refusal is None:
        user.failed_sign_ins = 0
        user.locked_until = None
        action = "account.sign_in"
    else:
        user.failed_sign_ins += 1
        user.locked_until = now + lock_after(user.failed_sign_ins)
        action = "account.sign_in_refused"
    session.add(user)
    record_access(session, user.id, action, "user", user.id)


def create_account(session: Session, actor: Actor | None, data: AccountCreate) -> User:
    """A new user; raises `InvalidInputError` when the address is taken."""
    if session.exec(select(User).where(User.email == data.email)).first() is not None:
        raise InvalidInputError("There is already an account with this address.", field="email")
    user = User(
        email=data.email,
        name=data.name,
        role=data.role,
        phone=data.phone or None,
        team=data.team,
        provider_id=data.provider_id,
        password_hash=hash_password(data.password),
    )
    session.add(user)
    session.flush()
    record_access(session, actor.id if actor else None, "account.create", "user", user.id)
    return user


def update_account(
    session: Session,
    actor: Actor,
    user_id: str,
    *,
    role: Role,
    is_active: bool,
    epoch: int,
    team: str | None = None,
    provider_id: str | None = None,
) -> User:
    """Change role, activity, team (`None`: as it is) or provider; ends the user's sessions.

    Raises `NotFoundError`, `ConflictError` when somebody changed the account since ``epoch``, and
    `InvalidInputError` when an administrator would shut themselves out (``role``), or role and provider
    do not go together (``provider_id``).
    """
    user = session.exec(select(User).where(User.id == user_id).with_for_update()).first()
    if user is None:
        raise NotFoundError("no such account")
    if user.session_epoch != epoch:
        raise ConflictError("the account was changed in between")
    if user.id == actor.id and (not is_active or role != user.role):
        raise InvalidInputError("You cannot take your own rights away.", field="role")
    if not is_provider_told(role, provider_id):
        raise InvalidInputError("role and provider do not go together", field="provider_id")
    user.role, user.provider_id = role, provider_id
    user.is_active = is_active
    if team is not None:
        user.team = " ".join(team.split())
    user.session_epoch += 1
    session.add(user)
    record_access(session, actor.id, "account.update", "user", user.id)
    return user


def set_password(session: Session, actor: Actor | None, user_id: str, password: str) -> None:
    """Give a user a new password; ends their sessions and lifts a lock. Raises `NotFoundError`."""
    user = get_user(session, user_id)
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise InvalidInputError("The password is too short or too long.", field="password")
    user.password_hash = hash_password(password)
    user.session_epoch += 1
    user.failed_sign_ins = 0
    user.locked_until = None
    session.add(user)
    record_access(session, actor.id if actor else None, "account.set_password", "user", user.id)


def move_accounts(
    session: Session, actor: Actor, user_ids: Iterable[str], from_id: str, to_id: str
) -> list[str]:
    """Let those of ``user_ids`` who answer for one provider answer for another; ids of who moved.

    For providers that turn out to be the same, and for the way back.
    """
    moved = []
    for user_id in user_ids:
        user = session.exec(select(User).where(User.id == user_id).with_for_update()).first()
        if user is not None and user.provider_id == from_id:
            user.provider_id = to_id
            session.add(user)
            record_access(session, actor.id, "account.update", "user", user.id)
            moved.append(user.id)
    session.flush()
    return moved


def set_language(session: Session, user_id: str, language: str) -> None:
    """Remember the interface language of a user."""
    user = get_user(session, user_id)
    user.language = language
    session.add(user)
