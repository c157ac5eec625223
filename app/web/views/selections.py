"""What a person collects: favourites and selections; printing, mailing and sharing a selection."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.clock import utc_now
from app.core.errors import InvalidInputError
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.secrets import session_secret
from app.directory.favourites import list_favourites, set_favourite
from app.directory.queries import load_offer_cards
from app.directory.selections import (
    MOST_OFFERS,
    SelectionWords,
    add_offers,
    create_selection,
    delete_selection,
    get_selection,
    list_selections,
    move_offer,
    remove_offer,
    rename_selection,
)
from app.links.service import create_link, is_open, list_links, revoke_link, revoke_links, token_of
from app.mail.queries import get_mail
from app.mail.service import withdraw_mail
from app.operations.selection_lists import build_snapshots, load_all, load_printable, load_public
from app.operations.selection_mails import (
    TooManyMailsError,
    mail_selection,
)
from app.printouts.listing import build_listing
from app.printouts.pdf import render_listing
from app.web.access import current_actor, permission
from app.web.forms.selections import LINK_DAYS, SelectionForm, SelectionMailForm
from app.web.forms.sheets import read_print_wishes
from app.web.own_paths import own_path
from app.web.runtime import current_runtime

blueprint = Blueprint("selections", __name__)

LINK_PURPOSE: Final = "selection"
Page = str | Response | tuple[str, int]


@blueprint.post("/angebote/<offer_id>/merken")
@permission("directory:read")
def keep(offer_id: str) -> Response:
    """Make an offer a favourite, or no favourite any more; back to where one was."""
    wanted = request.form.get("merken") == "1"
    with current_runtime().database.write() as session:
        set_favourite(session, current_actor().id, offer_id, is_favourite=wanted)
    target = own_path(request.form.get("next")) or url_for("directory.offer", offer_id=offer_id)
    return redirect(target, 303)


@blueprint.get("/merkliste")
@permission("directory:read")
def favourites() -> str:
    """The offers one wants at hand."""
    actor = current_actor()
    with current_runtime().database.read() as session:
        cards = load_offer_cards(session, list_favourites(session, actor.id))
        own = list_selections(session, actor.id)
    return render_template(
        "selections/favourites.html",
        cards=tuple(cards.values()),
        favourites=set(cards),
        selections=own,
    )


@blueprint.get("/auswahl")
@permission("directory:read")
def selections() -> str:
    """One's own selections."""
    with current_runtime().database.read() as session:
        own = list_selections(session, current_actor().id)
    return render_template("selections/list.html", selections=own, form=SelectionForm())


@blueprint.post("/auswahl")
@permission("directory:read")
def create() -> Page:
    """A new selection without offers."""
    form = SelectionForm()
    actor = current_actor()
    if not form.validate_on_submit():
        with current_runtime().database.read() as session:
            own = list_selections(session, actor.id)
        return render_template("selections/list.html", selections=own, form=form), 422
    with current_runtime().database.write() as session:
        created = create_selection(session, actor.id, _words_of(form))
    return redirect(url_for(".selection", selection_id=created.id), 303)


@blueprint.post("/auswahl/sammeln")
@permission("directory:read")
def collect() -> Response:
    """Put the chosen offers into a selection, a new one when a title is given."""
    offer_ids = request.form.getlist("angebot")
    title = request.form.get("titel", "").strip()[:200]
    chosen = request.form.get("auswahl", "")
    back = own_path(request.form.get("next")) or url_for(".selections")
    if not offer_ids or not (title or chosen):
        flash(_("Please choose offers, and a selection or a title for a new one."), "warning")
        return redirect(back, 303)
    owner = current_actor().id
    try:
        with current_runtime().database.write() as session:
            if title:
                chosen = create_selection(session, owner, SelectionWords(title=title)).id
            added = add_offers(session, owner, chosen, offer_ids)
    except InvalidInputError:
        words = _("A selection holds %(most)s offers at most.", most=MOST_OFFERS)
        flash(words, "warning")
        return redirect(back, 303)
    flash(
        ngettext("%(num)s offer was added.", "%(num)s offers were added.", added)
        if added
        else _("All of them were in it already."),
        "success",
    )
    return redirect(url_for(".selection", selection_id=chosen), 303)


@blueprint.get("/auswahl/<selection_id>")
@permission("directory:read")
def selection(selection_id: str) -> str:
    """One selection with all that can be done with it."""
    return _show(selection_id)


@blueprint.post("/auswahl/<selection_id>")
@permission("directory:read")
def rename(selection_id: str) -> Page:
    """Change title and note."""
    form = SelectionForm()
    if not form.validate_on_submit():
        return _show(selection_id, form=form), 422
    with current_runtime().database.write() as session:
        rename_selection(session, current_actor().id, selection_id, _words_of(form))
    flash(_("Saved."), "success")
    return _back(selection_id)


@blueprint.post("/auswahl/<selection_id>/loeschen")
@permission("directory:read")
def delete(selection_id: str) -> Response:
    """Delete the selection; its links lead nowhere then."""
    with current_runtime().database.write() as session:
        delete_selection(session, current_actor().id, selection_id)
        revoke_links(session, LINK_PURPOSE, selection_id)
    flash(_("The selection was deleted."), "success")
    return redirect(url_for(".selections"), 303)


@blueprint.post("/auswahl/<selection_id>/angebote/<offer_id>")
@permission("directory:read")
def arrange(selection_id: str, offer_id: str) -> Response:
    """Move an offer up or down, or take it out."""
    owner = current_actor().id
    with current_runtime().database.write() as session:
        match request.form.get("wohin"):
            case "hoch":
                move_offer(session, owner, selection_id, offer_id, "up")
            case "runter":
                move_offer(session, owner, selection_id, offer_id, "down")
            case "heraus":
                remove_offer(session, owner, selection_id, offer_id)
            case _:
                abort(400)
    return _back(selection_id)


@blueprint.get("/auswahl/<selection_id>/liste.pdf")
@permission("directory:read")
def listing(selection_id: str) -> Response:
    """The list as PDF, in German and the chosen language."""
    runtime = current_runtime()
    wishes = read_print_wishes(request.args, None)
    with runtime.database.read() as session:
        chosen = get_selection(session, current_actor().id, selection_id)
        pages = load_printable(session, selection_id).shown
    if not pages:
        flash(_("There is nothing in this selection that can be printed."), "warning")
        return _back(selection_id)
    snapshots = build_snapshots(pages, runtime.holidays, runtime.today)
    content = build_listing(chosen.title, chosen.note, snapshots, wishes.language, runtime.today)
    answer = make_response(render_listing(content, wishes.paper))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = 'inline; filename="liste.pdf"'
    return answer


@blueprint.post("/auswahl/<selection_id>/teilen")
@permission("directory:read")
def share(selection_id: str) -> Response:
    """A link that needs no account and expires."""
    days = request.form.get("tage", type=int)
    if days not in LINK_DAYS:
        abort(400)
    runtime, owner = current_runtime(), current_actor().id
    with runtime.database.write() as session:
        get_selection(session, owner, selection_id)
        create_link(
            session,
            session_secret(runtime.settings),
            LINK_PURPOSE,
            selection_id,
            utc_now() + timedelta(days=days),
            owner,
        )
    flash(_("The link was made. Whoever has it sees the public offers of this selection."), "success")
    return _back(selection_id)


@blueprint.post("/auswahl/<selection_id>/links/<link_id>/schliessen")
@permission("directory:read")
def close_link(selection_id: str, link_id: str) -> Response:
    """Let a link lead nowhere from now on."""
    with current_runtime().database.write() as session:
        get_selection(session, current_actor().id, selection_id)
        known = {link.id for link in list_links(session, LINK_PURPOSE, selection_id)}
        if link_id not in known:
            abort(404)
        revoke_link(session, link_id)
    flash(_("The link is closed."), "success")
    return _back(selection_id)


@blueprint.post("/auswahl/<selection_id>/mailen")
@permission("directory:read")
def mail(selection_id: str) -> Page:
    """Send the list to an address; it can be taken back for ten minutes."""
    form = SelectionMailForm()
    if not form.validate_on_submit():
        return _show(selection_id, mail_form=form), 422
    runtime, actor = current_runtime(), current_actor()
    try:
        with runtime.database.write() as session:
            chosen = get_selection(session, actor.id, selection_id)
            mail_id = mail_selection(
                session, runtime, actor, chosen, (form.recipient.data or "").strip()
            )
    except TooManyMailsError:
        words = _("That was enough mails for today. Please print the list or share the link.")
        form.recipient.errors = [words]
        return _show(selection_id, mail_form=form), 422
    except InvalidInputError:
        form.recipient.errors = [_("This is not an e-mail address.")]
        return _show(selection_id, mail_form=form), 422
    flash(_("The mail goes out in ten minutes; until then it can be taken back."), "success")
    return redirect(url_for(".selection", selection_id=selection_id, mail=mail_id), 303)


@blueprint.post("/auswahl/<selection_id>/mail/<mail_id>/zurueckholen")
@permission("directory:read")
def take_back(selection_id: str, mail_id: str) -> Response:
    """Take a mail back that was not sent yet."""
    with current_runtime().database.write() as session:
        get_selection(session, current_actor().id, selection_id)
        if get_mail(session, mail_id).subject_id != selection_id:
            abort(404)
        in_time = withdraw_mail(session, mail_id)
    if in_time:
        flash(_("The mail was taken back."), "success")
    else:
        flash(_("It was too late: the mail is on its way or was taken back before."), "warning")
    return _back(selection_id)


def _words_of(form: SelectionForm) -> SelectionWords:
    return SelectionWords(title=form.title.data or "", note=form.note.data or "")


def _back(selection_id: str) -> Response:
    return redirect(url_for(".selection", selection_id=selection_id), 303)


def _show(
    selection_id: str,
    *,
    form: SelectionForm | None = None,
    mail_form: SelectionMailForm | None = None,
) -> str:
    runtime, owner, now = current_runtime(), current_actor().id, utc_now()
    secret = session_secret(runtime.settings)
    with runtime.database.read() as session:
        chosen = get_selection(session, owner, selection_id)
        pages = load_all(session, selection_id)
        cards = load_offer_cards(session, [page.offer.id for page in pages])
        unprinted = {page.offer.id for page in load_printable(session, selection_id).kept_back}
        unshared = {page.offer.id for page in load_public(session, selection_id).kept_back}
        links = [
            (link, f"{runtime.settings.public_url}/geteilt/{token_of(secret, link)}")
            for link in list_links(session, LINK_PURPOSE, selection_id)
            if is_open(link, now)
        ]
    return render_template(
        "selections/show.html",
        selection=chosen,
        cards=tuple(cards.values()),
        unprinted=unprinted,
        unshared=unshared,
        links=links,
        form=form or SelectionForm(formdata=None, title=chosen.title, note=chosen.note),
        mail_form=mail_form or SelectionMailForm(formdata=None),
        days=LINK_DAYS,
        mail_id=request.args.get("mail", ""),
    )
