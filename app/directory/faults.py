"""What is wrong with an entry, in one line for the person who delivered it."""

from __future__ import annotations

from pydantic import ValidationError

_PLAIN = {
    "missing": "is missing",
    "string_too_short": "is missing",
    "extra_forbidden": "is not known",
}


def first_fault(error: ValidationError) -> str:
    """The first fault that validation found, as ``field: what``, without the value itself."""
    fault = error.errors(include_url=False, include_context=True)[0]
    where = ".".join(str(step) for step in fault["loc"])
    if fault["input"] is None:
        what = "is missing"
    elif fault["type"] == "string_too_long":
        what = f"is longer than {fault['ctx']['max_length']} characters"
    else:
        what = _PLAIN.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return " ".join((f"{where}: {what}" if where else what).split())
