"""What trackers have in common: how a ticket is told, and what was changed of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload, one_line
from sovereign.integrations._reading import line, link, prose
from sovereign.integrations._source import Headers, Transmission, by_body

STATUS, ASSIGNEE, NAME = "status", "assignee", "title"
"""Names of changes that have words of their own."""
ORDER = frozenset({"position", "rank"})
"""Where in a list a ticket stands."""
REORDERED = "position.updated"
"""No kind of ticket, so that head messages take no notice of it; it is for a source's quiet kinds."""
LONGEST_SHOWN = 60
"""Characters of an old or a new value that a title shows."""
MOST_NAMED = 4
"""How many of the changed fields a title names."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """
    id      names the conversation within the source
    called  what people call it: `bug SHOP-7`
    place   the project or board; empty where the body does not say, then the tracker is told instead
    status  INFO where the body does not say
    """

    source: str
    id: str
    called: str
    subject: str
    place: str = ""
    name: str = ""
    url: str | None = None
    status: Status = Status.INFO

    @property
    def it(self) -> str:
        return f"{self.called} in {self.place or self.source.capitalize()}"

    def event(self, verb: str, did: str, actor: str = "", noun: str = "ticket") -> Event:
        """`did` is what the actor did, with the ticket in it: `moved bug SHOP-7 in Shop to Done`."""
        title = one_line(f"{actor} {did}" if actor else did[:1].upper() + did[1:])
        return Event(
            source=self.source,
            kind=kind_of(verb, noun),
            subject=self.subject,
            name=self.name,
            title=f"{title}: {self.name}" if self.name else title,
            url=self.url,
            actor=actor or None,
            service=self.place or None,
            status=self.status,
            conversation=f"{self.source}:{self.id}" if self.id else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of a ticket; an empty text is a value that there was not, or that is not told."""

    field: str
    old: str = ""
    new: str = ""


def kind_of(verb: str, noun: str = "ticket") -> str:
    return REORDERED if verb == "reordered" else f"{noun}.{verb}"


def edit(it: str, changes: Sequence[Change]) -> str:
    """What was done, the most important first: `moved bug SHOP-7 in Shop from To Do to Done`."""
    named = {change.field: change for change in changes}
    if STATUS in named:
        return f"moved {it}{_from_to(named[STATUS])}"
    if set(named) == {ASSIGNEE}:
        return _assigned(it, named[ASSIGNEE])
    if set(named) == {NAME}:
        return f"renamed {it}"
    if len(changes) == 1:
        return f"changed the {changes[0].field} of {it}{_from_to(changes[0])}"
    return f"changed {listed(list(named))} of {it}" if named else f"changed {it}"


def verb_of(changes: Sequence[Change], minor: Collection[str] = ()) -> str:
    """`minor` are fields whose change is no news of the ticket as a whole."""
    fields = {change.field for change in changes}
    if fields == {ASSIGNEE}:
        return "assigned"
    if fields and fields <= ORDER:
        return "reordered"
    return "annotated" if fields and fields <= set(minor) else "updated"


def listed(names: Sequence[str]) -> str:
    """`a, b and c`, and how many more there are."""
    shown = list(names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        shown.append(f"{len(names) - MOST_NAMED} more")
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else ""


def titled(noun: str, name: str) -> str:
    """`sprint Checkout`, but `Sprint 12` for one whose name says already what it is."""
    return name if noun and name.lower().startswith(noun.lower()) else f"{noun} {name}".strip()


def spoken(name: str) -> str:
    """`addLabelToCard` or `due_on` as people write it."""
    return _HUMP.sub(" ", name).replace("_", " ").replace("-", " ").lower()


def wording(payload: Payload | None, *paths: str) -> str:
    """The first longer text; a document of parts, as some editors keep it, is not one."""
    found = ((path, payload.get(*path.split("."))) for path in paths) if payload else ()
    texts = (prose(payload, path) for path, value in found if value and isinstance(value.raw, str))
    return next((text for text in texts if text), "")


def picture(payload: Payload | None, *paths: str) -> str | None:
    """A web address that may be shown as a picture."""
    url = link(payload, *paths)
    return url if url and url.startswith("https://") else None


def by_fields(*paths: str) -> Callable[[Headers, bytes], Transmission]:
    """For senders whose bodies name what they tell: the fields at these paths, which must all be there."""

    def transmission(headers: Headers, body: bytes) -> Transmission:
        try:
            payload = Payload.from_json(body)
            found = [line(payload, path) for path in paths]
        except BadPayload:
            return by_body(headers, body)
        return Transmission(key=f"fields:{digest(*found)}") if all(found) else by_body(headers, body)

    return transmission


def _assigned(it: str, change: Change) -> str:
    if change.new:
        return f"assigned {it} to {_short(change.new)}"
    return f"unassigned {_short(change.old)} from {it}" if change.old else f"changed the assignee of {it}"


def _from_to(change: Change) -> str:
    """Nothing where a value is too long for a title, as descriptions are."""
    if max(len(change.old), len(change.new)) > LONGEST_SHOWN:
        return ""
    old = f" from {one_line(change.old)}" if change.old else ""
    new = f" to {one_line(change.new)}" if change.new else ""
    return f"{old}{new}"


def _short(value: str) -> str:
    text = one_line(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
