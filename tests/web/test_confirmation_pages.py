"""A provider's page behind a signed link: no account, no cookie, harmless to open, nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from app.core.clock import utc_now
from app.core.secrets import session_secret
from app.directory.editing import change_offer
from app.directory.history import Author
from app.directory.models import Offer, Provider
from app.directory.reminding import LINK_PURPOSE
from app.directory.upkeep_models import ChangeSuggestion, Verification
from app.links.service import create_link, revoke_links
from app.operations.runtime import Runtime
from app.web.rate_limits import RateLimit
from tests.conftest import TODAY
from tests.web.conftest import check_page


class Asked:
    """A provider of the demo with several offers, and a link to its page."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        with runtime.database.write() as session:
            course = session.exec(
                select(Offer)
                .where(Offer.kind == "language_course", Offer.status == "published")
                .where(Offer.visibility == "public")
                .order_by(col(Offer.id))
            ).first()
            assert course is not None
            self.course = course.id
            self.provider = course.provider_id
            self.other = session.exec(
                select(Offer.id).where(Offer.provider_id != self.provider).order_by(col(Offer.id))
            ).first()
        self.address = f"/bestaetigung/{self.link()}"

    def link(self, purpose: str = LINK_PURPOSE, days: int = 60) -> str:
        with self.runtime.database.write() as session:
            return create_link(
                session,
                session_secret(self.runtime.settings),
                purpose=purpose,
                subject_id=self.provider,
                expires_at=utc_now() + timedelta(days=days),
            )

    def offer(self) -> Offer:
        with self.runtime.database.read() as session:
            return session.get_one(Offer, self.course)

    def verifications(self) -> int:
        with self.runtime.database.read() as session:
            own = select(Offer.id).where(Offer.provider_id == self.provider)
            statement = select(Verification).where(
                Verification.way == "provider", col(Verification.offer_id).in_(own)
            )
            return len(session.exec(statement).all())

    def suggestions(self) -> list[ChangeSuggestion]:
        with self.runtime.database.read() as session:
            statement = select(ChangeSuggestion).where(
                ChangeSuggestion.origin == "provider", ChangeSuggestion.provider_id == self.provider
            )
            return list(session.exec(statement))


@pytest.fixture
def asked(demo: Runtime) -> Asked:
    return Asked(demo)


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def test_opening_shows_what_we_have_and_changes_nothing(asked: Asked, browser: FlaskClient) -> None:
    before = asked.offer()
    answer = browser.get(asked.address)
    assert answer.status_code == 200
    check_page(answer)
    assert before.title in answer.text
    assert "Alles stimmt noch" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert asked.offer() == before
    assert asked.verifications() == 0


def test_one_button_confirms_everything_and_may_be_pressed_twice(
    asked: Asked, browser: FlaskClient
) -> None:
    answers = [browser.post(asked.address) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    shown = browser.get(answers[0].headers["Location"])
    assert "Vielen Dank" in shown.text
    assert "Sie haben zuletzt am 23.11.2026 bestätigt" in shown.text
    with asked.runtime.database.read() as session:
        offers = session.exec(
            select(Offer).where(Offer.provider_id == asked.provider, Offer.status == "published")
        ).all()
        name = session.get_one(Provider, asked.provider).name
    public = [offer for offer in offers if offer.visibility != "protected"]
    assert all((offer.verified_on, offer.verified_by) == (TODAY, name) for offer in public)
    assert asked.verifications() == len(public)


def test_each_offer_can_be_confirmed_alone(asked: Asked, browser: FlaskClient) -> None:
    answer = browser.post(f"{asked.address}/{asked.course}", data={"answer": "stimmt"})
    assert answer.status_code == 303
    assert asked.offer().verified_on == TODAY
    assert asked.verifications() == 1


def test_a_change_in_own_words_becomes_a_suggestion(asked: Asked, browser: FlaskClient) -> None:
    data = {"answer": "geaendert", "note": "Ab Januar <b>dienstags</b>"}
    for _ in range(2):
        assert browser.post(f"{asked.address}/{asked.course}", data=data).status_code == 303
    (suggestion,) = asked.suggestions()
    assert suggestion.entry_id == asked.course
    assert suggestion.note == "Ab Januar <b>dienstags</b>"
    before = asked.offer().verified_on
    assert "Die Redaktion kümmert sich darum" in browser.get(asked.address).text
    browser.post(asked.address)
    assert asked.offer().verified_on == before  # what changed is not confirmed along with the rest


@pytest.mark.parametrize("note", ["", "   ", "x" * 2001], ids=["empty", "blank", "too long"])
def test_a_change_without_words_is_asked_again(asked: Asked, browser: FlaskClient, note: str) -> None:
    data = {"answer": "geaendert", "note": note}
    answer = browser.post(f"{asked.address}/{asked.course}", data=data)
    assert answer.status_code == 422
    check_page(answer)
    assert "was sich geändert hat" in answer.text
    assert note in answer.text
    assert asked.suggestions() == []


def test_what_is_over_becomes_a_suggestion_to_withdraw(asked: Asked, browser: FlaskClient) -> None:
    browser.post(f"{asked.address}/{asked.course}", data={"answer": "vorbei"})
    (suggestion,) = asked.suggestions()
    assert suggestion.changes["status"]["new"] == "withdrawn"
    assert asked.offer().status == "published"


def test_seats_are_taken_over_at_once(asked: Asked, browser: FlaskClient) -> None:
    waiting = asked.offer().has_waiting_list
    data = {"answer": "plaetze", "seats_max": "16", "seats_free": "3"}
    assert browser.post(f"{asked.address}/{asked.course}", data=data).status_code == 303
    offer = asked.offer()
    assert (offer.seats_max, offer.seats_booked, offer.seats_told_on) == (16, 13, TODAY)
    assert offer.has_waiting_list == waiting
    assert offer.seats_told_by


@pytest.mark.parametrize(
    ("most", "free"),
    [("3", "4"), ("-1", "0"), ("", ""), ("viele", "1"), ("²", "1"), ("9999999", "1"), ("3", "1.5")],
    ids=["too many", "negative", "empty", "word", "superscript", "huge", "fraction"],
)
def test_impossible_seats_are_asked_again(
    asked: Asked, browser: FlaskClient, most: str, free: str
) -> None:
    before = asked.offer().seats_max
    data = {"answer": "plaetze", "seats_max": most, "seats_free": free}
    answer = browser.post(f"{asked.address}/{asked.course}", data=data)
    assert answer.status_code == 422
    assert "ganze Zahlen" in answer.text
    assert asked.offer().seats_max == before


def test_another_providers_offer_is_out_of_reach(asked: Asked, browser: FlaskClient) -> None:
    for said in ("stimmt", "geaendert", "vorbei", "plaetze"):
        data = {"answer": said, "note": "x", "seats_max": "5", "seats_free": "1"}
        assert browser.post(f"{asked.address}/{asked.other}", data=data).status_code == 404
    assert asked.verifications() == 0
    assert asked.suggestions() == []


def test_an_unknown_answer_is_refused(asked: Asked, browser: FlaskClient) -> None:
    answer = browser.post(f"{asked.address}/{asked.course}", data={"answer": "alles löschen"})
    assert answer.status_code == 400


def test_protected_offers_are_not_shown(asked: Asked, browser: FlaskClient) -> None:
    with asked.runtime.database.write() as session:
        offer = session.get_one(Offer, asked.course)
        offer.visibility = "protected"
        session.add(offer)
    assert asked.offer().title not in browser.get(asked.address).text
    data = {"answer": "stimmt"}
    assert browser.post(f"{asked.address}/{asked.course}", data=data).status_code == 404


def test_an_entry_that_was_taken_out_comes_back(asked: Asked, browser: FlaskClient) -> None:
    with asked.runtime.database.write() as session:
        change_offer(session, Author("x"), asked.course, {"status": "unconfirmed"}, "freshness")
    assert "zurzeit nicht sichtbar" in browser.get(asked.address).text
    browser.post(asked.address)
    assert asked.offer().status == "published"


def test_links_that_do_not_count_any_more_answer_kindly(asked: Asked, browser: FlaskClient) -> None:
    expired = asked.link(days=-1)
    other_purpose = asked.link(purpose="selection")
    good = asked.address.removeprefix("/bestaetigung/")
    with asked.runtime.database.write() as session:
        revoke_links(session, LINK_PURPOSE, asked.provider)
    forged = good[:-2] + ("aa" if not good.endswith("aa") else "bb")
    for token in (expired, other_purpose, good, forged, "x", "a" * 5000, "ä%00", "..."):
        for answer in (
            browser.get(f"/bestaetigung/{token}"),
            browser.post(f"/bestaetigung/{token}"),
            browser.post(f"/bestaetigung/{token}/{asked.course}", data={"answer": "stimmt"}),
        ):
            assert answer.status_code in {404, 429}, token[:20]
    answer = browser.get("/bestaetigung/x", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    check_page(answer)
    assert "lotsenbuch@demo.example" in answer.text
    assert asked.verifications() == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    place=st.integers(0, 60),
    letter=st.characters(codec="ascii", categories=["L", "N"]),
)
def test_no_changed_letter_opens_anything(asked: Asked, app: Flask, place: int, letter: str) -> None:
    good = asked.address.removeprefix("/bestaetigung/")
    place %= len(good)
    tampered = good[:place] + letter + good[place + 1 :]
    browser = app.test_client(use_cookies=False)
    answer = browser.get(f"/bestaetigung/{tampered}", environ_base={"REMOTE_ADDR": f"10.0.{place}.1"})
    if tampered == good:
        assert answer.status_code == 200
    elif place < len(good) - 1:  # the last letter of the signature holds bits that mean nothing
        assert answer.status_code in {404, 429}


def test_who_tries_many_links_is_slowed_down_alone(asked: Asked, browser: FlaskClient) -> None:
    codes = [browser.get(f"/bestaetigung/falsch{n}").status_code for n in range(30)]
    assert codes[0] == 404
    assert codes[-1] == 429
    assert browser.get(asked.address).status_code == 200


def test_a_link_that_is_hammered_is_slowed_down(asked: Asked, browser: FlaskClient) -> None:
    codes = [browser.post(asked.address).status_code for _ in range(70)]
    assert codes[0] == 303
    assert codes[-1] == 429


def test_a_limit_lets_pass_again_with_time() -> None:
    moment = [0.0]
    limit = RateLimit(2, 10, now=lambda: moment[0])
    assert [limit.allow("a") for _ in range(3)] == [True, True, False]
    assert limit.allow("b")
    moment[0] = 5.1
    assert [limit.allow("a") for _ in range(2)] == [True, False]
