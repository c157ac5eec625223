"""Which addresses a mail can go to, and how they travel."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.addresses import AddressError, normal_address, wire_address


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("Info@Verein.Example", "Info@verein.example"),
        ("a.b+c_d-e@sub.verein.example", "a.b+c_d-e@sub.verein.example"),
        ("info@MÜLLER.example", "info@xn--mller-kva.example"),
        ("info@mu\u0308ller.example", "info@xn--mller-kva.example"),
        ("info@straße.example", "info@xn--strae-oqa.example"),
        ("info@пример.example", "info@xn--e1afmkfd.example"),
    ],
    ids=["case", "plain", "umlaut", "decomposed", "sharp-s", "cyrillic"],
)
def test_a_domain_travels_in_ascii(address: str, wire: str) -> None:
    assert wire_address(normal_address(address)) == wire


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "@x.example",
        "a@",
        "a@b",
        "a@b..example",
        "a@-b.example",
        "a@b.example.",
        "a..b@x.example",
        ".a@x.example",
        "a(b)@x.example",
        "a[b@x.example",
        '"a b"@x.example',
        "a@b@x.example",
        "a@x.example,b@x.example",
        "büro@x.example",
        "a@[127.0.0.1]",
        "a@x.example\r\nBcc: b@x.example",
        "a\x00@x.example",
        "a" * 65 + "@x.example",
        "a@" + "b" * 64 + ".example",
        "a@" + ".".join(["b" * 60] * 5),
    ],
    ids=lambda text: repr(text[:14]),
)
def test_what_programs_read_in_different_ways_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        normal_address(text)


@given(st.text(max_size=60) | st.from_regex(r"[^@]{1,9}@[^@]{1,9}\.[a-z]{2,3}"))
def test_what_is_taken_reads_back_from_a_head_line_as_it_was_written(text: str) -> None:
    try:
        address = wire_address(normal_address(text))
    except AddressError:
        return
    message = EmailMessage(policy=SMTP)
    message["To"] = address
    (found,) = message["To"].addresses
    assert found.addr_spec == address
    assert address.isascii()
    assert bytes(message).startswith(f"To: {address}\r\n".encode())
    assert normal_address(normal_address(text)) == normal_address(text)
