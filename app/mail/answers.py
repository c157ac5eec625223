"""What a mail server's refusal is about: the address, this one mail, or the moment. Pure.

It matters, as a refused address gets no further mail: a relay that does not take our mails, or a filter
that dislikes one, must not make good addresses look dead.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Stage = Literal["recipient", "content"]
"""What had been said before the refusal: the address, or the whole mail."""
Verdict = Literal["address_refused", "mail_refused", "later"]

_PERMANENT: Final = range(500, 600)
_NOT_LET_IN: Final = frozenset({503, 530, 535, 538})
"""Out of order, or a login is asked for (RFC 5321, RFC 4954): the operator's matter."""
_ENHANCED: Final = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})\b")
_SECURITY_OR_POLICY: Final = "7"
_ADDRESS: Final = "1"
_MAILBOX: Final = "2"
_MAILBOX_TAKES_NO_SUCH_SIZE: Final = ("2", "3")
_NO_ONE_ANSWERS: Final = ("4", "1")
"""What some large hosters say of an address that they do not know."""


def judge_refusal(code: int, words: str, stage: Stage) -> Verdict:
    """What to make of the answer ``code words`` (classes of RFC 3463 where the server gives one)."""
    if code not in _PERMANENT:
        return "later"
    found = _ENHANCED.match(words)
    group, detail = found.groups() if found else ("", "")
    if stage == "content":
        return "address_refused" if _is_about_address(group, detail) else "mail_refused"
    if code in _NOT_LET_IN or group == _SECURITY_OR_POLICY:
        return "later"
    return "address_refused"


def _is_about_address(group: str, detail: str) -> bool:
    if (group, detail) == _MAILBOX_TAKES_NO_SUCH_SIZE:
        return False
    return group in {_ADDRESS, _MAILBOX} or (group, detail) == _NO_ONE_ANSWERS
