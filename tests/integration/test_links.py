"""Signed links: what opens, and what does not."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.clock import utc_now
from app.links.models import SignedLink
from app.links.service import (
    create_link,
    find_link,
    list_links,
    note_opened,
    revoke_link,
    revoke_links,
    token_of,
)
from app.operations.runtime import Runtime

SECRET = "s" * 40
LATER = timedelta(days=30)


def test_a_link_opens_its_one_thing_until_it_expires(runtime: Runtime) -> None:
    now = utc_now()
    with runtime.database.write() as session:
        token = create_link(session, SECRET, "selection", "one", now + LATER, "me")
        link = find_link(session, SECRET, token, "selection", now)
        assert link is not None
        assert (link.subject_id, link.created_by) == ("one", "me")
        assert token_of(SECRET, link) == token
        assert find_link(session, SECRET, token, "verify_provider", now) is None
        assert find_link(session, "another secret", token, "selection", now) is None
        assert find_link(session, SECRET, token, "selection", now + LATER) is None
        assert len(token) <= 90


def test_a_revoked_link_opens_nothing(runtime: Runtime) -> None:
    now = utc_now()
    with runtime.database.write() as session:
        tokens = [create_link(session, SECRET, "selection", "one", now + LATER) for _ in range(3)]
        other = create_link(session, SECRET, "selection", "two", now + LATER)
        first = find_link(session, SECRET, tokens[0], "selection", now)
        assert first is not None
        revoke_link(session, first.id)
        session.expire_all()
        assert [find_link(session, SECRET, t, "selection", now) is None for t in tokens] == [
            True,
            False,
            False,
        ]
        revoke_links(session, "selection", "one")
        session.expire_all()
        assert all(find_link(session, SECRET, t, "selection", now) is None for t in tokens)
        assert find_link(session, SECRET, other, "selection", now) is not None
        assert len(list_links(session, "selection", "one")) == 3


def test_openings_are_counted_and_change_nothing_else(runtime: Runtime) -> None:
    now = utc_now()
    with runtime.database.write() as session:
        token = create_link(session, SECRET, "selection", "one", now + LATER)
        link = find_link(session, SECRET, token, "selection", now)
        assert link is not None
        for minutes in range(3):
            note_opened(session, link.id, now + timedelta(minutes=minutes))
        session.expire_all()
        again = session.get_one(SignedLink, link.id)
        assert (again.opened_count, again.first_opened_at) == (3, now)
        assert find_link(session, SECRET, token, "selection", now) is not None


@given(forged=st.text(max_size=300) | st.binary(max_size=80).map(lambda b: b.decode("latin-1")))
@hypothesis_settings(max_examples=200, suppress_health_check=list(HealthCheck))
def test_no_invented_token_opens_anything(runtime: Runtime, forged: str) -> None:
    with runtime.database.read() as session:
        assert find_link(session, SECRET, forged, "selection", utc_now()) is None


def test_only_the_token_as_it_was_made_opens(runtime: Runtime) -> None:
    """The last letter of a signature in base64 has two bits that a decoder passes over."""
    now = utc_now()
    with runtime.database.write() as session:
        token = create_link(session, SECRET, "selection", "one", now + LATER)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        opening = [c for c in letters if find_link(session, SECRET, token[:-1] + c, "selection", now)]
        assert opening == [token[-1]]
        for odd in (
            token + "=",
            token + "\n",
            " " + token,
            token + "\udcff",
            token * 1000,
            token.upper(),
        ):
            assert find_link(session, SECRET, odd, "selection", now) is None


@given(position=st.integers(0, 200), letter=st.sampled_from("abcXYZ019-_."))
@hypothesis_settings(max_examples=100, suppress_health_check=list(HealthCheck))
def test_no_altered_token_opens_anything(runtime: Runtime, position: int, letter: str) -> None:
    now = utc_now()
    with runtime.database.read() as session:
        token = create_link(session, SECRET, "selection", "one", now + LATER)
        altered = token[: position % len(token)] + letter + token[position % len(token) + 1 :]
        found = find_link(session, SECRET, altered, "selection", now)
        assert (found is not None) == (altered == token)
        session.rollback()
