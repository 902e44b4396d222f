"""How deliveries look to those who ask what came in and what became of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress

import discord

from sovereign.core.redaction import redact
from sovereign.render.answers import Answer
from sovereign.render.cards import buttons, card
from sovereign.render.text import code, link, moment, one_line, plain_line
from sovereign.render.tones import Tone
from sovereign.store.deliveries import Delivery, Sought, Summary
from sovereign.store.events import Told

PAGE = 10
SHOWN_EVENTS, SHOWN_PROBLEM = 3, 250
LARGEST_FILE = 200_000
"""Characters of a body that are attached; `sovereign deliveries show --raw` prints all of it."""

OLDER = r"sov:deliveries:(?P<state>[a-z]*):(?P<endpoint>[\w.-]*):(?P<before>[0-9]{0,18})"
"""Pattern of the custom_id of the buttons that turn a page; empty parts are any."""
REPLAY = r"sov:replay:(?P<delivery>[0-9]{1,18})"

STATES = {
    "received": "waits to be worked off",
    "ingested": "worked off",
    "unparsed": "kept, its source cannot read it",
    "quarantined": "kept, working it off failed",
}
_TONES = {
    "received": Tone.RUNNING,
    "ingested": Tone.OK,
    "unparsed": Tone.WARNING,
    "quarantined": Tone.FAILING,
}
_MEANT = {"waiting": "on its way to ", "digested": "in a digest in ", "failed": "not taken by "}


def listing(found: Sequence[Summary], sought: Sought) -> Answer:
    """A page of deliveries, newest first, with buttons to the newest and the older ones."""
    page = found[:PAGE]
    if not page:
        return Answer(embed=card(tone=Tone.MUTED, title="No deliveries", body=(_none(sought),)))
    worst = next(_TONES[state] for state in ("quarantined", "unparsed", "received", "ingested")
                 if any(one.state == state for one in page))  # fmt: skip
    which = " · ".join(filter(None, (sought.endpoint, sought.state)))
    numbers = f"Deliveries {page[-1].id} to {page[0].id}" if len(page) > 1 else f"Delivery {page[0].id}"
    embed = card(
        tone=worst,
        title=numbers + (f" ({which})" if which else ""),
        body=[_row(one) for one in page],
        footer=("/deliveries show tells more of one",),
    )
    turns = []
    if sought.before is not None:
        turns.append(_turn("Newest", sought, None))
    if len(found) > PAGE:
        turns.append(_turn("Older", sought, page[-1].id))
    return Answer(embed=embed, view=buttons(*turns) if turns else None)


def details(delivery: Delivery, told: Sequence[Told], guild_id: int | None) -> Answer:
    """One delivery, the events that it made and where they went, with its headers and body as a file."""
    rows = [_event(one, guild_id) for one in told[:SHOWN_EVENTS]]
    if len(told) > SHOWN_EVENTS:
        rows.append(f"and {len(told) - SHOWN_EVENTS} more events")
    last = (delivery.problem or "").strip().rpartition("\n")[2]
    again = f"{one_line(delivery.replayed_by, 60)} {moment(delivery.replayed_at)}" if (
        delivery.replayed_by and delivery.replayed_at) else ""  # fmt: skip
    embed = card(
        tone=_TONES[delivery.state],
        title=f"Delivery {delivery.id}: {delivery.source}, {STATES[delivery.state]}",
        body=(*rows, code(last, SHOWN_PROBLEM) if last else ""),
        fields=(
            ("Received", moment(delivery.received_at, "f")),
            ("Endpoint", one_line(delivery.endpoint, 60)),
            ("Size", f"{len(delivery.body):,} bytes"),
            ("Proof", _proof(delivery)),
            ("Events", str(len(told))),
            ("Replayed", again),
        ),
        footer=(f"delivery {delivery.id}",),
        at=delivery.received_at,
    )
    return Answer(embed=embed, view=buttons(replay_button(delivery.id)), files=_files(delivery))


def replayed(delivery: Delivery) -> discord.Embed:
    return card(
        tone=Tone.RUNNING,
        title=f"Delivery {delivery.id} is worked off again",
        body=("What people were told of already is not told again; what is new says that it is replayed.",),
        footer=(f"delivery {delivery.id}",),
    )


def replay_button(delivery_id: int) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        label="Replay", style=discord.ButtonStyle.secondary, custom_id=f"sov:replay:{delivery_id}"
    )


def turn_button(label: str, sought: Sought) -> discord.ui.Button[discord.ui.View]:
    before = "" if sought.before is None else sought.before
    return discord.ui.Button(
        label=label,
        style=discord.ButtonStyle.secondary,
        custom_id=f"sov:deliveries:{sought.state or ''}:{sought.endpoint or ''}:{before}",
    )


def choice(one: Summary) -> str:
    """A line of a completion list; Discord allows 100 characters."""
    return plain_line(f"{one.id} · {one.endpoint} · {one.state} · {one.title or ''}", 100)


def _turn(label: str, sought: Sought, before: int | None) -> discord.ui.Button[discord.ui.View]:
    return turn_button(label, Sought(state=sought.state, endpoint=sought.endpoint, before=before))


def _row(one: Summary) -> str:
    title = one_line(one.title or "no event", 45)
    if one.problem:  # of a traceback the last line says what is wrong
        title = one_line(one.problem.strip().rpartition("\n")[2], 90)
    more = f" and {one.events - 1} more" if one.events > 1 else ""
    state = "" if one.state == "ingested" else f" · {one.state}"
    again = " · replayed" if one.replayed_by else ""
    return (
        f"**{one.id}** {one_line(one.endpoint, 20)} {moment(one.received_at)}{state}{again} · {title}{more}"
    )


def _event(one: Told, guild_id: int | None) -> str:
    message = one.message_id or one.head_id
    channel = one.channel_id or one.head_channel_id
    url = f"https://discord.com/channels/{guild_id}/{channel}/{message}" if message and channel else None
    where = f"{_MEANT.get(one.state or '', '')}#{one_line(one.channel, 30)}" if one.channel else "nowhere"
    joined = f"\n-# {one_line(one.joined, 140)}" if one.joined else ""
    return f"{link(one_line(one.title, 70), url)} → {where}: {one_line(one.rule, 60)}{joined}"


def _proof(delivery: Delivery) -> str:
    if delivery.verdict != "verified":
        return "taken without proof"
    return f"verified: {one_line(delivery.proof, 120)}" if delivery.proof else "verified"


def _files(delivery: Delivery) -> tuple[tuple[str, str], ...]:
    text = delivery.body.decode(errors="replace")
    head = "".join(f"{name}: {value}\n" for name, value in delivery.headers.items())
    with suppress(ValueError, RecursionError):  # what is no JSON is shown as it came
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return ((f"delivery-{delivery.id}.txt", redact(f"{head}\n{text[:LARGEST_FILE]}\n")),)


def _none(sought: Sought) -> str:
    if sought == Sought():
        return "Nothing has come in yet. `sovereign send` sends a sample."
    return "None is as you asked for. Without options the newest of all are listed."
