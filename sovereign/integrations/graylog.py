"""Graylog: events of event definitions by HTTP notification, and the alarm callbacks of version 2.

https://go2docs.graylog.org/current/interacting_with_your_log_data/notifications.html

An event definition only ever says that it found something, so its alert fires and never resolves
by itself; an event that is no alert is reported. Nothing is signed: the custom HTTP notification
takes an `Authorization` header, the plain one basic authorization or `?token=SECRET` behind the
address.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

PRIORITIES: Mapping[str, Severity] = {
    "1": Severity.LOW,
    "2": Severity.MEDIUM,
    "3": Severity.HIGH,
    "4": Severity.CRITICAL,
}
MOST_LINES = 5
"""Messages of the backlog that are shown."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    if payload.get("check_result") is not None:
        return [_of_callback(payload, payload.at("check_result"))]
    found = payload.at("event")
    name = line(payload, "event_definition_title") or line(found, "message") or "(unnamed event)"
    alert = found.get("alert") is None or found.flag("alert")
    source, key = line(found, "source"), line(found, "key")
    status = Status.FIRING if alert else Status.INFO
    where = f" for {key}" if key else f" on {source}" if source else ""
    event = replace(
        alarm("graylog", status, name, where, line(found, "message").removeprefix(name).lstrip(": ")),
        text=_text(payload.list_at("backlog")),
        severity=PRIORITIES.get(line(found, "priority"), Severity.UNKNOWN),
        fields=_fields(payload, found),
        occurred_at=when(found, "timestamp"),
    )
    return [of_problem(event, *_identity(payload))]


def _of_callback(payload: Payload, found: Payload) -> Event:
    stream = line(payload, "stream.title")
    name = line(found, "triggered_condition.title") or stream or "(unnamed condition)"
    event = replace(
        alarm("graylog", Status.FIRING, name, place(stream), line(found, "result_description")),
        text=_text(found.list_at("matching_messages")),
        fields=shown({"Stream": stream}),
        occurred_at=when(found, "triggered_at"),
    )
    return of_problem(event, *_identity(payload))


def _identity(payload: Payload) -> tuple[str, ...]:
    """The definition, and the group that it was found in."""
    if payload.get("check_result") is not None:
        condition = line(payload, "check_result.triggered_condition.id")
        return (line(payload, "stream.id"), condition or required(payload, "stream.title"))
    definition = required(
        payload, "event_definition_id", "event.event_definition_id", "event_definition_title"
    )
    return definition, line(payload, "event.key")


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(_identity(Payload.from_json(body)))


def _text(messages: list[Payload]) -> str:
    lines = (" ".join(filter(None, (line(one, "source"), line(one, "message")))) for one in messages)
    return "\n".join(list(filter(None, lines))[:MOST_LINES])


def _fields(payload: Payload, found: Payload) -> tuple[tuple[str, str], ...]:
    said = line(payload, "event_definition_description")
    told = {
        "Group": line(found, "key"),
        "Source": line(found, "source"),
        "Query": line(found, "replay_info.query"),
        "Description": said if said != "." else "",
    }
    return shown(told)


SOURCE = Source(
    slug="graylog",
    title="Graylog",
    docs="https://go2docs.graylog.org/current/interacting_with_your_log_data/notifications.html",
    home="alerts",
    secret="env://GRAYLOG_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected", "incident.reported"}),
    transmission=by_problem(_problem),
    urgent=telling(PRIORITIES),
)
