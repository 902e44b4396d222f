"""Vulnerabilities, and access tokens about to expire: what somebody should act on before it hurts."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._reading import line, link, prose, shown, when, words
from sovereign.integrations._severity import graded
from sovereign.integrations.gitlab._common import Delivery, Readers

STATES: Mapping[str, tuple[str, Status]] = {
    "detected": ("vulnerability.detected", Status.OPEN),
    "confirmed": ("vulnerability.updated", Status.OPEN),
    "resolved": ("vulnerability.resolved", Status.RESOLVED),
    "dismissed": ("vulnerability.resolved", Status.CLOSED),
}
OTHER_STATE = ("vulnerability.updated", Status.UNKNOWN)


def vulnerability(delivery: Delivery) -> Event:
    found = delivery.attributes
    name, state = line(found, "title", "name") or "a vulnerability", line(found, "state")
    kind, status = STATES.get(state, OTHER_STATE)
    grade = line(found, "severity")
    url = link(found, "url")
    known = [one for one in found.list_at("identifiers") if line(one, "external_type") in ("cve", "cwe")]
    fields = {
        "Severity": grade,
        "Identifiers": ", ".join(line(one, "name") for one in known),
        "Package": line(found, "location.dependency.package.name"),
        "File": line(found, "location.file"),
        "Found by": words(line(found, "report_type")),
    }
    did = f"vulnerability {words(state) or 'reported'} in {delivery.place}: {name}"
    return replace(
        delivery.event(kind, did),
        subject=name,
        name=name,
        status=status,
        severity=graded(grade),
        text=prose(found, "description"),
        url=url,
        fields=shown(fields),
        occurred_at=when(found, "updated_at", "created_at"),
        conversation=f"gitlab:{url}" if url else None,
    )


def access_token(delivery: Delivery) -> Event:
    found = delivery.attributes
    name, ends = line(found, "name") or "without a name", line(found, "expires_at")[:10]
    did = f"access token {name} of {delivery.place} expires" + (f" on {ends}" if ends else " soon")
    event = delivery.event("token.expiring", did)
    return replace(event, name=name, severity=Severity.MEDIUM, fields=shown({"Expires": ends}))


READERS: Readers = {"vulnerability": vulnerability, "access_token": access_token}
KINDS = frozenset({"token.expiring", OTHER_STATE[0], *(kind for kind, _ in STATES.values())})
