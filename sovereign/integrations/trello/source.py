"""
Trello: cards from creation to archive, and what happens to the board around them.

Trello signs the body and the address that it calls with the secret of the app that made the webhook; where
the secret of that app is not at hand, another may come as `?token=` of the address.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._tickets import REORDERED, by_fields, spoken
from sovereign.integrations._verify import any_of, hmac_sha1_of_body_and_url, static_secret
from sovereign.integrations.trello import cards
from sovereign.integrations.trello.cards import actor_of, filled

BOARDS: Mapping[str, str] = {
    "addMemberToBoard": "added {who} to",
    "removeMemberFromBoard": "removed {who} from",
    "createBoard": "created",
    "createList": "added the list {column} to",
    "updateBoard": "changed",
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    action = Payload.from_json(body).at("action")
    found = action.get("data", "card")
    event = _of_board(action) if found is None else cards.told(action, found)
    return [replace(event, occurred_at=when(action, "date"))]


def _of_board(action: Payload) -> Event:
    """What is not known to be about a board is kept, and told only on request."""
    type, who, data = line(action, "type"), actor_of(action), action.get("data")
    board = line(data, "board.name") or "a board"
    known = BOARDS.get(type)
    on = f"did “{spoken(type)}” on" if known is None else filled(known, action, "")
    short = line(data, "board.shortLink")
    did = f"{on.strip()} board {board}"
    return Event(
        source="trello",
        kind="project.changed" if line(data, "board.id") else "trello.changed",
        subject=board,
        title=" ".join((f"{who} {did}" if who else did).split()),
        url=f"https://trello.com/b/{short}" if short.isalnum() else None,
        actor=who or None,
        service=line(data, "board.name") or None,
    )


SOURCE = Source(
    slug="trello",
    title="Trello",
    docs="https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
    home="kanban-updates",
    secret="env://TRELLO_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha1_of_body_and_url("x-trello-webhook"), static_secret()),
    parse=parse,
    kinds=cards.KINDS | {"project.changed"},
    quiet=frozenset({REORDERED}),
    transmission=by_fields("action.id"),
)
