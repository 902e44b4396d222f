"""What a body would become: for whoever debugs a sender or a route, with nothing kept and nothing posted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sovereign.config.document import kind
from sovereign.core.errors import BadPayload, NotFound, UserError
from sovereign.domain.alerts import is_alarm
from sovereign.domain.events import Event
from sovereign.domain.routing import Call, Decision, Step, calls_of, explain
from sovereign.integrations._source import Source
from sovereign.services import ingesting
from sovereign.services.endpoints import Endpoint
from sovereign.services.gathering import News
from sovereign.services.placing import Foreseen, foresee
from sovereign.services.setup import Setup
from sovereign.store import conversations
from sovereign.store.database import undone
from sovereign.store.sqlite import Connection

TYPES = {
    ".json": "application/json",
    ".form": "application/x-www-form-urlencoded",
    ".xml": "application/xml",
    ".multipart": "multipart/form-data",
}
"""Content types by the end of a file's name, where no header says it."""
FORM = 'Headers are an object of texts, such as {"X-GitHub-Event": "push"}.'
HEADERS = ".headers.json"
"""Ends the name of the file beside a body that holds its headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """`problem` is why the body cannot be read; `undeclared` names kinds that its source does not declare."""

    file: str
    events: Sequence[Event] = ()
    problem: str | None = None
    undeclared: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """An event, where it would go, and how the routes came to that; which conversation it would belong to,
    and what the correlation rules said (None: to none). `channel` is where it would be told, and `calls`
    whom that would call now."""

    event: Event
    decision: Decision
    steps: Sequence[Step]
    place: Foreseen | None
    channel: str | None
    calls: Sequence[Call] = ()


def bodies(paths: Sequence[Path]) -> list[Path]:
    """The files, and those of each folder in order, without those that hold headers. Raises NotFound, for an
    empty folder too."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.is_file() and one.suffix in TYPES)
            inside = [one for one in inside if not one.name.endswith(HEADERS)]
            if not inside:
                raise NotFound(
                    f"There is no body in {path}. Bodies are files that end in {', '.join(TYPES)}."
                )
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise NotFound(f"There is no file {path}.")
    return found


def headers_in(file: Path) -> Mapping[str, str]:
    """The headers that a file holds as one JSON object. Raises UserError for anything else."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        why = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise UserError(f"{file} cannot be read: {why}.") from None
    except (ValueError, RecursionError):
        raise UserError(f"{file} is not JSON. {FORM}") from None
    if not isinstance(found, dict):
        raise UserError(f"{file} holds {kind(found)}, and no JSON object. {FORM}")
    for name, value in found.items():
        if not isinstance(value, str):
            raise UserError(f"{file}: the header {name} is {kind(value)}, and no text. {FORM}")
    return found


def headers_of(body: Path, given: Mapping[str, str] | None) -> Mapping[str, str]:
    """Those that are given, or those of the file beside the body; names in lower case."""
    beside = body.with_name(body.name.removesuffix(body.suffix) + HEADERS)
    if given is None and beside.is_file():
        given = headers_in(beside)
    named = {name.lower(): value for name, value in (given or {}).items()}
    return {"content-type": TYPES.get(body.suffix, TYPES[".json"])} | named


def parse(source: Source, file: Path, headers: Mapping[str, str]) -> Parsed:
    """The events that a body makes, or why it makes none."""
    try:
        events = source.parse(headers, file.read_bytes())
    except BadPayload as problem:
        return Parsed(file=str(file), problem=str(problem))
    kinds = dict.fromkeys(event.kind for event in events)
    undeclared = [kind for kind in kinds if kind not in source.kinds and not source.open_kinds]
    return Parsed(file=str(file), events=events, undeclared=undeclared)


def route(tx: Connection, setup: Setup, endpoint: Endpoint, event: Event, at: datetime) -> Routed:
    """Where the event would go if it came in at that endpoint then, by what the store holds."""
    event = setup.placed(event)
    decision = setup.decide(event, endpoint.source, endpoint, at)
    place = foresee(tx, event, decision.channel, at, setup.correlations)
    joins = place.into if place else None
    return Routed(
        event=event,
        decision=decision,
        steps=explain(event, setup.rules, decision, at),
        place=place,
        channel=decision.channel if joins is None else conversations.channel(tx, joins),
    )


def try_out(
    tx: Connection, setup: Setup, endpoint: Endpoint, bodies: Sequence[Sequence[Event]], at: datetime
) -> Sequence[Sequence[Routed]]:
    """Where the events of several bodies would go, and whom they would call, if they came at `at`; each finds
    what those before it would have left in the store, all of which is undone."""
    found: list[Sequence[Routed]] = []
    with undone(tx):
        for number, events in enumerate(bodies):
            with undone(tx):
                routed = [
                    _tried(tx, setup, endpoint, event, at, f"trial-{number}-{place}")
                    for place, event in enumerate(events)
                ]
            found.append(_calling(tx, setup, routed, at, f"trial-{number}"))
    return found


def _tried(
    tx: Connection, setup: Setup, endpoint: Endpoint, event: Event, at: datetime, event_id: str
) -> Routed:
    """Where it would go; it goes there."""
    one = route(tx, setup, endpoint, event, at)
    ingesting.tell(tx, [News(event_id=event_id, event=one.event, decision=one.decision, at=at)], at, setup)
    return one


def _calling(
    tx: Connection, setup: Setup, routed: Sequence[Routed], at: datetime, body: str
) -> Sequence[Routed]:
    """With whom they would call: the events of one body change an incident together, and call together."""
    news = [
        News(event_id=f"{body}-{place}", event=one.event, decision=one.decision, at=at)
        for place, one in enumerate(routed)
    ]
    belongs = ingesting.tell(tx, news, at, setup)
    calls: list[Sequence[Call]] = []
    for told in news:
        if told.decision.hold:
            calls.append(())  # not now
        elif place := belongs.get(told.event_id):
            calls.append(tuple(place.calls))
        else:
            calls.append(() if is_alarm(told.event) else calls_of(told.decision))
    return [replace(one, calls=called) for one, called in zip(routed, calls, strict=True)]
