"""Airbrake: an error that is new, or has come back after it was resolved.

https://airbrake.io/docs/integrations/webhooks/

Airbrake does not say when an error is resolved, nor how bad it is. Nothing is signed: put `?token=SECRET`
behind the address.
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import EXCEPTION, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    error = payload.at("error")
    says = line(error, "error_message")
    name = line(error, "error_class") or says or "(unnamed error)"
    project, environment = line(error, "project.name"), line(error, "environment")
    event = replace(
        alarm("airbrake", Status.FIRING, name, place(project, environment), says),
        text="\n".join(one.scalar() for one in error.list_at("last_notice", "backtrace")[:5]),
        severity=EXCEPTION,
        url=link(payload, "airbrake_error_url"),
        service=project or None,
        environment=environment or None,
        fields=_fields(error),
        occurred_at=when(error, "last_occurred_at"),
    )
    return [of_problem(event, required(error, "id"))]


def _problem(headers: Headers, body: bytes) -> str:
    return required(Payload.from_json(body), "error.id")


def _fields(error: Payload) -> tuple[tuple[str, str], ...]:
    file, number = line(error, "file"), line(error, "line_number")
    found = {
        "Where": f"{file}:{number}" if file and number else file,
        "Occurrences": line(error, "times_occurred"),
        "Request": line(error, "last_notice.request_url"),
    }
    return shown(found)


SOURCE = Source(
    slug="airbrake",
    title="Airbrake",
    docs="https://airbrake.io/docs/integrations/webhooks/",
    home="alerts",
    secret="env://AIRBRAKE_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected"}),
    transmission=by_problem(_problem),
)
