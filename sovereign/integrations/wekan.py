"""
Wekan: cards from creation to archive, and what happens to their board.

A body has the words that Wekan shows, in the language of whoever did it, and the name of the activity; it has
no time. Wekan sends the secret in `X-Wekan-Token`, as its own code has it. Its two-way form, without those
words, is read too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import Headers, Source, Transmission, by_body
from sovereign.integrations._tickets import Ticket, spoken, wording
from sovereign.integrations._verify import static_secret

CARDS: Mapping[str, tuple[str, str]] = {
    "createCard": ("created", "created"),
    "importCard": ("created", "imported"),
    "moveCard": ("updated", "moved"),
    "moveCardBoard": ("updated", "moved"),
    "archivedCard": ("closed", "archived"),
    "restoredCard": ("reopened", "restored"),
    "deleteCard": ("deleted", "deleted"),
    "addComment": ("commented", "commented on"),
    "editComment": ("edited", "edited a comment on"),
    "deleteComment": ("edited", "deleted a comment on"),
    "joinMember": ("assigned", "added a member to"),
    "unjoinMember": ("assigned", "removed a member from"),
    "joinAssignee": ("assigned", "assigned somebody to"),
    "unjoinAssignee": ("assigned", "unassigned somebody from"),
}
"""Activity → verb of the kind, and what was done, where Wekan's own words are of no use."""
STATUS = {"created": Status.OPEN, "reopened": Status.OPEN, "closed": Status.CLOSED, "deleted": Status.CLOSED}
OWN_WORDS = frozenset({"archivedCard", "restoredCard", "addComment"})
"""Activities of which Wekan's words say too little or too much for a title."""
_URL = re.compile(r"https?://\S+$")
_BOARD = re.compile(r"/b/[^/]+/([^/\s]+)")
_QUOTED_BOARD = re.compile(r' board "([^"]+)"')


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    activity = payload.at("description").text().removeprefix("act-")
    said = wording(payload, "text")
    found = _URL.search(said)
    url = found[0] if found else line(payload, "url") or None
    words = " ".join(said.removesuffix(found[0] if found else "").split())
    card = _card(payload, said, url)
    event = _of_card(payload, activity, card) if card.id else _of_board(payload, activity, card)
    # Where Wekan has no words for an activity, it writes the activity's name.
    if words and f"act-{activity}" not in words and activity not in OWN_WORDS:
        event = replace(event, title=words)
    return [event]


def transmission(headers: Headers, body: bytes) -> Transmission:
    """Moved there, back, and there again are three, although two have the same bytes."""
    try:
        payload = Payload.from_json(body)
        about = line(payload, "cardId", "boardId")
    except BadPayload:
        about = ""
    return replace(by_body(headers, body), group=f"wekan:{about}"[:200] if about else None)


def _card(payload: Payload, said: str, url: str | None) -> Ticket:
    name, slug, quoted = line(payload, "card"), _BOARD.search(url or ""), _QUOTED_BOARD.search(said)
    board = line(payload, "board") or (quoted[1] if quoted else slug[1] if slug else "")
    return Ticket(
        source="wekan",
        id=line(payload, "cardId"),
        called=f"card “{name}”" if name else "a card",
        subject=name or board or "board",
        place=board,
        url=url,
    )


def _of_card(payload: Payload, activity: str, card: Ticket) -> Event:
    verb, did = CARDS.get(activity, ("annotated", f"did “{spoken(activity)}” on"))
    noun = "comment" if verb == "edited" else "ticket"
    event = card.event(
        "updated" if verb == "edited" else verb, f"{did} {card.it}", line(payload, "user"), noun
    )
    text = wording(payload, "comment") if verb == "commented" else ""
    return replace(event, name=line(payload, "card"), status=STATUS.get(verb, Status.INFO), text=text)


def _of_board(payload: Payload, activity: str, board: Ticket) -> Event:
    where = f"board {board.place}" if board.place else "a board"
    event = board.event("changed", f"did “{spoken(activity)}” on {where}", line(payload, "user"), "project")
    return replace(event, subject=board.place or "board")


VERBS = frozenset(verb for verb, _ in CARDS.values() if verb != "edited")
SOURCE = Source(
    slug="wekan",
    title="Wekan",
    docs="https://github.com/wekan/wekan/wiki/Webhook-data",
    home="kanban-updates",
    secret="env://WEKAN_WEBHOOK_SECRET",
    scheme=static_secret("x-wekan-token"),
    parse=parse,
    kinds=frozenset(f"ticket.{verb}" for verb in VERBS)
    | {"ticket.annotated", "comment.updated", "project.changed"},
    transmission=transmission,
)
