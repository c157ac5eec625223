"""The forms of several referrals at once: a group to one offer, one client's choices in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from flask import request
from flask_wtf import FlaskForm
from pydantic import ValidationError
from wtforms import HiddenField, StringField, TextAreaField

from app.cases.codes import DATA_CATEGORIES
from app.core.errors import LotsenbuchError
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.operations.referring_together import Part
from app.referrals.preferences import OrderProblem, find_order_problem
from app.referrals.records import ReferralOrder
from app.referrals.service import ConsentMissingError, OfferExcludedError
from app.web.forms.choices import Boxes
from app.web.forms.problems import problem_words, put_error
from app.web.forms.referrals import BY_MAIL, read_day
from app.web.labels.consents import data_label, missing_words
from app.web.referral_panel import ReferralPanel

WAYS: Final = ("signpost", "arranged", BY_MAIL)
_COMMON: Final = frozenset({"follow_up_on", "note", "released", "creation_key"})
_ORDER_PROBLEMS: Final = {
    "too_few": _l("Please choose at least two offers."),
    "too_many": _l("Please choose at most five offers."),
    "twice": _l("Please give each place in the order once."),
    "first_is_later": _l("The first choice is tried now; please leave the others for later."),
    "later_before_now": _l("What waits for later comes after what is tried now."),
}


@dataclass
class Row:
    """A client of the group, or an offer of the order, with what is asked for each."""

    key: str
    """The client's or the offer's id."""
    panel: ReferralPanel
    is_chosen: bool = True
    language: str = "de"
    overrule: bool = False
    seen_rules: tuple[str, ...] = ()
    """Those that stood on the page that was sent."""
    despite_earlier: bool = False
    way: str = "signpost"
    is_now: bool = True
    place: int = 0
    """In the order, from 1."""
    errors: list[str] = field(default_factory=list)
    lacks_consent: bool = False

    def refuse(self, error: LotsenbuchError) -> None:
        """Say why there was no referral."""
        match error:
            case OfferExcludedError():
                words = _("Rules speak against it: please confirm, or leave it out.")
            case ConsentMissingError():
                words = missing_words(error.coverage)
                self.lacks_consent = True
            case _:
                words = str(error)
        self.errors.append(words)


class TogetherForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What holds for all; what is asked for each is read into `Row`."""

    creation_key = HiddenField()
    chosen = Boxes(_l("Who is referred"))
    """Carries the errors about all together; its boxes stand with the people."""
    released = Boxes(_l("The provider gets"))
    follow_up_on = StringField(_l("Ask what came of it on"))
    note = TextAreaField(_l("Note for the case"))
    mode = HiddenField()
    """Of the button that was pressed."""

    def offer_releases(self, panels: Iterable[ReferralPanel]) -> list[str]:
        """List what is known of at least one client; gives back the codes."""
        known = {one.code for panel in panels for one in panel.releases if one.value}
        offered = [code for code in DATA_CATEGORIES if code in known]
        self.released.choices = [(code, data_label(code)) for code in offered]
        return offered

    def read_group(self, panels: Sequence[ReferralPanel]) -> list[Row]:
        """The people as the form has them."""
        chosen = set(request.form.getlist("chosen"))
        overruled = set(request.form.getlist("trotzdem"))
        again = set(request.form.getlist("nochmal"))
        return [
            Row(
                key=panel.client_id,
                panel=panel,
                is_chosen=panel.client_id in chosen,
                language=request.form.get(f"sprache-{panel.client_id}", panel.language),
                overrule=panel.client_id in overruled,
                seen_rules=_seen_rules(panel.client_id),
                despite_earlier=panel.client_id in again,
            )
            for panel in panels
        ]

    def build_group(self, rows: Sequence[Row], most: int, today: date) -> list[Part] | None:
        """One part for each chosen; `None` with the errors beside what is at fault."""
        wanted = [row for row in rows if row.is_chosen]
        if not wanted:
            put_error(self.chosen, _("Please choose at least one person."))
        if len(wanted) > most:
            put_error(self.chosen, _("At most %(num)s people can go together.", num=most))
        by_mail = self.mode.data == BY_MAIL
        mode = "arranged" if by_mail else self.mode.data or "signpost"
        day = read_day(self.follow_up_on)
        found = []
        for row in wanted:
            order = self._order(row, mode, row.language, day, today)
            if order is not None:
                found.append(Part(order, asks_by_mail=by_mail, despite_earlier=row.despite_earlier))
        return self._if_sound(found, rows)

    def read_choices(self, panels: Sequence[ReferralPanel]) -> list[Row]:
        """The offers as the form has them."""
        overruled = set(request.form.getlist("trotzdem"))
        again = set(request.form.getlist("nochmal"))
        now = set(request.form.getlist("jetzt"))
        rows = []
        for panel in panels:
            key = panel.card.id
            way = request.form.get(f"weg-{key}", WAYS[0])
            rows.append(
                Row(
                    key=key,
                    panel=panel,
                    overrule=key in overruled,
                    seen_rules=_seen_rules(key),
                    despite_earlier=key in again,
                    way=way if way in WAYS else WAYS[0],
                    is_now=key in now,
                    place=_number(request.form.get(f"platz-{key}", "")),
                )
            )
        return rows

    def build_choices(self, rows: Sequence[Row], language: str, today: date) -> list[Part] | None:
        """One part for each choice; `None` with the errors beside what is at fault."""
        problem = find_order_problem([row.place for row in rows], [row.is_now for row in rows])
        if problem is not None:
            put_error(self.chosen, order_problem_words(problem))
        day = read_day(self.follow_up_on)
        found = []
        for row in rows:
            by_mail = row.way == BY_MAIL
            mode = "arranged" if by_mail else row.way
            order = self._order(row, mode, language, day if row.is_now else None, today)
            if order is not None:
                found.append(
                    Part(
                        order,
                        preference=row.place,
                        is_later=not row.is_now,
                        asks_by_mail=by_mail,
                        despite_earlier=row.despite_earlier,
                    )
                )
        return self._if_sound(found, rows)

    def refuse(self, rows: Sequence[Row], problems: dict[str, LotsenbuchError], words: str) -> bool:
        """Say beside each row what stands in the way; whether it is a consent somewhere."""
        put_error(self.chosen, words)
        for row in rows:
            if row.key in problems:
                row.refuse(problems[row.key])
        return any(row.lacks_consent for row in rows)

    def _order(
        self, row: Row, mode: str, language: str, follow_up_on: date | None, today: date
    ) -> ReferralOrder | None:
        """What is ordered for the row; `None` with an error beside what is at fault."""
        known = {release.code for release in row.panel.releases if release.value}
        released = [code for code in self.released.data or () if code in known]
        values: dict[str, Any] = {
            "client_id": row.panel.client_id,
            "offer_id": row.panel.card.id,
            "creation_key": self.creation_key.data,
            "mode": mode,
            "released": tuple(released) if mode == "arranged" else (),
            "goal_id": row.panel.goal_for(None) or None,
            "follow_up_on": follow_up_on,
            "sheet_language": language,
            "despite_rules": row.seen_rules if row.overrule else (),
            "note": (self.note.data or "").strip() or None,
        }
        try:
            return ReferralOrder.model_validate(values, context={"today": today})
        except ValidationError as error:
            for problem in error.errors():
                words = problem_words(problem["type"], problem.get("ctx", {}))
                self._put(row, str(problem["loc"][0]), words)
            return None

    def _put(self, row: Row, name: str, words: str) -> None:
        if name not in _COMMON or name == "creation_key":
            row.errors.append(_("Please check the choices."))
        elif not self[name].errors:
            put_error(self[name], words)

    def _if_sound(self, found: list[Part], rows: Sequence[Row]) -> list[Part] | None:
        return None if self.errors or any(row.errors for row in rows) else found


def order_problem_words(problem: OrderProblem) -> str:
    """What is wrong with an order, in a sentence."""
    return str(_ORDER_PROBLEMS[problem])


def preset_releases(panels: Sequence[ReferralPanel], offered: Collection[str]) -> list[str]:
    """What is ticked at first: what a first call needs, as far as all consents cover it."""
    presets = [set(panel.preset) for panel in panels]
    common = set.intersection(*presets) if presets else set()
    return [code for code in offered if code in common]


def _seen_rules(key: str) -> tuple[str, ...]:
    return tuple(request.form.get(f"regeln-{key}", "")[:500].split())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
