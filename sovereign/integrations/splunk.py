"""Splunk: the webhook action of a saved search, with the first row that it found.

https://docs.splunk.com/Documentation/Splunk/latest/Alert/Webhooks

A search only ever says that it found something, so its alert fires and never resolves by itself. Nothing is
signed and no header can be set: put `?token=SECRET` behind the address, and the address on the allow list of
webhooks. Columns named severity, service and environment are read for what they say.
"""

from __future__ import annotations

import re
from datetime import datetime

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import alarm, by_problem, of_problem, place
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

_STARTED = re.compile(r"_at_(?P<seconds>[0-9]{10})(?:_|$)")
"""The number of a scheduled search says when it ran."""
MOST_LABELS = 20


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    sid, row = payload.at("sid").scalar(), payload.get("result")
    name = _name(payload)
    host, app = line(row, "host", "dest"), line(payload, "app")
    severity = line(row, "severity", "urgency", "alert_severity")
    event = replace(
        alarm("splunk", Status.FIRING, name, f" on {host}" if host else place(app)),
        text=prose(row, "message", "_raw"),
        severity=graded(severity),
        url=link(payload, "results_link"),
        service=line(row, "service", "app") or None,
        environment=line(row, "environment", "env") or None,
        labels=_labels(row),
        fields=_fields(payload, row),
        occurred_at=_started(sid),
    )
    search = of_problem(event, app, name)
    # What it found on another host is another alert, in the same thread.
    return [replace(search, fingerprint=of_problem(event, app, name, host).fingerprint)]


def _problem(headers: Headers, body: bytes) -> str:
    payload = Payload.from_json(body)
    return "\n".join((line(payload, "app"), _name(payload)))


def _name(payload: Payload) -> str:
    return line(payload, "search_name") or "(unnamed search)"


def _started(sid: str) -> datetime | None:
    found = _STARTED.search(sid)
    return when(Payload({"at": found["seconds"]}), "at") if found else None


def _labels(row: Payload | None) -> dict[str, str]:
    """The columns of one value, without those that Splunk adds by itself to every row."""
    names = row.keys() if row else []
    own = [name for name in names if not name.startswith(("_", "date_"))]
    return {name: text for name in own[:MOST_LABELS] if (text := _one(row, name))}


def _one(row: Payload | None, name: str) -> str:
    value = row.get(name) if row else None
    return "" if value is None or isinstance(value.raw, list | dict) else value.scalar()


def _fields(payload: Payload, row: Payload | None) -> tuple[tuple[str, str], ...]:
    found = {
        "Host": line(row, "host", "dest"),
        "Count": line(row, "count"),
        "Source": line(row, "source"),
        "Index": line(row, "index"),
        "App": line(payload, "app"),
        "Owner": line(payload, "owner"),
    }
    return shown(found)


SOURCE = Source(
    slug="splunk",
    title="Splunk",
    docs="https://docs.splunk.com/Documentation/Splunk/latest/Alert/Webhooks",
    home="alerts",
    secret="env://SPLUNK_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected"}),
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
