"""Honeybadger: errors, uptime, check-ins, alarms and deploys, in versions 2 and 3 of its payload.

https://docs.honeybadger.io/guides/integrations/webhook/

Nothing is signed: Honeybadger sends the bearer token that the integration is given, and the project's own
token in `Honeybadger-Token`; either may be the secret. The project's token in the body is not kept.
"""

from __future__ import annotations

import re

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place, tail
from sovereign.integrations._inside import without
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret
from sovereign.integrations.honeybadger._deploys import deployed
from sovereign.integrations.honeybadger._words import EVENTS, Said

_PLACE = re.compile(r"\[(?P<project>[^\]/]+)(?:/(?P<environment>[^\]]+))?\].*")
"""How every message begins; some bodies name the project nowhere else."""
ACTOR = ("actor.name", "actor.email")
LINKS = (
    "notice.url",
    "fault.url",
    "fault.links.web",
    "site.details_url",
    "check_in.details_url",
    "alarm.url",
    "links.web",
    "site.url",
)


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    word = payload.at("event").text().lower()
    if word == "deployed":
        return [deployed(payload, _place(payload)[0])]
    said = EVENTS.get(word)
    return [_unknown(payload, word) if said is None else _told(payload, said)]


def _told(payload: Payload, said: Said) -> Event:
    name, who = _name(payload, said), line(payload, *ACTOR)
    where = place(*_place(payload))
    why = line(payload, "fault.message" if said.about == "fault" else "outage.reason")
    event = _about(payload, alarm("honeybadger", said.status, name, where + tail(payload, *ACTOR), why))
    if said.act:
        whom = line(payload, "assignee.name", "assignee.email") or "somebody"
        title = f"{who or 'Somebody'} {said.act[1].format(it=name + where, whom=whom)}"
        event = replace(event, kind=said.act[0], title=title)
    return of_problem(replace(event, severity=said.severity), *_identity(payload, said))


def _unknown(payload: Payload, word: str) -> Event:
    event = alarm("honeybadger", Status.UNKNOWN, line(payload, "message") or "A notification")
    return _about(payload, replace(event, title=f"{event.subject} ({' '.join(word.split())})"))


def _about(payload: Payload, event: Event) -> Event:
    project, environment = _place(payload)
    ended = event.status is Status.RESOLVED
    moments = ("outage.up_at",) if ended else ("outage.down_at", "fault.last_notice_at")
    return replace(
        event,
        text=prose(payload, "comment.body", "comment.message"),
        url=link(payload, *LINKS),
        actor=line(payload, *ACTOR) or None,
        service=project or None,
        environment=environment or None,
        fields=_fields(payload),
        occurred_at=None if event.status is Status.INFO else when(payload, *moments),
    )


def _name(payload: Payload, said: Said) -> str:
    if said.about == "fault":
        component, action = line(payload, "fault.component"), line(payload, "fault.action")
        where = "#".join(filter(None, (component, action)))
        number = len(payload.list_at("fault_ids"))
        name = line(payload, "fault.klass", "fault.class") or (count(number, "error") if number else "Error")
        return f"{name} in {where}" if where else name
    name = line(payload, f"{said.about}.name", f"{said.about}.slug", f"{said.about}.id")
    return said.name.format(name or said.about.replace("_", "-"))


def _place(payload: Payload) -> tuple[str, str]:
    """The project and the environment."""
    found = _PLACE.fullmatch(line(payload, "message"))
    project = line(payload, "project.name", "fault.project_name") or (found["project"] if found else "")
    environment = line(payload, "fault.environment") or (found["environment"] or "" if found else "")
    return project, environment


def _identity(payload: Payload, said: Said) -> tuple[str, str, str]:
    identity = line(payload, f"{said.about}.id") or _name(payload, said)
    return (said.about, identity, said.name.format(""))


def _problem(headers: Headers, body: bytes) -> str:
    payload = Payload.from_json(body)
    said = EVENTS.get(payload.at("event").text().lower())
    return "\n".join(_identity(payload, said)) if said else ""


def _fields(payload: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "Occurrences": line(payload, "fault.notices_count"),
        "Status": line(payload, "outage.status"),
        "Address": line(payload, "site.url"),
        "Expected": line(payload, "check_in.expected_at"),
        "Missed": line(payload, "check_in.missed_count"),
    }
    return shown(found)


SOURCE = Source(
    slug="honeybadger",
    title="Honeybadger",
    docs="https://docs.honeybadger.io/guides/integrations/webhook/",
    home="alerts",
    secret="env://HONEYBADGER_WEBHOOK_SECRET",
    scheme=static_secret("honeybadger-token"),
    stored=without("token"),
    parse=parse,
    kinds=KINDS | {"incident.assigned", "incident.commented", "service.deployed"},
    transmission=by_problem(_problem),
)
