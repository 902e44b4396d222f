"""Home Assistant: what an automation has to say, by the REST notifier.

https://www.home-assistant.io/integrations/notify.rest/

The notifier sends its title under `title` or `topic` and its words under `message`:

    notify:
      - name: sovereign
        platform: rest
        resource: https://SOVEREIGN/hooks/homeassistant
        method: POST_JSON
        title_param_name: title
        headers:
          Authorization: Bearer SECRET

It is told for itself. With `status` (firing or resolved) and `entity_id` or `alert_id` under
`data`, or beside the rest, it is an alert that fires and resolves; `severity` and `area` are read
there too.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import SEVERITIES, graded, telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "": Status.INFO,
    "firing": Status.FIRING,
    "resolved": Status.RESOLVED,
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    message = required(payload, "message", "title", "topic")
    name = line(payload, "title", "topic") or message
    status = STATES.get(_said(payload, "status").lower(), Status.UNKNOWN)
    event = alarm("homeassistant", status, name, place(_said(payload, "area")), message)
    event = replace(
        event,
        text=prose(payload, "message"),
        severity=Severity.INFO if status is Status.INFO else graded(_said(payload, "severity")),
        url=link(payload, "data.url", "url"),
        service=_said(payload, "entity_id") or None,
        fields=shown({"Entity": _said(payload, "entity_id"), "Area": _said(payload, "area")}),
        occurred_at=when(payload, "data.time", "time"),
    )
    if status is Status.INFO:
        return [event]
    return [of_problem(event, _identity(payload))]


def _said(payload: Payload, name: str) -> str:
    return line(payload, f"data.{name}", name)


def _identity(payload: Payload) -> str:
    return (
        _said(payload, "alert_id")
        or _said(payload, "entity_id")
        or required(payload, "title", "topic", "message")
    )


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(Payload.from_json(body))


SOURCE = Source(
    slug="homeassistant",
    title="Home Assistant",
    docs="https://www.home-assistant.io/integrations/notify.rest/",
    home="alerts",
    secret="env://HOMEASSISTANT_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
    urgent=telling(SEVERITIES),
)
