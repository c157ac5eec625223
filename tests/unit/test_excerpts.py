"""What was left out of a file is not gone when the file comes back."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from app.directory.canonical import canonical
from app.directory.excerpts import CUTS, LeftOut, complete_excerpt
from app.directory.records import ProviderRecord
from tests import directory_records
from tests.contracts.hsds_api import record_with_secrets


@pytest.mark.parametrize("left_out", list(CUTS))
@given(record=directory_records.providers())
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_excerpt_of_an_entry_as_it_is_changes_nothing(
    left_out: LeftOut, record: ProviderRecord
) -> None:
    cut = CUTS[left_out](record)
    assert complete_excerpt(cut, record, left_out) == canonical(record)
    assert CUTS[left_out](cut) == cut


@pytest.mark.parametrize("left_out", ["not_public", "protected"])
@given(before=directory_records.providers(), listed=directory_records.providers())
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_an_excerpt_says_nothing_that_it_held_back_is_lost(
    left_out: LeftOut, before: ProviderRecord, listed: ProviderRecord
) -> None:
    cut = CUTS[left_out]
    whole = complete_excerpt(cut(listed), before, left_out)
    shown = {offer.external_id for offer in cut(before).offers}
    listed_keys = {offer.external_id for offer in cut(listed).offers}
    kept = {offer.external_id for offer in whole.offers}
    hidden = {offer.external_id for offer in before.offers} - shown
    assert kept == hidden | listed_keys


def test_what_the_excerpt_changed_is_taken_over() -> None:
    before = record_with_secrets()
    excerpt = CUTS["not_public"](before)
    (offer,) = excerpt.offers
    changed = offer.model_copy(update={"title": "Neuer Titel", "verified_on": None})
    whole = complete_excerpt(
        excerpt.model_copy(update={"offers": (changed,), "phone": "0711 1"}), before, "not_public"
    )
    kept = next(one for one in whole.offers if one.external_id == "open")
    assert (kept.title, whole.phone) == ("Neuer Titel", "0711 1")
    assert kept.contact_name is not None
    assert kept.verified_by is None  # nobody has confirmed what nobody confirmed
    assert kept.contacts == ("known", "unknown")
    assert len(whole.offers) == len(before.offers)
    assert whole.approach_note == before.approach_note


def test_a_page_of_a_list_says_nothing_of_what_is_not_on_it() -> None:
    before = record_with_secrets()
    excerpt = CUTS["others"](before).model_copy(
        update={"offers": (), "places": (), "contacts": (), "phone": "0711 1"}
    )
    whole = complete_excerpt(excerpt, before, "others")
    assert whole == canonical(before.model_copy(update={"phone": "0711 1"}))


def test_an_offer_that_is_no_longer_listed_is_no_longer_there() -> None:
    before = record_with_secrets()
    excerpt = CUTS["not_public"](before).model_copy(update={"offers": ()})
    whole = complete_excerpt(excerpt, before, "not_public")
    assert "open" not in {offer.external_id for offer in whole.offers}
