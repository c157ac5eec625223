"""What is made of a mail server's refusal."""

from __future__ import annotations

import pytest

from app.mail.answers import Stage, Verdict, judge_refusal


@pytest.mark.parametrize(
    ("code", "words", "stage", "verdict"),
    [
        (550, "5.1.1 no such user", "recipient", "address_refused"),
        (550, "mailbox unavailable", "recipient", "address_refused"),
        (552, "5.2.2 mailbox full", "recipient", "address_refused"),
        (550, "5.4.1 Recipient address rejected", "recipient", "address_refused"),
        (550, "5.4.1 Recipient address rejected", "content", "address_refused"),
        (550, "5.1.1 no such user", "content", "address_refused"),
        (552, "5.2.3 too long", "content", "mail_refused"),
        (554, "looks like an advertisement", "content", "mail_refused"),
        (550, "5.7.1 looks like an advertisement", "content", "mail_refused"),
        (554, "5.7.1 Relay access denied", "recipient", "later"),
        (530, "authentication required", "recipient", "later"),
        (451, "4.7.1 greylisted", "recipient", "later"),
        (452, "4.2.2 mailbox full", "content", "later"),
        (450, "5.1.1 contradicts itself", "recipient", "later"),
    ],
)
def test_a_refusal_is_about_the_address_the_mail_or_the_moment(
    code: int, words: str, stage: Stage, verdict: Verdict
) -> None:
    assert judge_refusal(code, words, stage) == verdict
