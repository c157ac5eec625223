"""People, offers and input for the tests of cases and referrals."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.permissions import Actor
from app.cases.models import Client
from app.cases.records import ClientCreate, ClientUpdate
from app.cases.service import create_client
from app.core.ids import new_id
from app.directory.interests import load_taxonomy
from app.directory.models import Offer, Provider
from tests.conftest import TODAY

CONTEXT = {"today": TODAY}


def add_user(session: Session, role: str = "case_worker", name: str = "Tina Test") -> Actor:
    """A user of that role."""
    user = User(email=f"{new_id()}@example.org", name=name, role=role, password_hash="x")
    session.add(user)
    session.flush()
    return Actor(user.id, role, name)


def client_data(**values: Any) -> ClientCreate:
    """Input for a new client called Amira H. unless told otherwise."""
    told = {"given_name": "Amira", "family_name": "H.", **values}
    return ClientCreate.model_validate(told, context=CONTEXT)


def client_changes(**values: Any) -> ClientUpdate:
    """Input for a change."""
    return ClientUpdate.model_validate(values, context=CONTEXT)


def add_client(session: Session, actor: Actor, **values: Any) -> Client:
    """A client of ``actor``."""
    return create_client(
        session, actor, client_data(**values), new_id(), taxonomy=load_taxonomy(), today=TODAY
    )


def add_offer(session: Session, title: str = "Deutschkurs A2", **values: Any) -> Offer:
    """A published offer of a provider of its own."""
    provider = Provider(
        source="test", external_id=new_id(), name="Sprachhaus am Fluss", kind="course_provider"
    )
    session.add(provider)
    session.flush()
    offer = Offer(
        provider_id=provider.id,
        source="test",
        external_id=new_id(),
        title=title,
        kind=values.pop("kind", "language_course"),
        **values,
    )
    session.add(offer)
    session.flush()
    return offer
