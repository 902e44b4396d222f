"""Raygun Crash Reporting: groups of like errors, and what people do about them.

https://raygun.com/documentation/product-guides/crash-reporting/integrations/webhooks/

The address of the group is what its events share. Nothing is signed: put `?token=SECRET` behind the address.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import (
    EXCEPTION,
    KINDS,
    alarm,
    by_problem,
    names_at,
    of_problem,
    place,
    required,
    tail,
)
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

NOTIFICATIONS: Mapping[str, Status] = {
    "NewErrorOccurred": Status.FIRING,
    "ErrorReoccurred": Status.FIRING,
    "OneMinuteFollowUp": Status.INFO,
    "FiveMinuteFollowUp": Status.INFO,
    "TenMinuteFollowUp": Status.INFO,
    "ThirtyMinuteFollowUp": Status.INFO,
    "HourlyFollowUp": Status.INFO,
}
"""A follow-up says how often the error has occurred in the meantime."""
STATES: Mapping[str, Status] = {
    "active": Status.FIRING,
    "resolved": Status.RESOLVED,
    "ignored": Status.RESOLVED,
    "permanentlyignored": Status.RESOLVED,
}
"""Nobody works on what is ignored."""
ACTS: Mapping[str, tuple[str, str]] = {
    "AssignedToUser": ("incident.assigned", "assigned {it} to {whom}"),
    "CommentAdded": ("incident.commented", "commented on {it}"),
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    word, error = payload.at("eventType").text(), payload.at("error")
    if word in ACTS:
        return [_act(payload, *ACTS[word])]
    if word == "StatusChanged":
        state = "".join(line(error, "status").lower().split())
        return [_error(payload, STATES.get(state, Status.UNKNOWN))]
    return [_error(payload, NOTIFICATIONS.get(word, Status.UNKNOWN))]


def _error(payload: Payload, status: Status) -> Event:
    error, event = payload.at("error"), _about(payload, status)
    if status is Status.INFO:
        times = count(error.integer_at("totalOccurrences"), "occurrence")
        users = count(error.integer_at("usersAffected"), "user")
        title = f"{event.subject}{_where(payload)}: {times}, {users} affected"
        event = replace(event, kind="incident.updated", title=title)
    event = replace(
        event,
        text=prose(error, "description"),
        severity=EXCEPTION,
        actor=line(error, "user") or None,
        occurred_at=when(error, "activityDate", "lastOccurredOn"),
    )
    return of_problem(event, _identity(error))


def _act(payload: Payload, kind: str, did: str) -> Event:
    error, event = payload.at("error"), _about(payload, Status.INFO)
    who = line(error, "user") or "Somebody"
    what = did.format(it=event.subject + _where(payload), whom=line(error, "assignedTo") or "somebody")
    event = replace(
        event,
        kind=kind,
        title=f"{who} {what}",
        text=prose(error, "comment"),
        actor=who,
        occurred_at=when(error, "activityDate"),
    )
    return of_problem(event, _identity(error))


def _about(payload: Payload, status: Status) -> Event:
    error = payload.at("error")
    name, tags = line(error, "message") or "(unnamed error)", names_at(error, "instance.tags")
    return replace(
        alarm("raygun", status, name, _where(payload) + tail(error, "user")),
        url=link(error, "url"),
        service=line(payload, "application.name") or None,
        environment=_environment(payload) or None,
        labels=dict.fromkeys(tags, ""),
        fields=_fields(error, tags),
    )


def _environment(payload: Payload) -> str:
    """Raygun has none; people write one as a tag."""
    tags = names_at(payload, "error.instance.tags")
    found = (tag.partition(":") for tag in tags)
    return next((value for name, _, value in found if name.lower() in ("env", "environment")), "")


def _where(payload: Payload) -> str:
    return place(line(payload, "application.name"), _environment(payload))


def _identity(error: Payload) -> str:
    return required(error, "url").partition("?")[0]


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(Payload.from_json(body).at("error"))


def _fields(error: Payload, tags: list[str]) -> tuple[tuple[str, str], ...]:
    found = {
        "Occurrences": line(error, "totalOccurrences"),
        "Users affected": line(error, "usersAffected"),
        "Tags": ", ".join(tags),
    }
    return shown(found)


SOURCE = Source(
    slug="raygun",
    title="Raygun",
    docs="https://raygun.com/documentation/product-guides/crash-reporting/integrations/webhooks/",
    home="alerts",
    secret="env://RAYGUN_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.assigned", "incident.commented", "incident.updated"},
    quiet=frozenset({"incident.updated"}),
    transmission=by_problem(_problem),
)
