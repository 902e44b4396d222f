"""From an errand of the outbox to the messages that carry it: the only reader of its payloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.events import Severity, Status
from sovereign.domain.incidents import State
from sovereign.render import (
    audit,
    deployments,
    freezes,
    gatherings,
    heads,
    operations,
    playbooks,
    proposals,
    services,
)
from sovereign.render.cards import FIELD_VALUE, card
from sovereign.render.text import clean, link, moment, one_line, paragraph, unnamed
from sovereign.render.tones import Tone, of
from sovereign.services.operations.facts import board_from, status_from
from sovereign.store.conversations import from_mapping
from sovereign.store.errands import Errand

CONTENT = 2000
"""Characters of a message's content, Discord's limit."""
LONGEST_FILE = 100_000
"""Characters of a text that come along as a file; the delivery has all of it."""
SHOWN = 600
"""Characters of a notice's text that are shown; a longer one comes along as a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message. `calls` says whether it may mention the errand's roles; `files` are (name, text)."""

    content: str = ""
    embed: discord.Embed | None = None
    view: discord.ui.View | None = None
    files: tuple[tuple[str, str], ...] = ()
    calls: bool = False


def messages(errand: Errand) -> Sequence[Outgoing]:
    """The messages of an errand in order, each within Discord's limits; the same errand gives the same."""
    payload = errand.payloads[0]
    made = _VIEWS.get(str(payload.get("view")), _plain)
    return _lines(errand.payloads) if payload.get("view") == "line" else [made(payload, errand.ref)]


def thread_name(errand: Errand) -> str:
    payload = errand.payloads[0]
    return heads.thread_name(str(payload.get("subject", "")), str(payload.get("thread", "")))


def plain(errand: Errand) -> Outgoing:
    """The errand in the plainest form, for when Discord refuses the finer one."""
    payload = errand.payloads[0]
    return _plain(payload, errand.ref)


def _own(made: tuple[discord.Embed, discord.ui.View]) -> Outgoing:
    embed, view = made
    return Outgoing(embed=embed, view=view, calls=True)


def _head(payload: Mapping[str, object], ref: str) -> Outgoing:
    facts = from_mapping(cast(dict[str, object], payload["conversation"]))
    incident = cast(Mapping[str, object] | None, payload["incident"])
    embed, view = heads.head(facts, incident, _at(payload), ref)
    over = incident is not None and incident["state"] == State.RESOLVED
    return Outgoing(embed=embed, view=view, calls=not over)


def _lines(payloads: Sequence[Mapping[str, object]]) -> list[Outgoing]:
    """One message of all the lines, or as many as they need."""
    pages: list[str] = []
    for payload in payloads:
        line = _line(payload)
        if pages and len(pages[-1]) + 1 + len(line) <= CONTENT - 200:  # room for mentions
            pages[-1] += "\n" + line
        else:
            pages.append(line)
    return [Outgoing(content=page, calls=number == 0) for number, page in enumerate(pages)]


def _line(payload: Mapping[str, object]) -> str:
    said = str(payload["text"])
    text = link(one_line(said, 300), cast(str | None, payload.get("url")))
    by = f" · {who}" if (who := unnamed(payload.get("actor"), said)) else ""
    quoted = paragraph(str(payload.get("quote") or ""), 500, lines=3)
    quote = "".join(f"\n> {line}" for line in quoted.split("\n")) if quoted else ""
    again = " · replayed" if payload.get("replayed") else ""
    return f"{moment(_at(payload), 't')} {text}{by}{again}{quote}"


def _notice(payload: Mapping[str, object], ref: str) -> Outgoing:
    event = cast(dict[str, object], payload["event"])
    fields = cast(Sequence[Sequence[str]], event.get("fields") or ())
    text = str(event.get("text") or "")
    astray = payload.get("astray")
    asked = f"-# It asks for #{one_line(str(astray), 60)}, which is not configured." if astray else ""
    embed = card(
        tone=of(Status(cast(str, event["status"])), Severity(cast(str, event["severity"]))),
        title=str(event["title"]),
        url=cast(str | None, event.get("url")),
        body=(paragraph(text, SHOWN), asked),
        fields=[
            ("By", unnamed(event.get("actor"), str(event["title"]), text)),
            *((name, one_line(value, FIELD_VALUE)) for name, value in fields),
        ],
        footer=(
            str(event["source"]),
            cast(str | None, event.get("repo") or event.get("service")),
            cast(str | None, event.get("environment")),
            "replayed" if payload.get("replayed") else None,
            ref,
        ),
        at=from_micros(cast(int, event["occurred_at"])),
        avatar=cast(str | None, event.get("avatar")),
    )
    long = len(text) > 2 * SHOWN
    return Outgoing(
        embed=embed, files=(("text.txt", clean(text[:LONGEST_FILE])),) if long else (), calls=True
    )


def _digest(payload: Mapping[str, object], ref: str) -> Outgoing:
    items = cast(Sequence[Mapping[str, object]], payload["items"])
    if payload.get("gathering"):
        embed = gatherings.summary(_gathering(payload), _at(payload), ref)
        rows = "\n".join(_row(item) for item in items)
        return Outgoing(embed=embed, files=(("events.txt", rows),), calls=True)
    shown = [f"{moment(_at(item), 't')} {one_line(str(item.get('title')), 90)}" for item in items[:10]]
    embed = card(
        tone=Tone.MUTED,
        title=f"{len(items)} events at once, gathered into this digest",
        body=(*shown, f"and {len(items) - len(shown)} more in the file" if len(items) > len(shown) else ""),
        footer=("digest", ref),
        at=_at(payload),
    )
    return Outgoing(embed=embed, files=(("digest.txt", "\n".join(_row(item) for item in items)),), calls=True)


def _facts(payload: Mapping[str, object]) -> Mapping[str, object]:
    return cast(Mapping[str, object], payload["facts"])


def _running(payload: Mapping[str, object], ref: str) -> Outgoing:
    return Outgoing(embed=gatherings.running(_gathering(payload), _at(payload), ref), calls=True)


def _rollcall(payload: Mapping[str, object], ref: str) -> Outgoing:
    return Outgoing(embed=gatherings.rollcall(payload, _at(payload), ref), calls=True)


def _status(payload: Mapping[str, object], ref: str) -> Outgoing:
    made = services.status(status_from(_facts(payload)), ref=ref)
    return Outgoing(embed=made.embed, view=made.view)


def _board(payload: Mapping[str, object], ref: str) -> Outgoing:
    made = services.board(board_from(_facts(payload)), ref=ref)
    return Outgoing(embed=made.embed, view=made.view)


def _operation(payload: Mapping[str, object], ref: str) -> Outgoing:
    return Outgoing(embed=operations.progress(_facts(payload), _at(payload), ref))


def _gathering(payload: Mapping[str, object]) -> Mapping[str, object]:
    return cast(Mapping[str, object], payload["gathering"])


def _row(item: Mapping[str, object]) -> str:
    title = " ".join(clean(str(item.get("title"))).split())
    return f"{_at(item).isoformat(timespec='seconds')}  {title}  {item.get('url') or ''}"


def _plain(payload: Mapping[str, object], ref: str) -> Outgoing:
    facts = payload.get("conversation") or payload.get("event") or payload
    title = facts.get("title") or facts.get("text") if isinstance(facts, dict) else None
    return Outgoing(
        content=f"{one_line(str(title or 'An event that cannot be shown'), 1000)} · {ref}", calls=True
    )


def _at(payload: Mapping[str, object]) -> datetime:
    return from_micros(cast(int, payload["at"]))


def _playbook(payload: Mapping[str, object], ref: str) -> Outgoing:
    made = playbooks.progress(_facts(payload), _at(payload), ref)
    return Outgoing(embed=made.embed, view=made.view)


def _said(payload: Mapping[str, object], ref: str) -> Outgoing:
    return Outgoing(embed=playbooks.said(payload, _at(payload), ref))


def _checkpoint(payload: Mapping[str, object], ref: str) -> Outgoing:
    return Outgoing(embed=audit.checkpoint(payload, _at(payload), ref))


_VIEWS: Mapping[str, Callable[[Mapping[str, object], str], Outgoing]] = {
    "board": _board,
    "checkpoint": _checkpoint,
    "conversation": _head,
    "deployment": lambda payload, ref: _own(deployments.head(payload, ref)),
    "digest": _digest,
    "freeze": lambda payload, ref: Outgoing(embed=freezes.head(_facts(payload), ref)),
    "gathering": _running,
    "notice": _notice,
    "operation": _operation,
    "playbook": _playbook,
    "rollcall": _rollcall,
    "proposal": lambda payload, ref: _own(proposals.head(payload, ref)),
    "said": _said,
    "status": _status,
    "thaw": lambda payload, ref: Outgoing(embed=freezes.over(_facts(payload), ref)),
}
"""By the name that a payload gives; lines are said together and have a way of their own."""
