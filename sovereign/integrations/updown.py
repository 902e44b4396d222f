"""updown.io: checks that go down and come back, their certificates, and drops of performance.

https://updown.io/api#webhooks

One delivery may hold several events. Nothing is signed: put `?token=SECRET` behind the address. A
check that is down, a certificate that is invalid and one that expires are three problems; a drop
of performance is reported, since no word of its end follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import duration, line, link, seconds, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

EVENTS: Mapping[str, tuple[str, Status]] = {
    "check.down": ("", Status.FIRING),
    "check.still_down": ("", Status.FIRING),
    "check.up": ("", Status.RESOLVED),
    "check.ssl_invalid": ("Invalid certificate of ", Status.FIRING),
    "check.ssl_valid": ("Invalid certificate of ", Status.RESOLVED),
    "check.ssl_expiration": ("Expiring certificate of ", Status.FIRING),
    "check.ssl_renewed": ("Expiring certificate of ", Status.RESOLVED),
    "check.performance_drop": ("Drop of performance of ", Status.INFO),
}
"""What each is about, in words before the check's name, and whether it fires."""

LAST_DAYS = 1
"""How near the end of a certificate must be before somebody is called."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    return [_event(one) for one in _each(payload)]


def _each(payload: Payload) -> list[Payload]:
    return list(payload.each()) if isinstance(payload.raw, list) else [payload]


def _event(found: Payload) -> Event:
    check = found.at("check")
    about, status = EVENTS.get(line(found, "event"), ("", Status.UNKNOWN))
    target = line(check, "url")
    name = f"{about}{line(check, 'alias') or target or '(unnamed check)'}"
    where = f" on {target}" if target and not name.endswith(target) else ""
    event = replace(
        alarm("updown", status, name, where, line(found, "downtime.error", "ssl.error")),
        text=line(found, "description"),
        severity=_severity(found, status),
        url=link(found, "downtime.details_url") or link(check, "url"),
        service=target or None,
        fields=_fields(found, target),
        occurred_at=_moment(found, status),
    )
    return of_problem(event, *_identity(found))


def _severity(found: Payload, status: Status) -> Severity:
    """That a certificate ends in a month is no reason to call anybody."""
    if status is Status.INFO:
        return Severity.INFO
    days = seconds(found, "ssl.days_before_expiration")
    if days is None:
        return Severity.UNKNOWN
    return Severity.HIGH if days <= LAST_DAYS else Severity.LOW


def _identity(found: Payload) -> tuple[str, str]:
    about, _ = EVENTS.get(line(found, "event"), ("", Status.UNKNOWN))
    return required(found.at("check"), "token", "url"), about


def _moment(found: Payload, status: Status) -> datetime | None:
    if moment := when(found, "time"):
        return moment
    return when(found, "downtime.ended_at" if status is Status.RESOLVED else "downtime.started_at")


def _problem(headers: Headers, body: bytes) -> str:
    return "\n".join(sorted("\t".join(_identity(one)) for one in _each(Payload.from_json(body))))


def _fields(found: Payload, target: str) -> tuple[tuple[str, str], ...]:
    uptime, days = line(found, "check.uptime"), line(found, "ssl.days_before_expiration")
    told = {
        "Target": target,
        "Down for": duration(seconds(found, "downtime.duration")),
        "Last status": line(found, "check.last_status"),
        "Uptime": f"{uptime} %" if uptime else "",
        "Expires in": f"{days} days" if days else "",
        "Apdex dropped by": line(found, "apdex_dropped"),
    }
    return shown(told)


SOURCE = Source(
    slug="updown",
    title="updown.io",
    docs="https://updown.io/api#webhooks",
    home="alerts",
    secret="env://UPDOWN_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=by_problem(_problem),
)
