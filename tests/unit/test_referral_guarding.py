from datetime import UTC, datetime
from typing import Any

import pytest

from app.directory.table_loading import OfferRow, build_offer_table
from app.referrals.guarding import find_alike
from app.referrals.queries import ReferralLine

MONDAY, TUESDAY = (1, 540, 600), (2, 540, 600)


def _offer(offer_id: str, kind: str, *sessions: tuple[int, int, int]) -> OfferRow:
    return OfferRow(
        offer_id=offer_id,
        external_id=offer_id,
        title=offer_id,
        provider_id="provider",
        provider_name="Provider",
        kind=kind,
        sessions=sessions,
    )


TABLE = build_offer_table(
    [
        _offer("course", "language_course", MONDAY, TUESDAY),
        _offer("same hours", "language_course", (2, 570, 660)),
        _offer("right after", "language_course", (1, 600, 660)),
        _offer("club", "club", MONDAY),
        _offer("hours unknown", "language_course"),
    ]
)


def _line(offer_id: str | None, state: str = "sent") -> ReferralLine:
    values: dict[str, Any] = dict.fromkeys(ReferralLine.__dataclass_fields__)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    told = {"id": f"to {offer_id}", "offer_id": offer_id, "state": state, "created_at": now}
    return ReferralLine(**values | told)


@pytest.mark.parametrize(
    ("other", "is_alike"),
    [
        ("same hours", True),
        ("right after", False),
        ("club", False),
        ("hours unknown", False),
        ("course", False),
    ],
)
def test_what_is_of_the_same_kind_at_the_same_hours_is_named(other: str, is_alike: bool):
    assert bool(find_alike(TABLE, "course", [_line(other)])) == is_alike


def test_what_came_to_its_end_is_confidential_or_gone_is_not():
    lines = [_line("same hours", "rejected"), _line(None), _line("no longer there")]
    assert find_alike(TABLE, "course", lines) == ()
    assert find_alike(TABLE, "no longer there", [_line("same hours")]) == ()
