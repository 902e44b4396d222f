"""Datadog: notifications of monitors, in a body that the customer writes.

https://docs.datadoghq.com/integrations/webhooks/

Datadog's own body tells the state of a monitor in its title only, and neither tags nor scope. Set this as
the payload of the webhook; what it leaves out is left out of the message:

    {
      "id": "$ID", "alert_id": "$ALERT_ID", "aggreg_key": "$AGGREG_KEY",
      "title": "$EVENT_TITLE", "body": "$TEXT_ONLY_MSG", "link": "$LINK", "snapshot": "$SNAPSHOT",
      "alert_transition": "$ALERT_TRANSITION", "alert_type": "$ALERT_TYPE",
      "alert_priority": "$ALERT_PRIORITY", "alert_status": "$ALERT_STATUS",
      "scope": "$ALERT_SCOPE", "hostname": "$HOSTNAME", "metric": "$ALERT_METRIC", "tags": "$TAGS",
      "org": {"id": "$ORG_ID", "name": "$ORG_NAME"}, "date": "$DATE", "last_updated": "$LAST_UPDATED"
    }

and as its custom headers {"Authorization": "Bearer SECRET"}; nothing is signed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import (
    KINDS,
    PRIORITIES,
    alarm,
    by_problem,
    names_at,
    of_problem,
    place,
)
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

TRANSITIONS: Mapping[str, Status] = {
    "triggered": Status.FIRING,
    "warn": Status.FIRING,
    "no data": Status.FIRING,
    "renotify": Status.FIRING,
    "recovered": Status.RESOLVED,
    "warn recovered": Status.RESOLVED,
}
"""Each but the recoveries may have `Re-` before it: the monitor says again what it has said."""
_TITLE = re.compile(
    r"(?:\[P[1-5]\]\s*)?\[(?P<state>[A-Za-z -]+?)(?: on (?P<scope>[^\]]+))?\]\s*(?P<name>\S.*)"
)
"""How Datadog writes the state before the name of a monitor, and the group where it has several."""
LONGEST_TITLE = 500
_UNSET = re.compile(r"null|\$[A-Z_]+(?:\[[^\]]*\])?")
"""What stands where Datadog has nothing to put."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    payload.require_object()
    title = line(payload, "title", "alert_title") or "(unnamed monitor)"
    name, word, group = _split(title)
    word = _said(payload, "alert_transition", "transition") or word
    status = TRANSITIONS.get(_plain(word), Status.UNKNOWN) if word else Status.INFO
    labels, text = _labels(payload), prose(payload, "body", "text").replace("%%%", "").strip()
    scope = _said(payload, "scope", "hostname") or group
    service = labels.get("service", "")
    where = f" on {scope}" if scope else place(service or _said(payload, "org.name"))
    event = replace(
        alarm("datadog", status, name, where),
        text="" if _UNSET.fullmatch(text) else text,
        severity=_severity(payload, _plain(word)) if word else Severity.INFO,
        url=link(payload, "link"),
        service=service or None,
        environment=labels.get("env") or None,
        labels=labels,
        fields=_fields(payload, scope),
        occurred_at=when(payload, "date", "last_updated"),
    )
    return [of_problem(event, *_identity(payload, title))]


def _identity(payload: Payload, title: str) -> tuple[str, ...]:
    """The monitor and the group of it, as well as the body tells them."""
    if monitor := _said(payload, "alert_id", "monitor_id"):
        return ("monitor", monitor, _said(payload, "scope", "hostname"))
    if key := _said(payload, "aggreg_key", "alert_cycle_key"):
        return ("key", key)
    name, _, group = _split(title)
    return ("title", name, group)


def _problem(headers: Headers, body: bytes) -> str:
    payload = Payload.from_body(headers, body)
    return "\n".join(_identity(payload, line(payload, "title", "alert_title")))


def _split(title: str) -> tuple[str, str, str]:
    """The name of the monitor, the word for its state and its group, of `[Triggered on {host:a}] Name`."""
    found = _TITLE.fullmatch(title) if len(title) <= LONGEST_TITLE else None
    if found is None or _plain(found["state"]) not in TRANSITIONS:
        return title, "", ""
    return found["name"], found["state"], (found["scope"] or "").strip("{}")


def _plain(word: str) -> str:
    return word.strip().lower().removeprefix("re-")


def _said(payload: Payload, *paths: str) -> str:
    return next((text for path in paths if (text := line(payload, path)) and not _UNSET.fullmatch(text)), "")


def _labels(payload: Payload) -> dict[str, str]:
    tags = [tag for text in names_at(payload, "tags") for tag in text.split(",")]
    pairs = (tag.strip().partition(":") for tag in tags if not _UNSET.fullmatch(tag.strip()))
    return {name: value for name, _, value in pairs if name}


def _severity(payload: Payload, word: str) -> Severity:
    if priority := PRIORITIES.get(_said(payload, "alert_priority", "priority")):
        return priority
    return Severity.MEDIUM if word == "warn" else graded(_said(payload, "alert_type"))


def _fields(payload: Payload, scope: str) -> tuple[tuple[str, str], ...]:
    found = {
        "Where": scope,
        "Status": _said(payload, "alert_status"),
        "Metric": _said(payload, "metric"),
        "Priority": _said(payload, "alert_priority"),
        "Organisation": _said(payload, "org.name"),
        "Snapshot": link(payload, "snapshot") or "",
    }
    return shown(found)


SOURCE = Source(
    slug="datadog",
    title="Datadog",
    docs="https://docs.datadoghq.com/integrations/webhooks/",
    home="alerts",
    secret="env://DATADOG_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling(PRIORITIES, SEVERITIES),
)
