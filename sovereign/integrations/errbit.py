"""Errbit: a problem, whenever its application asks to be told of it.

https://github.com/errbit/errbit/blob/main/app/models/notification_services/webhook_service.rb

Errbit posts the record of the problem: as a form whose field `problem` holds JSON, or as JSON around
the same, by version. It does not say how bad a problem is, and tells nobody when one is resolved.
Nothing is signed: put `?token=SECRET` behind the address.
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
    problem = _read(headers, body)
    status = Status.RESOLVED if problem.flag("resolved") else Status.FIRING
    says = line(problem, "message")
    name = line(problem, "error_class") or says or "(unnamed problem)"
    app, environment = line(problem, "app_name"), line(problem, "environment")
    event = replace(
        alarm("errbit", status, name, place(app, environment), says),
        severity=EXCEPTION,
        url=link(problem, "url"),
        service=app or None,
        environment=environment or None,
        fields=_fields(problem),
        occurred_at=when(problem, "resolved_at" if status is Status.RESOLVED else "last_notice_at"),
    )
    return [of_problem(event, _identity(problem))]


def _read(headers: Headers, body: bytes) -> Payload:
    payload = Payload.from_body(headers, body, field="problem")
    inner = payload.get("problem")
    if inner and isinstance(inner.raw, str):
        return Payload.from_json(inner.text().encode())
    return inner or payload


def _identity(problem: Payload) -> str:
    found = problem.get("_id")
    return required(problem, "_id.$oid" if found and isinstance(found.raw, dict) else "_id", "id")


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(_read(headers, body))


def _fields(problem: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "Where": line(problem, "where"),
        "Occurrences": line(problem, "notices_count"),
        "Issue": link(problem, "issue_link") or "",
    }
    return shown(found)


SOURCE = Source(
    slug="errbit",
    title="Errbit",
    docs="https://github.com/errbit/errbit",
    home="alerts",
    secret="env://ERRBIT_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected", "incident.resolved"}),
    transmission=by_problem(_problem),
)
