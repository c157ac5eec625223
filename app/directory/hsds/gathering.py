"""Services, and services at locations, as what they are part of: organisations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.directory.hsds.attributes import PREFIX
from app.directory.hsds.json_values import objects_in
from app.directory.hsds.reading import LEFT_OUT


def gather_organizations(entries: Iterable[Any]) -> list[Any]:
    """``entries`` with services put under the organisation that each names, each organisation once.

    Whole organisations, and what is none of these, stay as they are, in their order. The others say
    that more services of theirs may be missing.
    """
    found: list[Any] = []
    gathered: dict[str, dict[str, Any]] = {}
    for entry in entries:
        service = _service_in(entry)
        if service is None:
            found.append(entry)
            continue
        organization = service["organization"]
        key = str(organization.get("id"))
        if key not in gathered:
            mark = {"link_type": PREFIX + LEFT_OUT, "value": "others"}
            attributes = [*objects_in(organization, "attributes"), mark]
            gathered[key] = {**organization, "services": [], "attributes": attributes}
            found.append(gathered[key])
        _add(gathered[key]["services"], {n: v for n, v in service.items() if n != "organization"})
    return found


def _service_in(entry: Any) -> Mapping[str, Any] | None:
    """The service that ``entry`` is or holds, with its organisation; `None`: there is none."""
    if not isinstance(entry, Mapping):
        return None
    service = entry.get("service")
    if isinstance(service, Mapping) and isinstance(entry.get("location"), Mapping):
        at = {name: value for name, value in entry.items() if name != "service"}
        entry = {**service, "service_at_locations": [at]}
    is_service = isinstance(entry.get("organization"), Mapping) and "status" in entry
    return entry if is_service else None


def _add(services: list[dict[str, Any]], service: dict[str, Any]) -> None:
    """A service that is there already is at one location more."""
    for known in services:
        if known.get("id") == service.get("id"):
            both = (objects_in(one, "service_at_locations") for one in (known, service))
            known["service_at_locations"] = [at for some in both for at in some]
            return
    services.append(service)
