"""What the audit says of a deed, how that is spelt, and how one record holds on to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import cast

from sovereign.core.clock import from_micros, micros
from sovereign.core.redaction import MASK, is_secret_name, redact
from sovereign.domain import canonical
from sovereign.domain.permission import Actor, Role

VERSION = 1
GENESIS = hashlib.sha256(b"sovereign audit, version 1").hexdigest()
"""What the first record has for the hash of the one before it."""
LONGEST_NAME, LONGEST_SUBJECT, LONGEST_VALUE, LONGEST_DETAILS = 100, 200, 1000, 2000
"""Characters; what people and senders write has no end of its own."""
LARGEST = 64_000
"""Characters of a record, beyond which its parameters are cut."""
MOST, DEEPEST = 25, 3
"""Entries of a list or mapping in the parameters, and how far into one another they are followed."""


class Result(StrEnum):
    """`intent`: about to be done outside; another record, whose `intent` is its number, says the outcome."""

    INTENT = "intent"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it was asked for, as ids in Discord."""

    channel: int | None = None
    guild: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A deed to be recorded.

    actor        None for Sovereign itself; id 0 for whoever owns the process, on its command line
    action       a capability such as `alerts.acknowledge`, or another dotted verb such as `deploy.vote`
    subject      what it was done to, such as `incident 17` or `shop in prod`
    parameters   what was asked for; what looks like a secret or is named like one is masked in writing
    place        None: where the present piece of work began
    approved_by  those who had to agree and did
    duration_ms  None where it took no time of its own
    trace        empty: that of the present piece of work
    intent       the number of the record that said it was about to be done
    details      what came of it, in words
    """

    at: datetime
    actor: Actor | None
    action: str
    subject: str
    result: Result = Result.DONE
    parameters: Mapping[str, object] = field(default_factory=dict)
    place: Place | None = None
    approved_by: tuple[Actor, ...] = ()
    duration_ms: int | None = None
    trace: str = ""
    intent: int | None = None
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry as it stands in the audit; `text` is what is hashed, `hash` is hexadecimal."""

    seq: int
    entry: Entry
    text: str
    hash: str


def members(entry: Entry, seq: int, prev: str) -> dict[str, object]:
    """What the record consists of, clean and short. `prev` is the hash of the one before it, hexadecimal."""
    place = entry.place or Place()
    return {
        "v": VERSION,
        "seq": seq,
        "prev": prev,
        "at": micros(entry.at),
        "actor": _actor(entry.actor) if entry.actor else None,
        "action": short(entry.action, LONGEST_SUBJECT),
        "subject": short(entry.subject, LONGEST_SUBJECT),
        "result": str(entry.result),
        "parameters": _several(entry.parameters, 0),
        "place": {"channel": _id(place.channel), "guild": _id(place.guild)},
        "approved_by": [_actor(each) for each in entry.approved_by],
        "duration_ms": entry.duration_ms,
        "trace": canonical.text(entry.trace[:LONGEST_SUBJECT]),
        "intent": entry.intent,
        "details": short(entry.details, LONGEST_DETAILS),
    }


def spelt(found: Mapping[str, object]) -> str:
    """The record in canonical JSON: what is hashed. Many long values in one another are cut, as text."""
    text = canonical.canonical(found)
    if len(text) <= LARGEST:
        return text
    parameters = canonical.canonical(cast("Mapping[str, object]", found["parameters"]))
    return canonical.canonical({**found, "parameters": {"…": parameters[: LARGEST // 2] + "…"}})


def columns(found: Mapping[str, object]) -> tuple[object, ...]:
    """What stands beside a record, for looking it up: time, actor's id and name, action, subject, result,
    trace, intent."""
    actor = cast("Mapping[str, str] | None", found["actor"])
    return (
        found["at"],
        int(actor["id"]) if actor else None,
        actor["name"] if actor else None,
        found["action"],
        found["subject"],
        found["result"],
        found["trace"],
        found["intent"],
    )


def digest(text: str) -> bytes:
    """The hash of a record: that of a leaf in RFC 6962's tree, so that one serves both chain and tree."""
    return hashlib.sha256(b"\0" + text.encode()).digest()


def record(text: str) -> Record:
    """What a record's text says. Raises ValueError, KeyError or TypeError for what is none."""
    found = cast(dict[str, object], json.loads(text))
    place = cast(Mapping[str, str | None], found["place"])
    entry = Entry(
        at=from_micros(cast(int, found["at"])),
        actor=_read_actor(found["actor"]) if found["actor"] else None,
        action=str(found["action"]),
        subject=str(found["subject"]),
        result=Result(str(found["result"])),
        parameters=cast(Mapping[str, object], found["parameters"]),
        place=Place(channel=_number(place["channel"]), guild=_number(place["guild"])),
        approved_by=tuple(_read_actor(each) for each in cast(Sequence[object], found["approved_by"])),
        duration_ms=cast(int | None, found["duration_ms"]),
        trace=str(found["trace"]),
        intent=cast(int | None, found["intent"]),
        details=str(found["details"]),
    )
    return Record(seq=cast(int, found["seq"]), entry=entry, text=text, hash=digest(text).hex())


@lru_cache(maxsize=1024)
def short(given: str, longest: int) -> str:
    """Without secrets, and cut where it is longer; more is searched than is kept: none is cut in half."""
    if given.isdecimal() and len(given) <= longest:
        return given
    clean = canonical.text(redact(given[: 4 * longest]))
    return clean if len(clean) <= longest and len(given) <= 4 * longest else clean[: longest - 1] + "…"


def _actor(actor: Actor) -> dict[str, object]:
    return {
        "id": str(actor.id),
        "name": short(actor.name, LONGEST_SUBJECT),
        "roles": [{"id": str(role.id), "name": short(role.name, LONGEST_SUBJECT)} for role in actor.roles],
    }


def _read_actor(given: object) -> Actor:
    found = cast(Mapping[str, object], given)
    roles = cast(Sequence[Mapping[str, str]], found["roles"])
    return Actor(
        id=int(str(found["id"])),
        name=str(found["name"]),
        roles=tuple(Role(id=int(role["id"]), name=role["name"]) for role in roles),
    )


def _id(given: int | None) -> str | None:
    """Discord's ids are larger than the numbers that canonical JSON has room for."""
    return None if given is None else str(given)


def _number(given: str | None) -> int | None:
    return None if given is None else int(given)


def _value(name: str, value: object, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= canonical.LARGEST else str(value)
    if is_secret_name(name):
        return MASK
    if isinstance(value, Mapping) and depth < DEEPEST:
        return _several(cast("Mapping[object, object]", value), depth)
    if isinstance(value, list | tuple) and depth < DEEPEST:
        some = [_value(name, each, depth + 1) for each in value[:MOST]]
        return [*some, f"and {len(value) - MOST} more"] if len(value) > MOST else some
    return short(str(value), LONGEST_VALUE)


def _several(given: Mapping[str, object] | Mapping[object, object], depth: int) -> dict[str, object]:
    some = list(given.items())[:MOST]
    kept = {
        canonical.name(short(str(name), LONGEST_NAME)): _value(str(name), value, depth + 1)
        for name, value in some
    }
    return kept | {"…": f"{len(given) - MOST} more"} if len(given) > MOST else kept
