"""Librato and AppOptics: alerts on metrics, which fire with their violations and clear.

https://documentation.solarwinds.com/en/success_center/appoptics/content/kb/alert/notification_services/webhook.htm

The body is a form whose field `payload` holds JSON; JSON alone is read too. Nothing is signed: put
`?token=SECRET` behind the address. What a person triggers as a test is reported, and never fires;
so is a snapshot of a metric that somebody sends.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

CLEARED: Mapping[str, Status] = {
    "normal": Status.RESOLVED,
    "manual": Status.RESOLVED,
    "auto": Status.RESOLVED,
}
MOST_NAMED = 3
"""Sources that a title names, and measurements that a field holds."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _read(headers, body)
    if payload.get("attachments") is not None:
        return [_of_snapshot(one) for one in payload.list_at("attachments")]
    alert = payload.at("alert")
    status, name = _status(payload), line(alert, "name") or "(unnamed alert)"
    found = payload.get("violations")
    sources = [" ".join(source.split()) for source in found.keys()] if found else []  # noqa: SIM118
    where = f" on {', '.join(sources[:MOST_NAMED])}" if sources else place(line(payload, "account"))
    event = replace(
        alarm("librato", status, name, where),
        text=prose(alert, "description"),
        url=link(alert, "runbook_url"),
        service=sources[0] if len(sources) == 1 else None,
        fields=_fields(payload, sources),
        occurred_at=when(payload, "trigger_time"),
    )
    if status is Status.INFO:
        event = replace(event, title=f"Test of the alert {name}{where}", severity=Severity.INFO)
    return [of_problem(event, _identity(payload))]


def _of_snapshot(found: Payload) -> Event:
    """A picture of a metric that somebody sent."""
    what, who = line(found, "title") or "(unnamed metric)", line(found, "author_name")
    return replace(
        alarm("librato", Status.INFO, what),
        title=f"{who or 'Somebody'} sent a snapshot of {what}",
        text=prose(found, "text"),
        severity=Severity.INFO,
        url=link(found, "title_link", "image_url"),
        actor=who or None,
        fields=shown({"Image": link(found, "image_url") or ""}),
    )


def _read(headers: Headers, body: bytes) -> Payload:
    payload = Payload.from_body(headers, body)
    return payload.get("payload") or payload


def _status(payload: Payload) -> Status:
    if cleared := line(payload, "clear"):
        return CLEARED.get(cleared, Status.UNKNOWN)
    if payload.get("violations") is None:
        return Status.UNKNOWN
    return Status.INFO if payload.flag("triggered_by_user_test") else Status.FIRING


def _identity(payload: Payload) -> str:
    return required(payload.at("alert"), "id", "name")


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(_read(headers, body))


def _fields(payload: Payload, sources: list[str]) -> tuple[tuple[str, str], ...]:
    measured = [
        f"{line(one, 'metric')} = {line(one, 'value')}"
        for source in sources
        for one in payload.list_at("violations", source)
    ]
    bounds = [_bound(one) for one in payload.list_at("conditions")]
    found = {
        "Measured": ", ".join(measured[:MOST_NAMED]),
        "Conditions": ", ".join(bounds[:MOST_NAMED]),
        "Runbook": link(payload, "alert.runbook_url") or "",
        "Cleared": line(payload, "clear"),
        "Account": line(payload, "account"),
    }
    return shown(found)


def _bound(condition: Payload) -> str:
    """`above 9 for 300 s`"""
    length = line(condition, "duration")
    said = (line(condition, "type"), line(condition, "threshold"), f"for {length} s" if length else "")
    return " ".join(filter(None, said))


SOURCE = Source(
    slug="librato",
    title="Librato and AppOptics",
    docs="https://documentation.solarwinds.com/en/success_center/appoptics/content/kb/alert/"
    "notification_services/webhook.htm",
    home="alerts",
    secret="env://LIBRATO_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
)
