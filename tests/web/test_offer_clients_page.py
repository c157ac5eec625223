"""The page that tells whom an offer suits."""

from __future__ import annotations

from sqlmodel import col, select

from app.audit.models import AuditEntry
from app.directory.models import Offer
from app.operations.runtime import Runtime
from tests.web.conftest import SignIn, check_page


def _offer(demo: Runtime, *conditions: object) -> str:
    with demo.database.read() as session:
        return session.exec(
            select(Offer.id).where(col(Offer.status) == "published", *conditions).limit(1)
        ).one()


def _listings(demo: Runtime) -> int:
    with demo.database.read() as session:
        entries = select(AuditEntry.action).where(AuditEntry.action == "client.list")
        return len(session.exec(entries).all())


def test_the_offer_leads_to_those_whom_it_suits(sign_in: SignIn, demo: Runtime) -> None:
    offer_id = _offer(demo, Offer.kind == "counselling", col(Offer.is_sensitive).is_(False))
    worker = sign_in("case_worker")
    address = f"/angebote/{offer_id}/wer-passt"
    assert address in worker.get(f"/angebote/{offer_id}").text
    assert _listings(demo) == 0
    page = worker.get(address)
    assert _listings(demo) == 1
    check_page(page)
    assert "Warum es passt" in page.text
    assert "/verweisen/" in page.text
    for filtered in ("?stand=passend", "?stand=zu-klaeren", "?stand=x", "?seite=99999"):
        check_page(worker.get(address + filtered))


def test_of_a_sensitive_or_unpublished_offer_nobody_is_listed(sign_in: SignIn, demo: Runtime) -> None:
    worker = sign_in("case_worker")
    sensitive = worker.get(f"/angebote/{_offer(demo, col(Offer.is_sensitive))}/wer-passt")
    check_page(sensitive)
    assert "Keine Liste für dieses Angebot" in sensitive.text
    assert "/faelle/" not in sensitive.text.split("<main")[1]
    assert worker.get("/angebote/gibt-es-nicht/wer-passt").status_code == 404
    assert sign_in("directory_editor").get("/angebote/x/wer-passt").status_code in {403, 404}
