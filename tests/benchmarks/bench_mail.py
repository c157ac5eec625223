"""Sending 10,000 mails out of the outbox to a mail server on this machine, each once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from app.mail.sending import send_due
from app.mail.service import draft_mail, write_mail
from app.operations.runtime import Runtime, open_runtime
from app.settings import load_settings
from tests.benchmarks.measuring import BenchRow
from tests.post_office import by_smtp, open_post_office

MAILS = 10_000
TEXT = "Guten Tag,\n\nbitte sehen Sie hier nach: https://lotsenbuch.example/rueckmeldung/abc\n\nDanke!"


def rows() -> Iterator[BenchRow]:
    """Writing them in one transaction each, and sending all."""
    with TemporaryDirectory() as folder, open_post_office() as office:
        runtime = open_runtime(load_settings({"LOTSENBUCH_DATA_DIR": str(Path(folder))}))
        begin = time.perf_counter()
        _write(runtime)
        written = time.perf_counter() - begin
        settings, sent = by_smtp(runtime, office), 0
        begin = time.perf_counter()
        while found := send_due(runtime.database, settings).sent:
            sent += found
        took = time.perf_counter() - begin
        runtime.database.dispose()
        doubles = sum(office.ids().values()) - len(office.ids())
    yield BenchRow(f"mail: {MAILS:,} mails written, 100 in a transaction", written, "s", note="one run")
    yield BenchRow(
        f"mail: {sent:,} mails sent by SMTP, one after the other",
        took,
        "s",
        note=f"one run; {sent / took:,.0f} a second, {doubles} twice; the server's time is in it",
    )


def _write(runtime: Runtime) -> None:
    for begin in range(0, MAILS, 100):
        with runtime.database.write() as session:
            for number in range(begin, begin + 100):
                mail = {
                    "key": f"bench:{number}",
                    "purpose": "reminder",
                    "recipient": f"buero{number}@verein.example",
                    "subject": "Stimmt das noch?",
                    "text": TEXT,
                }
                write_mail(session, draft_mail(**mail))
