"""Security advisories: of the whole world, and of a repository's own maintainers."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import place
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.findings import graded, named
from sovereign.integrations.github.numbered import words

MOST_NAMED = 3
"""Packages that a title names."""


def advisory(delivery: Delivery) -> Event:
    """`security_advisory` speaks of any software in the world, `repository_advisory` of this repository."""
    found = delivery.body.at(delivery.type)
    name = line(found, "ghsa_id", "cve_id")
    if not name:
        raise BadPayload(f"$.{delivery.type}.ghsa_id", "is missing")
    new = delivery.action in ("published", "performed", "reported")
    kind = "advisory.published" if new else "advisory.updated"
    if delivery.type == "repository_advisory":
        kind = "vulnerability.detected" if new else "vulnerability.updated"
    did = f"{words(delivery.action) or 'changed'} security advisory {name}"
    event = delivery.event(kind, f"{did}{place(delivery.repo or _packages(found))}")
    return replace(
        named(event, line(found, "summary")),
        subject=name,
        severity=graded(line(found, "severity")),
        status=Status.OPEN if kind == "vulnerability.detected" else Status.INFO,
        text=prose(found, "description"),
        url=link(found, "html_url") or f"https://github.com/advisories/{name}",
        fields=shown({"CVE": line(found, "cve_id"), "Score": line(found, "cvss.score")}),
        occurred_at=when(found, "updated_at", "published_at"),
        conversation=delivery.thread(f"/advisories/{name}"),
    )


def _packages(found: Payload) -> str:
    """What it is of, where it is of no repository."""
    named = (line(one, "package.name") for one in found.list_at("vulnerabilities"))
    return ", ".join(list(dict.fromkeys(filter(None, named)))[:MOST_NAMED])


READERS: Readers = {"security_advisory": advisory, "repository_advisory": advisory}
KINDS = frozenset(
    {"advisory.published", "advisory.updated", "vulnerability.detected", "vulnerability.updated"}
)
