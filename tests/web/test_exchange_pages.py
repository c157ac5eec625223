"""Importing and exporting in the browser."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import func, select
from werkzeug.test import TestResponse

from app.core.clock import utc_now
from app.core.errors import NotFoundError
from app.directory.entry_records import to_record
from app.directory.history import list_revisions
from app.directory.models import Offer, Provider
from app.operations.runtime import Runtime
from app.operations.uploads import KEPT_FOR, MAX_FILE_BYTES, MAX_PER_PERSON, Uploads, new_upload
from app.web.runtime import EXTENSION
from tests.web.conftest import SignIn, check_page, token_of

CLUBS = (
    "uri,name,categories,plz,ort,strasse,nr,ortsteil,homepage\n"
    "u:1,Ruderverein Testtal,Musik,04109,Leipzig,Hauptweg,1,,\n"
    "u:2,,Musik,04109,Leipzig,,,,\n"
)


def runtime_of(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions[EXTENSION]
    return runtime


@pytest.fixture
def editor(sign_in: SignIn) -> FlaskClient:
    return sign_in("directory_editor")


def send(browser: FlaskClient, data: bytes | str, name: str, **fields: str) -> TestResponse:
    content = data.encode() if isinstance(data, str) else data
    token = token_of(browser.get("/pflege/import"))
    form = {"csrf_token": token, "file": (io.BytesIO(content), name)} | fields
    return browser.post("/pflege/import", data=form, content_type="multipart/form-data")


def report_of(browser: FlaskClient, answer: TestResponse) -> TestResponse:
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200
    check_page(page)
    return page


def take_over(browser: FlaskClient, page: TestResponse, **fields: str) -> TestResponse:
    as_shown = re.search(r'name="as_shown" value="(\w+)"', page.text)
    assert as_shown
    data = {"csrf_token": token_of(page), "as_shown": as_shown.group(1)} | fields
    return browser.post(page.request.path, data=data)


def table_rows(browser: FlaskClient) -> list[dict[str, str]]:
    answer = browser.get("/pflege/export/verzeichnis.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def as_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def count(app: Flask, name: str) -> int:
    with runtime_of(app).database.read() as session:
        return session.exec(select(func.count()).where(Provider.name == name)).one()


def test_a_list_is_checked_first_and_taken_over_once(app: Flask, editor: FlaskClient) -> None:
    page = report_of(editor, send(editor, CLUBS, "vereine.csv"))
    assert "Ruderverein Testtal" in page.text
    assert "Zeile 3:" in page.text
    assert count(app, "Ruderverein Testtal") == 0
    first, second = take_over(editor, page), take_over(editor, page)
    assert (first.status_code, second.status_code) == (303, 303)
    assert count(app, "Ruderverein Testtal") == 1
    done = editor.get(first.headers["Location"])
    check_page(done)
    assert "wurde importiert" in done.text
    assert not list((runtime_of(app).settings.data_dir / "uploads").glob("*.file"))


def test_an_edited_table_shows_field_by_field_what_changes(app: Flask, editor: FlaskClient) -> None:
    rows = table_rows(editor)
    chosen = rows[0]
    chosen |= {"Titel": "Ganz neuer Titel", "Anbieter-Telefon": "+49 711 1234"}
    page = report_of(editor, send(editor, as_csv(rows), "verzeichnis.csv"))
    assert "Ganz neuer Titel" in page.text
    assert "+49 711 1234" in page.text
    assert take_over(editor, page).status_code == 303
    with runtime_of(app).database.read() as session:
        offer = session.get_one(Offer, chosen["Angebots-ID"])
        assert offer.title == "Ganz neuer Titel"
        newest = list_revisions(session, "offer", offer.id)[0]
        assert newest.author.id is not None
        assert to_record(session, offer.provider_id).phone == "+49 711 1234"


def test_what_was_changed_meanwhile_is_shown_again_before_it_is_taken_over(
    app: Flask, editor: FlaskClient, sign_in: SignIn
) -> None:
    rows = table_rows(editor)
    rows[0]["Titel"] = "Titel der einen"
    page = report_of(editor, send(editor, as_csv(rows), "verzeichnis.csv"))
    other = sign_in("directory_editor")
    rows[0]["Titel"] = "Titel der anderen"
    theirs = report_of(other, send(other, as_csv(rows), "verzeichnis.csv"))
    assert take_over(other, theirs).status_code == 303
    late = take_over(editor, page)
    assert late.status_code == 409
    check_page(late)
    assert "inzwischen geändert" in late.text
    assert "Titel der anderen" in late.text
    assert take_over(editor, late).status_code == 303
    with runtime_of(app).database.read() as session:
        assert session.get_one(Offer, rows[0]["Angebots-ID"]).title == "Titel der einen"


@pytest.mark.parametrize("is_wanted", [True, False], ids=["ticked", "not-ticked"])
def test_what_may_be_there_already_is_only_entered_when_ticked(
    app: Flask, editor: FlaskClient, is_wanted: bool
) -> None:
    known = next(row for row in table_rows(editor) if row["Anbieter-Telefon"] and row["PLZ"])
    name = f"{known['Anbieter']} e. V."
    rows = [
        {"Anbieter-ID": "", "Angebots-ID": "", "Anbieter": name, "Anbieter-Art": "Verein"}
        | {"Anbieter-Telefon": known["Anbieter-Telefon"], "Titel": "Nähkurs", "Art": "Treffpunkt"}
        | {name: known[name] for name in ("Straße", "Hausnummer", "PLZ", "Stadt")}
    ]
    page = report_of(editor, send(editor, as_csv(rows), "neu.csv"))
    assert f'href="/anbieter/{known["Anbieter-ID"]}"' in page.text
    found = re.search(r'name="create" value="(\d+)"', page.text)
    assert found
    fields = {"create": found.group(1)} if is_wanted else {}
    done = take_over(editor, page, **fields)
    assert done.status_code == 303
    assert count(app, name) == int(is_wanted)
    assert (name in editor.get(done.headers["Location"]).text) != is_wanted


def test_a_file_belongs_to_who_sent_it_and_can_be_discarded(
    app: Flask, editor: FlaskClient, sign_in: SignIn
) -> None:
    page = report_of(editor, send(editor, CLUBS, "vereine.csv"))
    address = page.request.path
    stranger = sign_in("case_worker")
    assert stranger.get(address).status_code == 404
    token = {"csrf_token": token_of(page)}
    assert editor.post(f"{address}/verwerfen", data=token).status_code == 303
    assert editor.get(address).status_code == 404
    assert editor.post(address, data=token).status_code == 404
    folder = runtime_of(app).settings.data_dir / "uploads"
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "leer.csv", "leer"),
        (b"%PDF-1.7", "liste.csv", "PDF"),
        (b"a;b\n1;2\n", "liste.csv", "Spalten"),
        (b"PK\x03\x04", "liste.xlsx", "ZIP"),
        (b"\xd0\xcf\x11\xe0 old", "liste.xlsx", "altes"),
        (b"{", "liste.json", "JSON"),
        (b"x", "liste.exe", "CSV, Excel"),
        (b"x" * (MAX_FILE_BYTES + 1), "liste.csv", "10 MB"),
    ],
    ids=["empty", "pdf", "columns", "zip", "xls", "json", "ending", "large"],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(
    app: Flask, editor: FlaskClient, data: bytes, name: str, words: str
) -> None:
    answer = send(editor, data, name)
    assert answer.status_code == 422
    check_page(answer)
    assert words in answer.text
    assert not (runtime_of(app).settings.data_dir / "uploads").exists()


def test_no_file_at_all_is_asked_for(editor: FlaskClient) -> None:
    token = token_of(editor.get("/pflege/import"))
    answer = editor.post("/pflege/import", data={"csrf_token": token})
    assert answer.status_code == 422
    assert "Datei" in answer.text


def test_only_this_route_takes_large_files_and_not_without_limit(
    editor: FlaskClient, sign_in: SignIn
) -> None:
    huge = b"x" * (4 * MAX_FILE_BYTES + 1)
    answer = send(editor, huge, "liste.csv")
    assert answer.status_code == 413
    assert "10 MB" in answer.text
    form = {"file": (io.BytesIO(b"x" * 3_000_000), "liste.csv")}
    for browser, address in (
        (editor, "/angebote/x/bearbeiten"),
        (sign_in("case_worker"), "/pflege/import"),
    ):
        refused = browser.post(address, data=dict(form), content_type="multipart/form-data")
        assert refused.status_code in {400, 404, 413}
        form = {"file": (io.BytesIO(b"x" * 3_000_000), "liste.csv")}


def test_a_workbook_comes_back_and_a_search_can_be_exported_alone(editor: FlaskClient) -> None:
    address = "/pflege/export?art=language_course"
    assert address in editor.get("/verzeichnis?art=language_course").text
    page = editor.get(address)
    check_page(page)
    found = re.search(r"(\d+) Angebote? Ihrer Suche", page.text)
    assert found
    answer = editor.get("/pflege/export/verzeichnis.xlsx?art=language_course")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert sheet.max_row - 1 == int(found.group(1))
    report = report_of(editor, send(editor, answer.data, "verzeichnis.xlsx"))
    assert "ändert sich nichts" in report.text
    assert editor.get("/pflege/export/verzeichnis.ods").status_code == 404
    check_page(editor.get("/pflege/export"))


def test_protected_entries_are_exported_only_on_demand(editor: FlaskClient) -> None:
    usual = editor.get("/pflege/export/verzeichnis.csv").data.decode("utf-8-sig")
    whole = editor.get("/pflege/export/verzeichnis.csv?alle=1").data.decode("utf-8-sig")
    assert ";geschützt;" not in usual
    assert ";geschützt;" in whole


def test_an_upload_is_kept_for_an_hour_and_only_a_few_of_them(tmp_path: Path) -> None:
    uploads, now = Uploads(tmp_path / "uploads"), utc_now()
    kept = []
    for number in range(MAX_PER_PERSON + 1):
        upload = new_upload("a", f"{number}.csv", now + timedelta(seconds=number))
        uploads.keep(upload, b"x", now)
        kept.append(upload)
    with pytest.raises(NotFoundError):
        uploads.get(kept[0].token, "a", now)
    assert uploads.get(kept[-1].token, "a", now) == kept[-1]
    for token, owner, moment in (
        (kept[-1].token, "b", now),
        (kept[-1].token, "a", now + 2 * KEPT_FOR),
        ("../../etc/passwd", "a", now),
        ("x" * 43, "a", now),
    ):
        with pytest.raises(NotFoundError):
            uploads.get(token, owner, moment)
    assert uploads.claim(kept[-1])
    assert not uploads.claim(kept[-1])
    uploads.keep(new_upload("b", "later.csv", now + 2 * KEPT_FOR), b"x", now + 2 * KEPT_FOR)
    assert len(list((tmp_path / "uploads").glob("*.about"))) == 1
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "uploads").iterdir())
