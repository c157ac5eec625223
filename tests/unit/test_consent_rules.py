from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.cases.codes import DATA_CATEGORIES
from app.cases.consent_records import ConsentCreate, Revocation
from app.cases.consent_rules import (
    RELEASE,
    ConsentFact,
    covers,
    giver_on,
    is_in_force,
    last_day,
    standing_on,
    years_later,
)

TODAY = date(2026, 11, 23)
CONTEXT = {"today": TODAY, "birth_date": date(1990, 5, 1)}
PROVIDERS = ("a", "b")
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
data = st.frozensets(st.sampled_from(DATA_CATEGORIES), max_size=6)


@st.composite
def consents(draw: st.DrawFn) -> ConsentFact:
    given_on = draw(days)
    return ConsentFact(
        id=draw(st.uuids()).hex,
        provider_id=draw(st.sampled_from((*PROVIDERS, None))),
        purpose=draw(st.sampled_from(("referral", "referral", "school"))),
        data=draw(data),
        is_release=draw(st.booleans()),
        given_on=given_on,
        valid_until=given_on + timedelta(days=draw(st.integers(0, 400))),
        revoked_on=draw(st.none() | days),
    )


@settings(max_examples=60)
@given(st.lists(consents(), max_size=6), st.sampled_from(PROVIDERS), data, days)
def test_what_is_covered_stands_in_one_consent_in_force(told, provider, wanted, day):
    coverage = covers(told, provider, wanted, day)
    one = coverage.consent
    if coverage.is_covered and wanted:
        assert one is not None
        assert one in told
        assert one.provider_id == provider
        assert one.purpose == "referral"
        assert wanted <= one.data
        assert one.given_on <= day <= one.valid_until
        assert one.revoked_on is None or one.revoked_on > day
        assert "health" not in wanted or one.is_release
    elif wanted:
        assert set(coverage.missing) <= wanted | {RELEASE}
        assert not any(
            c.provider_id == provider
            and c.purpose == "referral"
            and is_in_force(c, day)
            and wanted <= c.data
            and ("health" not in wanted or c.is_release)
            for c in told
        )
    else:
        assert coverage.is_covered


def fact(**values) -> ConsentFact:
    told = {
        "id": "c",
        "provider_id": "a",
        "purpose": "referral",
        "data": frozenset({"name", "phone"}),
        "is_release": False,
        "given_on": TODAY,
        "valid_until": TODAY + timedelta(days=365),
        **values,
    }
    return ConsentFact(**told)


@pytest.mark.parametrize(
    ("consent", "wanted", "missing"),
    [
        (fact(), {"name"}, ()),
        (fact(), {"name", "email"}, ("email",)),
        (fact(provider_id="b"), {"name"}, ("name",)),
        (fact(provider_id=None), {"name"}, ("name",)),
        (fact(purpose="school"), {"name"}, ("name",)),
        (fact(revoked_on=TODAY), {"name"}, ("name",)),
        (fact(revoked_on=TODAY + timedelta(days=1)), {"name"}, ()),
        (fact(valid_until=TODAY), {"name"}, ()),
        (fact(given_on=TODAY + timedelta(days=1)), {"name"}, ("name",)),
        (fact(data=frozenset({"health"})), {"health"}, (RELEASE,)),
        (fact(data=frozenset({"health"}), is_release=True), {"health"}, ()),
    ],
    ids=[
        "covered", "one more", "another provider", "in words", "another purpose", "revoked today",
        "revoked tomorrow", "last day", "not given yet", "health without release", "with release",
    ],
)  # fmt: skip
def test_what_is_missing_is_named(consent, wanted, missing):
    assert covers([consent], "a", wanted, TODAY).missing == missing


def test_several_consents_are_not_pieced_together_and_the_nearest_is_named():
    told = [fact(id="1", data=frozenset({"name"})), fact(id="2", data=frozenset({"phone", "email"}))]
    coverage = covers(told, "a", {"name", "phone", "email"}, TODAY)
    assert coverage.consent is told[1]
    assert coverage.missing == ("name",)


def test_of_those_that_cover_the_longest_is_taken():
    told = [fact(id="1"), fact(id="2", valid_until=TODAY + timedelta(days=700))]
    assert covers(told, "a", {"name"}, TODAY).consent is told[1]


@pytest.mark.parametrize(
    ("born", "giver"),
    [
        (None, "either"),
        (date(2010, 11, 24), "guardian"),
        (date(2010, 11, 23), "either"),
        (date(2008, 11, 24), "either"),
        (date(2008, 11, 23), "client"),
    ],
    ids=["unknown", "15", "16 today", "17", "18 today"],
)
def test_who_consents_goes_by_age(born, giver):
    assert giver_on(born, TODAY) == giver


def test_leap_days_have_birthdays():
    assert giver_on(date(2008, 2, 29), date(2026, 2, 28)) == "either"
    assert giver_on(date(2008, 2, 29), date(2026, 3, 1)) == "client"
    assert years_later(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_a_guardians_consent_ends_before_the_eighteenth_birthday():
    assert last_day(TODAY, "guardian", date(2010, 1, 10)) == date(2028, 1, 9)
    assert last_day(TODAY, "client", date(2010, 1, 10)) == date(2029, 11, 23)
    assert last_day(TODAY, "guardian", None) == date(2029, 11, 23)


@given(days, days, st.none() | days)
def test_revoked_comes_before_expired(day, valid_until, revoked_on):
    standing = standing_on(day, valid_until=valid_until, revoked_on=revoked_on)
    assert (standing == "revoked") == (revoked_on is not None and revoked_on <= day)
    assert standing != "in_force" or day <= valid_until


def typed(**values):
    return {
        "recipient": "Sportverein Mitte",
        "data": ["name"],
        "given_on": "2026-11-20",
        "valid_until": "2027-11-20",
        **values,
    }


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"recipient": "  \x00 "}, "recipient"),
        ({"recipient": "x" * 201}, "recipient"),
        ({"data": []}, "data"),
        ({"data": ["name", "shoe_size"]}, "data"),
        ({"data": ["health"]}, "is_release"),
        ({"given_on": "2026-11-24"}, "given_on"),
        ({"given_on": "1926-11-20"}, "given_on"),
        ({"given_by": "guardian"}, "given_by"),
        ({"given_by": "neighbour"}, "given_by"),
        ({"purpose": "advertising"}, "purpose"),
        ({"valid_until": "2026-11-19"}, "valid_until"),
        ({"valid_until": "2029-11-21"}, "valid_until"),
        ({"language": "<script>"}, "language"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_cannot_be_a_consent_names_its_field(values, field):
    with pytest.raises(ValidationError) as caught:
        ConsentCreate.model_validate(typed(**values), context=CONTEXT)
    assert field in {error["loc"][0] for error in caught.value.errors()}


def test_a_child_needs_the_guardian():
    context = {"today": TODAY, "birth_date": date(2014, 3, 3)}
    with pytest.raises(ValidationError):
        ConsentCreate.model_validate(typed(), context=context)
    data = ConsentCreate.model_validate(typed(given_by="guardian"), context=context)
    assert data.given_by == "guardian"


def test_a_provider_of_the_directory_needs_no_words():
    data = ConsentCreate.model_validate(typed(provider_id="p"), context=CONTEXT)
    assert (data.provider_id, data.recipient) == ("p", "")


def test_nobody_revokes_tomorrow():
    with pytest.raises(ValidationError):
        Revocation.model_validate({"revoked_on": "2026-11-24"}, context=CONTEXT)
