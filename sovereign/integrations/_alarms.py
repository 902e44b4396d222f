"""What senders of alerts have in common: kinds by state, headlines, what makes two reports one problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import Headers, Transmission, by_body

KINDS = frozenset({"incident.detected", "incident.resolved", "incident.reported"})
_KIND = {Status.FIRING: "incident.detected", Status.RESOLVED: "incident.resolved"}
_STATE = {Status.FIRING: " firing", Status.RESOLVED: " resolved", Status.INFO: ""}

PRIORITIES: Mapping[str, Severity] = {
    "P1": Severity.CRITICAL,
    "P2": Severity.HIGH,
    "P3": Severity.MEDIUM,
    "P4": Severity.LOW,
    "P5": Severity.INFO,
}
"""P1 is the worst wherever such priorities are used."""

LEVELS: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "fatal": Severity.CRITICAL,
    "error": Severity.MEDIUM,
    "warning": Severity.LOW,
    "info": Severity.INFO,
    "debug": Severity.INFO,
}
"""Levels of error trackers. `error` is what every exception gets: it does not call anybody out of bed."""
EXCEPTION = Severity.MEDIUM
"""What an exception counts whose tracker knows no levels."""


def kind_of(status: Status) -> str:
    """What neither fires nor resolves is reported, and told for itself."""
    return _KIND.get(status, "incident.reported")


def headline(name: str, status: Status, place: str = "", says: str = "") -> str:
    """`HighErrorRate firing in shop (prod): 7 % of the checkouts fail`; once resolved, that is over."""
    title = f"{name.rstrip('.') or name}{_STATE.get(status, ' in an unknown state')}{place}"
    return f"{title}: {says}" if says not in ("", name) and status is not Status.RESOLVED else title


def alerts(count: int) -> str:
    """`7 alerts`."""
    return f"{count} alert{'s' if count != 1 else ''}"


def alarm(source: str, status: Status, name: str, place: str = "", says: str = "") -> Event:
    """The bare alert of that name, in that state; nobody has graded it yet."""
    return Event(
        source=source,
        kind=kind_of(status),
        subject=name,
        name=name,
        title=headline(name, status, place, says),
        status=status,
        severity=Severity.UNKNOWN,
    )


def place(where: str, environment: str = "") -> str:
    """` in shop (prod)`, with what of the two is known."""
    named = f" in {where}" if where else ""
    return f"{named} ({environment})" if environment and environment != where else named


def of_problem(event: Event, *identity: str) -> Event:
    """The event as one about the problem that `identity` names, whatever state it is in.

    Only what fires or resolves has a fingerprint, and a state that we do not know no conversation either.
    """
    known = event.status in (Status.FIRING, Status.RESOLVED)
    problem = digest(event.source, *identity)
    return replace(
        event,
        fingerprint=problem if known else None,
        conversation=f"{event.source}:{problem}" if event.status is not Status.UNKNOWN else None,
    )


def by_problem(named: Callable[[Headers, bytes], str]) -> Callable[[Headers, bytes], Transmission]:
    """For senders without a delivery id: the same bytes are a repeat while nothing else was said of the
    problem that `named` finds. It may raise BadPayload, or give nothing."""

    def transmission(headers: Headers, body: bytes) -> Transmission:
        try:
            problem = named(headers, body)
        except BadPayload:
            problem = ""
        return replace(by_body(headers, body), group=digest(problem) if problem else None)

    return transmission


def required(payload: Payload, *paths: str) -> str:
    """The first text at one of these dotted paths; BadPayload where there is none."""
    if text := line(payload, *paths):
        return text
    raise BadPayload(f"$.{paths[0]}", "is missing")


def names_at(payload: Payload | None, *paths: str) -> list[str]:
    """The texts at the first of these dotted paths that has any: of a list, or the only one."""
    for path in paths:
        found = payload.get(*path.split(".")) if payload else None
        if found is None:
            continue
        parts = list(found.each()) if isinstance(found.raw, list) else [found]
        texts = (" ".join(part.scalar().split()) for part in parts if part.raw is not None)
        if said := [text for text in texts if text]:
            return said
    return []


def tail(payload: Payload | None, *paths: str, before: str = " by ") -> str:
    """` by ada` where somebody is named, else nothing."""
    who = line(payload, *paths)
    return f"{before}{who}" if who else ""
