"""Rollbar: items (groups of like errors), what becomes of them, and deploys.

https://docs.rollbar.com/docs/webhooks

Rollbar names a project by its number. It signs nothing: put `?token=SECRET` behind the address. The
token of its agents, which bodies carry, is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, LEVELS, alarm, by_problem, of_problem, place
from sovereign.integrations._inside import without
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

EVENTS: Mapping[str, Status] = {
    "new_item": Status.FIRING,
    "occurrence": Status.FIRING,
    "item_velocity": Status.FIRING,
    "reactivated_item": Status.FIRING,
    "reopened_item": Status.FIRING,
    "resolved_item": Status.RESOLVED,
}
NUMBERED: Mapping[str, Severity] = {
    "50": Severity.CRITICAL,
    "40": LEVELS["error"],
    "30": LEVELS["warning"],
    "20": Severity.INFO,
    "10": Severity.INFO,
}
"""How an item spells its level; its occurrences use the words."""
LAST = "last_occurrence_timestamp"
MOMENTS = {Status.FIRING: ("last_activated_timestamp", LAST), Status.RESOLVED: ()}
"""An item is active from one moment on, however often it occurs. When it was resolved, Rollbar keeps back."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    word = payload.at("event_name").text()
    if word == "deploy":
        return [_deploy(payload.at("data", "deploy"))]
    if word == "exp_repeat_item":
        return [_milestone(payload)]
    return [_item(payload, word)]


def _item(payload: Payload, word: str) -> Event:
    status, severity = EVENTS.get(word, Status.UNKNOWN), _level(payload)
    event = _about(payload, status, "many occurrences" if word == "item_velocity" else "")
    if word == "item_velocity":
        severity = max(severity, Severity.HIGH, key=lambda one: one.rank)
    if status is Status.UNKNOWN:
        event = replace(event, title=f"{event.title}: {' '.join(word.split())}")
    return replace(event, severity=severity)


def _milestone(payload: Payload) -> Event:
    """The tenth, hundredth … occurrence: a line for the thread of the item."""
    event, item = _about(payload, Status.INFO), payload.at("data", "item")
    number = line(payload, "data.occurrences", "data.item.total_occurrences") or "many"
    title = f"{event.subject} occurred {number} times{_where(item)}"
    return replace(event, kind="incident.updated", title=title, severity=_level(payload))


def _about(payload: Payload, status: Status, says: str = "") -> Event:
    item = payload.at("data", "item")
    event = replace(
        alarm("rollbar", status, line(item, "title") or "(unnamed item)", _where(item), says),
        text=prose(
            payload, "data.occurrence.body.message.body", "data.item.last_occurrence.body.message.body"
        ),
        url=link(payload, "data.url", "data.item.url", "data.item.public_url", "url"),
        service=_project(item) or None,
        environment=line(item, "environment") or None,
        fields=_fields(payload, item),
        occurred_at=when(item, *MOMENTS.get(status, (LAST,))),
    )
    return of_problem(event, *_identity(item))


def _deploy(found: Payload) -> Event:
    who, revision = line(found, "local_username"), line(found, "revision")
    project, environment = _project(found), line(found, "environment")
    what = f"{revision[:12] or 'a revision'} of {project or 'a project'}"
    return Event(
        source="rollbar",
        kind="service.deployed",
        subject=f"{project or 'project'}@{revision[:12]}",
        title=f"{who or 'Somebody'} deployed {what} to {environment or 'an environment'}",
        text=prose(found, "comment"),
        status=Status.SUCCEEDED,
        actor=who or None,
        service=project or None,
        environment=environment or None,
        fields=shown({"Project": project, "Revision": revision}),
        occurred_at=when(found, "finish_time", "start_time"),
        conversation=f"rollbar:deploys/{number}" if (number := line(found, "id")) else None,
    )


def _identity(item: Payload) -> tuple[str, str]:
    return ("item", line(item, "id", "hash", "title"))


def _problem(headers: Headers, body: bytes) -> str:
    item = Payload.from_json(body).get("data", "item")
    return "\n".join(_identity(item)) if item else ""


def _project(found: Payload) -> str:
    number = line(found, "project_id")
    return f"project {number}" if number else ""


def _where(item: Payload) -> str:
    return place(_project(item), line(item, "environment"))


def _level(payload: Payload) -> Severity:
    word = line(payload, "data.item.level", "data.item.last_occurrence.level", "data.occurrence.level")
    return NUMBERED.get(word) or LEVELS.get(word.lower(), Severity.UNKNOWN)


def _fields(payload: Payload, item: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "Project": line(item, "project_id"),
        "Item": f"#{counter}" if (counter := line(item, "counter")) else "",
        "Occurrences": line(item, "total_occurrences"),
        "Host": line(payload, "data.occurrence.server.host", "data.item.last_occurrence.server.host"),
    }
    return shown(found)


SOURCE = Source(
    slug="rollbar",
    title="Rollbar",
    docs="https://docs.rollbar.com/docs/webhooks",
    home="alerts",
    secret="env://ROLLBAR_WEBHOOK_SECRET",
    scheme=static_secret(),
    stored=without("access_token"),
    parse=parse,
    kinds=KINDS | {"incident.updated", "service.deployed"},
    transmission=by_problem(_problem),
    urgent=telling(NUMBERED, LEVELS),
)
