"""What the pages of the intake show, and what becomes of a part that is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from app.accounts.permissions import Actor
from app.cases.client_parts import load_values, told_values
from app.cases.field_merging import fingerprint, marks_of, read_marks
from app.cases.levels import LevelLine, list_level_history
from app.cases.models import Client
from app.cases.policy import is_writable_by
from app.cases.queries import (
    CaseHead,
    HouseholdMember,
    fetch_client,
    get_case_head,
    list_household,
    list_interests,
)
from app.cases.service import update_client
from app.core.errors import InvalidInputError
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.directory.provider_lists import list_provider_names
from app.directory.queries import list_accommodations
from app.operations.runtime import Runtime
from app.web.forms.intake import SectionForm
from app.web.forms.intake_filling import add_empty_rows, fill_section
from app.web.forms.intake_reading import SectionInput, read_section
from app.web.forms.problems import list_problems, put_error
from app.web.intake_sections import SECTIONS, Section
from app.web.labels.cases import evidence_label
from app.web.labels.intake import value_words


@dataclass(frozen=True, slots=True)
class Understood:
    """An interest as it was typed, and the topics that it means; none: nobody knows yet."""

    word: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """What a case says, and what may be chosen."""

    values: dict[str, Any]
    choices: dict[str, list[tuple[str, str]]]

    @property
    def names(self) -> dict[str, str]:
        """Id → name of accommodations and benefit authorities."""
        return {key: name for pairs in self.choices.values() for key, name in pairs}


@dataclass(frozen=True, slots=True)
class Intake:
    """A case as the intake shows it."""

    head: CaseHead
    stored: Stored
    household: tuple[HouseholdMember, ...]
    levels: tuple[LevelLine, ...]
    understood: tuple[Understood, ...]


@dataclass
class SectionView:
    """A part as the page shows it."""

    section: Section
    form: SectionForm
    as_read: str
    """The fingerprints that the form carries (`app.cases.field_merging`)."""
    insist: str = ""
    """Those of what somebody else wrote meanwhile: sent back, it is replaced."""
    conflicts: tuple[str, ...] = ()
    weaker: tuple[str, ...] = ()
    """Skills that are proven better than what was typed."""
    was_saved: bool = False
    problems: list[Any] = field(default_factory=list)


def load_intake(session: Session, client_id: str, actor: Actor, runtime: Runtime) -> Intake:
    """Everything the page shows, with an entry in the audit log; raises `NotFoundError`."""
    head = get_case_head(session, client_id, actor)
    return Intake(
        head=head,
        stored=_load_stored(session, head.client),
        household=list_household(session, head.client, actor),
        levels=list_level_history(session, client_id),
        understood=load_understood(session, client_id, runtime),
    )


def _load_stored(session: Session, client: Client) -> Stored:
    values = load_values(session, client)
    values.pop("accessibility_note")  # read one by one, on its own page
    return Stored(
        values,
        {
            "accommodation_id": [(one.id, one.name) for one in list_accommodations(session)],
            "benefit_authority_id": list_provider_names(
                session, "benefit_authority", client.benefit_authority_id
            ),
        },
    )


def load_place_names(session: Session) -> dict[str, str]:
    """Id → name of the accommodations and benefit authorities, for the history of changes."""
    authorities = list_provider_names(session, "benefit_authority")
    return {one.id: one.name for one in list_accommodations(session)} | dict(authorities)


def load_understood(session: Session, client_id: str, runtime: Runtime) -> tuple[Understood, ...]:
    """The interests of a client with the words for their topics."""
    topics: dict[str, list[str]] = {}
    for row in list_interests(session, client_id):
        found = topics.setdefault(row.word, [])
        if row.concept is not None:
            found.append(runtime.taxonomy.label(row.concept, current_language()))
    return tuple(Understood(word, tuple(found)) for word, found in topics.items())


def build_views(intake: Intake, *typed: SectionView) -> list[SectionView]:
    """All parts as they are stored; ``typed``: parts that came back with something to say."""
    instead = {view.section.code: view for view in typed}
    return [instead.get(one.code) or _stored_view(one, intake.stored) for one in SECTIONS]


def _stored_view(section: Section, stored: Stored) -> SectionView:
    form = _build_form(section, stored, None)
    fill_section(section.code, form, stored.values)
    return SectionView(section, form, marks_of({n: stored.values[n] for n in section.names}))


def _build_form(section: Section, stored: Stored, typed: MultiDict[str, str] | None) -> SectionForm:
    form = section.form(typed)
    for name, choices in stored.choices.items():
        if name in form:
            form.offer(name, choices)
    return form


def save_section(
    session: Session,
    actor: Actor,
    client_id: str,
    section: Section,
    typed: MultiDict[str, str],
    runtime: Runtime,
) -> SectionView:
    """Save what can be used of a part; the rest is said beside the fields. Raises `NotFoundError`."""
    stored = _load_stored(session, fetch_client(session, client_id, is_writable_by(actor)))
    form = _build_form(section, stored, typed)
    told = read_section(section.code, form, stored.values, runtime.today)
    as_read = read_marks(typed.get("as_read", ""))
    try:
        with session.begin_nested():
            change = update_client(
                session,
                actor,
                client_id,
                told.data,
                as_read | read_marks(typed.get("insist", "")),
                taxonomy=runtime.taxonomy,
                today=runtime.today,
            )
    except InvalidInputError as error:
        put_error(form[error.field], str(error))
        return _typed_view(section, form, as_read)
    skipped = {*change.conflicts, *change.weaker}
    new = {n: fingerprint(v) for n, v in told_values(told.data).items() if n not in skipped}
    view = _typed_view(section, form, as_read | new)
    view.conflicts = change.conflicts
    view.weaker = tuple(name.removeprefix("level_") for name in change.weaker)
    view.was_saved = True
    view.insist = marks_of({name: stored.values[name] for name in change.conflicts})
    for name in change.conflicts:
        put_error(_field_of(name, form, told), _conflict_words(name, stored))
    for name in change.weaker:
        put_error(form[name], _weaker_words(stored.values[name]))
    view.problems = list_problems(form)
    return view


def _typed_view(section: Section, form: SectionForm, marks: Mapping[str, str]) -> SectionView:
    as_read = " ".join(f"{name}:{mark}" for name, mark in sorted(marks.items()))
    return SectionView(section, form, as_read, problems=list_problems(form))


def show_again(view: SectionView) -> SectionView:
    """The part for a page that shows what was typed, with room for more."""
    add_empty_rows(view.form)
    return view


def _field_of(name: str, form: SectionForm, told: SectionInput) -> Any:
    source = told.sources[name] if name in told.sources else form[name]
    return source[0] if isinstance(source, list) else source


def _conflict_words(name: str, stored: Stored) -> str:
    words = value_words(name, stored.values[name], stored.names)
    return _(
        "Somebody else has entered “%(words)s” here in the meantime. What you typed is not saved yet.",
        words=words,
    )


def _weaker_words(known: Mapping[str, Any] | None) -> str:
    if known is None:
        return _("Better proof is known.")
    evidence = evidence_label(known["evidence"]) if known.get("evidence") else _("unknown")
    if known.get("known_on"):
        day = value_words("birth_date", known["known_on"])
        evidence = _("%(evidence)s of %(day)s", evidence=evidence, day=day)
    return _(
        "%(level)s is known by better proof (%(evidence)s). It was kept.",
        level=known["level"],
        evidence=evidence,
    )
