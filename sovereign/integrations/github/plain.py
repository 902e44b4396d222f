"""Types of event that need no function of their own: one row says what to call them and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.github._common import Delivery
from sovereign.integrations.github.numbered import words

STATUSES: Mapping[str, Status] = {
    "success": Status.SUCCEEDED,
    "built": Status.SUCCEEDED,
    "building": Status.RUNNING,
    "failure": Status.FAILED,
    "errored": Status.FAILED,
    "cancelled": Status.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    kind      for every action that `kinds` does not name
    kinds     by action
    says      what the actor did, with {did} (the action in words), {name}, {more} and {place}
    sentences other words than `says`, by action
    needs     dotted path of what must be there, for the body to be about anything
    name      dotted paths of {name}, which is also the event's own; `more` those of {more}
    nameless  what {name} is where it is not there
    text, url, at, status   dotted paths, the first that is there
    fields    name of the field → dotted path
    """

    kind: str
    says: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""
    name: tuple[str, ...] = ()
    nameless: str = ""
    more: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    url: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def read(self, delivery: Delivery) -> Event:
        """Raises BadPayload where the body lacks what it should be about."""
        body = delivery.body
        if self.needs:
            body.at(*self.needs.split(".")).require_object()
        name = line(body, *self.name)
        did = self.sentences.get(delivery.action, self.says).format(
            did=words(delivery.action) or "changed",
            name=name or self.nameless,
            more=line(body, *self.more),
            place=delivery.place,
        )
        event = delivery.event(self.kinds.get(delivery.action, self.kind), " ".join(did.split()))
        return replace(
            event,
            name=name,
            status=STATUSES.get(line(body, *self.status), Status.UNKNOWN) if self.status else Status.INFO,
            text=prose(body, *self.text),
            url=link(body, *self.url) or event.url or link(body, "sender.html_url"),
            fields=shown({label: line(body, path) for label, path in self.fields.items()}),
            occurred_at=when(body, *self.at),
        )


def kinds_of(rows: Mapping[str, Row]) -> frozenset[str]:
    return frozenset(kind for row in rows.values() for kind in (row.kind, *row.kinds.values()))
