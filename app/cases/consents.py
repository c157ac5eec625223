"""Consents: recorded, revoked, read. Nothing is committed here; each change leaves a case event.

The recipient is encrypted and shown on the page of the consents only, to those whom the case is
confided to: which service somebody is known to can be a health matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, bindparam, case
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.audit.service import record_access
from app.cases.consent_records import ConsentCreate
from app.cases.consent_rules import (
    REFERRAL,
    ConsentFact,
    Standing,
    is_in_force,
    standing_on,
)
from app.cases.models import CaseEvent, Client
from app.cases.policy import is_confided_to, is_visible_to, is_writable_by
from app.cases.privacy_models import Consent
from app.cases.queries import fetch_client
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.i18n import gettext as _
from app.core.text import fold_phrase
from app.directory.models import Provider
from app.directory.provider_names import find_provider_name, find_providers_by_name


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """A consent as the page of the case shows it."""

    consent: Consent
    recipient: str | None
    """`None`: only those whom the case is confided to may know."""
    provider_id: str | None
    """Of the directory, after merges; `None`: not in it, or not to be known."""
    standing: Standing
    recorded_by_name: str


@dataclass(frozen=True, slots=True)
class EndingConsent:
    """A consent that ends soon or has just ended, for a list: it names no recipient."""

    id: str
    client_id: str
    valid_until: date


def record_consent(
    session: Session, actor: Actor, client_id: str, data: ConsentCreate, creation_key: str
) -> Consent:
    """Take a consent down; the same ``creation_key`` gives back the one it made the first time.

    Raises `NotFoundError`, and `InvalidInputError` for a provider that does not exist.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True)
    if earlier := _find_created(session, client.id, creation_key):
        return earlier
    if data.provider_id is not None and session.get(Provider, data.provider_id) is None:
        raise InvalidInputError(_("This provider is not in the directory."), field="recipient")
    values = data.model_dump() | {"data": list(data.data)}
    consent = Consent(client_id=client.id, recorded_by=actor.id, creation_key=creation_key, **values)
    try:
        with session.begin_nested():
            session.add(consent)
            session.flush()
    except IntegrityError:
        # The key belongs to somebody else's form: a double click waits for the client's row.
        raise ConflictError(_("This form was already used. Please open a new one.")) from None
    facts = {"purpose": data.purpose, "data": list(data.data), "until": data.valid_until.isoformat()}
    _note(session, actor, consent, "consent_given", facts)
    record_access(session, actor.id, "consent.create", "consent", consent.id)
    session.flush()
    return consent


def revoke_consent(
    session: Session, actor: Actor, client_id: str, consent_id: str, revoked_on: date
) -> Consent:
    """From ``revoked_on`` on nothing may rest on the consent; revoked twice, the first day counts.

    Raises `NotFoundError`, and `InvalidInputError` for a day before it was given.
    """
    client = fetch_client(session, client_id, is_writable_by(actor), for_update=True, even_closed=True)
    consent = _get_consent(session, client.id, consent_id)
    if consent.revoked_on is not None:
        return consent
    if revoked_on < consent.given_on:
        raise InvalidInputError(_("It was given only later."), field="revoked_on")
    consent.revoked_on, consent.revoked_by = revoked_on, actor.id
    session.add(consent)
    facts = {"purpose": consent.purpose, "on": revoked_on.isoformat()}
    _note(session, actor, consent, "consent_revoked", facts)
    record_access(session, actor.id, "consent.revoke", "consent", consent.id)
    session.flush()
    return consent


def list_consents(
    session: Session, client_id: str, actor: Actor, today: date
) -> tuple[ConsentLine, ...]:
    """The consents of a client whom ``actor`` may see: in force first, then the newest first.

    Leaves an audit entry (needs a transaction that writes) when the recipients are told.
    """
    client = fetch_client(session, client_id, is_visible_to(actor))
    is_confided = _is_confided(session, client.id, actor)
    rows = session.exec(
        select(Consent, User.name)
        .join(User, col(User.id) == Consent.recorded_by, isouter=True)
        .where(Consent.client_id == client.id)
        .order_by(col(Consent.given_on).desc(), col(Consent.created_at).desc(), col(Consent.id))
    ).all()
    if rows and is_confided:
        record_access(session, actor.id, "consent.list", "client", client.id)
    kept = load_kept_providers(session, [consent.provider_id for consent, _name in rows])
    names = _load_provider_names(session, kept.values())
    lines = [_line(c, name or "", today, kept, names, is_confided) for c, name in rows]
    return tuple(sorted(lines, key=lambda line: line.standing != "in_force"))


def get_consent_line(
    session: Session, client_id: str, consent_id: str, actor: Actor, today: date
) -> ConsentLine:
    """One consent of a case that ``actor`` may change, with an audit entry; raises `NotFoundError`."""
    client = fetch_client(session, client_id, is_writable_by(actor))
    consent = _get_consent(session, client.id, consent_id)
    kept = load_kept_providers(session, [consent.provider_id])
    names = _load_provider_names(session, kept.values())
    recorder = session.get(User, consent.recorded_by) if consent.recorded_by else None
    record_access(session, actor.id, "consent.read", "consent", consent.id)
    return _line(consent, recorder.name if recorder else "", today, kept, names, is_confided=True)


def load_consent_facts(session: Session, client_id: str) -> tuple[ConsentFact, ...]:
    """The client's consents for the rules. The caller has checked who asks.

    Of a provider that was merged with another one, the one that is kept.
    """
    rows = session.exec(select(Consent).where(Consent.client_id == client_id)).all()
    kept = load_kept_providers(session, [consent.provider_id for consent in rows])
    return tuple(
        ConsentFact(
            id=consent.id,
            provider_id=kept.get(consent.provider_id or ""),
            purpose=consent.purpose,
            data=frozenset(consent.data),
            is_release=consent.is_release,
            given_on=consent.given_on,
            valid_until=consent.valid_until,
            revoked_on=consent.revoked_on,
        )
        for consent in rows
    )


def list_consents_for(
    session: Session, client_id: str, provider_id: str, today: date
) -> tuple[ConsentFact, ...]:
    """The consents in force for a referral to the provider. The caller has checked who asks."""
    kept = load_kept_providers(session, [provider_id])[provider_id]
    return tuple(
        fact
        for fact in load_consent_facts(session, client_id)
        if fact.provider_id == kept and fact.purpose == REFERRAL and is_in_force(fact, today)
    )


def drop_replaced_consents(
    session: Session, ending: Sequence[EndingConsent]
) -> tuple[EndingConsent, ...]:
    """Of consents that end and were not revoked, those that no longer one replaces.

    One replaces another for the same recipient and purpose. Names no recipient, and leaves no entry in
    the access log. The caller has checked who asks.
    """
    if not ending:
        return ()
    rows = session.execute(_KEPT_CONSENTS, {"clients": list({one.client_id for one in ending})}).all()
    subjects = {consent_id: tuple(subject) for consent_id, _, *subject in rows}
    last = {subjects[consent_id]: valid_until for consent_id, valid_until, *_ in rows}
    return tuple(one for one in ending if last[subjects[one.id]] == one.valid_until)


_KEPT_CONSENTS: Final[Select[Any]] = (
    select_columns(
        col(Consent.id),
        col(Consent.valid_until),
        col(Consent.client_id),
        col(Consent.purpose),
        col(Consent.provider_id),
        # Decrypted only where the directory does not name the recipient.
        case((col(Consent.provider_id).is_(None), col(Consent.recipient))),
    )
    .where(
        col(Consent.client_id).in_(bindparam("clients", expanding=True)),
        col(Consent.revoked_on).is_(None),
    )
    .order_by(col(Consent.valid_until))
)
"""What was not revoked, with whom and what it is for, those that hold longest last."""


def find_recipient(session: Session, typed: str, chosen_id: str | None) -> str | None:
    """The provider of the directory that ``typed`` names; `None`: these are words of one's own.

    ``chosen_id`` counts as long as its name still stands there. Of several with just that name none is
    taken: which one is meant has to be said by opening the form from the offer.
    """
    if chosen_id and find_provider_name(session, chosen_id) == typed.strip():
        return chosen_id
    found = find_providers_by_name(session, typed)
    same = [one.id for one in found if fold_phrase(one.name) == fold_phrase(typed)]
    return same[0] if len(same) == 1 else None


def load_kept_providers(session: Session, ids: Iterable[str | None]) -> dict[str, str]:
    """Provider id → the provider it is part of by now (itself, when it was never merged)."""
    wanted = {provider_id for provider_id in ids if provider_id}
    if not wanted:
        return {}
    merged = select(Provider.id, Provider.merged_into_id).where(
        col(Provider.merged_into_id).is_not(None)
    )
    into = dict(session.exec(merged).all())
    return {provider_id: _follow(into, provider_id) for provider_id in wanted}


def _follow(into: dict[str, str | None], provider_id: str) -> str:
    seen = {provider_id}
    while (after := into.get(provider_id)) is not None and after not in seen:
        seen.add(after)
        provider_id = after
    return provider_id


def _line(
    consent: Consent,
    recorded_by_name: str,
    today: date,
    kept: dict[str, str],
    names: dict[str, str],
    is_confided: bool,
) -> ConsentLine:
    provider_id = kept.get(consent.provider_id or "") if is_confided else None
    named = names.get(provider_id or "", "") or consent.recipient
    return ConsentLine(
        consent=consent,
        recipient=named if is_confided else None,
        provider_id=provider_id,
        standing=standing_on(today, valid_until=consent.valid_until, revoked_on=consent.revoked_on),
        recorded_by_name=recorded_by_name,
    )


def _is_confided(session: Session, client_id: str, actor: Actor) -> bool:
    found = select(Client.id).where(col(Client.id) == client_id, is_confided_to(actor))
    return session.exec(found).first() is not None


def _get_consent(session: Session, client_id: str, consent_id: str) -> Consent:
    consent = session.get(Consent, consent_id)
    if consent is None or consent.client_id != client_id:
        raise NotFoundError("no such consent")
    return consent


def _find_created(session: Session, client_id: str, creation_key: str) -> Consent | None:
    return session.exec(
        select(Consent).where(Consent.creation_key == creation_key, col(Consent.client_id) == client_id)
    ).first()


def _load_provider_names(session: Session, ids: Iterable[str]) -> dict[str, str]:
    rows = session.exec(select(Provider.id, Provider.name).where(col(Provider.id).in_(set(ids)))).all()
    return dict(rows)


def _note(session: Session, actor: Actor, consent: Consent, code: str, facts: dict[str, Any]) -> None:
    session.add(CaseEvent(client_id=consent.client_id, actor_id=actor.id, code=code, facts=facts))
