"""Papertrail: lines of log that a saved search found, or how many there were.

https://documentation.solarwinds.com/en/success_center/papertrail/content/kb/how-it-works/web-hooks.htm

The body is a form whose field `payload` holds JSON; JSON alone is read too. Nothing is signed: put
`?token=SECRET` behind the address. A search only ever says that it found something, so its alert
fires and never resolves by itself.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import LEVELS, alarm, by_problem, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, shown, when
from sovereign.integrations._source import Headers, Source, Transmission
from sovereign.integrations._verify import static_secret

MOST_LINES = 10
MOST_NAMED = 3
"""Lines of the log that are shown, and hosts that a title names."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    search, lines = payload.at("saved_search"), payload.list_at("events")
    hosts = _hosts(payload, lines)
    name, number = line(search, "name") or "(unnamed search)", _number(payload, lines)
    where = f" on {', '.join(hosts[:MOST_NAMED])}" if hosts else ""
    event = replace(
        alarm("papertrail", Status.FIRING, name, where, count(number, "line") if number else ""),
        text="\n".join(_shown(one) for one in lines[:MOST_LINES]),
        severity=_severity(lines),
        url=link(search, "html_search_url", "html_edit_url"),
        service=_only([line(one, "program") for one in lines]),
        fields=_fields(search, hosts, number),
        occurred_at=when(lines[-1], "received_at") if lines else None,
    )
    return [of_problem(event, _identity(payload))]


def _identity(payload: Payload) -> str:
    return required(payload.at("saved_search"), "id", "name")


_by_problem = by_problem(lambda headers, body: _identity(Payload.from_body(headers, body)))


def transmission(headers: Headers, body: bytes) -> Transmission:
    """Which search, and from which line of the log to which: the ids of lines never come again."""
    try:
        payload = Payload.from_body(headers, body)
        first, last = line(payload, "min_id"), line(payload, "max_id")
        if first and last:
            return Transmission(key=f"lines:{digest(_identity(payload), first, last)}")
    except BadPayload:
        pass
    return _by_problem(headers, body)


def _shown(one: Payload) -> str:
    return " ".join(filter(None, (line(one, "hostname", "source_name"), line(one, "message"))))


def _hosts(payload: Payload, lines: list[Payload]) -> list[str]:
    named = [line(one, "hostname", "source_name") for one in lines]
    named += [line(one, "source_name") for one in payload.list_at("counts")]
    return list(dict.fromkeys(filter(None, named)))


def _number(payload: Payload, lines: list[Payload]) -> int:
    """How many lines there were; a count comes by source and second."""
    series = [one.at("timeseries") for one in payload.list_at("counts") if one.get("timeseries")]
    return len(lines) + sum(found.integer_at(second) for found in series for second in found.keys())  # noqa: SIM118


def _severity(lines: list[Payload]) -> Severity:
    """That of the worst line, where any has one that we know."""
    grades = {grade for one in lines if (grade := LEVELS.get(line(one, "severity").lower()))}
    return max(grades, key=lambda grade: grade.rank) if grades else Severity.UNKNOWN


def _only(names: list[str]) -> str | None:
    return names[0] or None if len(set(names)) == 1 else None


def _fields(search: Payload, hosts: list[str], number: int) -> tuple[tuple[str, str], ...]:
    found = {
        "Lines": str(number) if number else "",
        "Hosts": ", ".join(hosts[:MOST_LINES]),
        "Query": line(search, "query"),
    }
    return shown(found)


SOURCE = Source(
    slug="papertrail",
    title="Papertrail",
    docs="https://documentation.solarwinds.com/en/success_center/papertrail/content/kb/how-it-works/"
    "web-hooks.htm",
    home="alerts",
    secret="env://PAPERTRAIL_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected"}),
    transmission=transmission,
)
