"""Types of event that need no function of their own: one row says what to call them and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._reading import line, link, prose, shown, when, words
from sovereign.integrations.gitlab._common import Delivery, Readers


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    says     what was done, with {did} (the action in words), {name}, {more} and {place}
    needs    dotted path of what must be there, for the body to be about anything
    name     dotted paths of {name}, which is also the event's own; `more` those of {more}
    told_of  whether the person in the body is the one it was done to, and nobody says by whom
    text, url   dotted paths, the first that is there
    fields   name of the field → dotted path
    """

    kind: str
    says: str
    needs: str
    name: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    told_of: bool = False
    text: tuple[str, ...] = ()
    url: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


DID = {"create": "created", "update": "edited", "delete": "deleted", "close": "closed", "reopen": "reopened"}
ACTIVE = {"true": "turned on", "false": "turned off"}
REACTED = {"award": "added", "revoke": "removed"}


ROWS: Mapping[str, Row] = {
    "wiki_page": Row(
        kind="wiki.updated",
        says="{did} the wiki page {name} in {place}",
        needs="object_attributes",
        name=("object_attributes.title", "object_attributes.slug"),
        text=("object_attributes.message",),
        url=("object_attributes.url", "wiki.web_url"),
    ),
    "milestone": Row(
        kind="milestone.changed",
        says="milestone {name} {did} in {place}",
        needs="object_attributes",
        name=("object_attributes.title",),
        text=("object_attributes.description",),
        fields={"Due": "object_attributes.due_date"},
    ),
    "feature_flag": Row(
        kind="featureflag.changed",
        says="{did} the feature flag {name} in {place}",
        needs="object_attributes",
        name=("object_attributes.name",),
        text=("object_attributes.description",),
    ),
    "emoji": Row(
        kind="reaction.changed",
        says="{did} :{name}: on {more} in {place}",
        needs="object_attributes",
        name=("object_attributes.name",),
        more=(
            "merge_request.title",
            "issue.title",
            "snippet.title",
            "note.note",
            "object_attributes.awardable_type",
        ),
        url=("object_attributes.awarded_on_url",),
    ),
}


def read(row: Row, delivery: Delivery) -> Event:
    """Raises BadPayload where the body lacks what it should be about."""
    body = delivery.body
    body.at(*row.needs.split("."))
    name = line(body, *row.name)
    # A name keeps its first letter as it is.
    says = row.says[:1].upper() + row.says[1:] if row.told_of else row.says
    did = says.format(
        did=_did(delivery),
        name=name or "somebody" if row.told_of else name or "without a name",
        more=line(body, *row.more)[:80],
        place=delivery.place,
    )
    speaker = replace(delivery, actor="", avatar=None) if row.told_of else delivery
    event = speaker.event(row.kind, " ".join(did.split()))
    return replace(
        event,
        title=" ".join(did.split()) if row.told_of else event.title,
        name=name,
        text=prose(body, *row.text),
        url=link(body, *row.url) or event.url,
        fields=shown({label: line(body, path) for label, path in row.fields.items()}),
        occurred_at=when(body, "object_attributes.updated_at", "updated_at", "object_attributes.created_at"),
    )


def _did(delivery: Delivery) -> str:
    if delivery.type == "feature_flag":
        return ACTIVE.get(line(delivery.body, "object_attributes.active"), "changed")
    known = REACTED if delivery.type == "emoji" else DID
    return known.get(delivery.action) or words(delivery.action) or "changed"


def readers(rows: Mapping[str, Row]) -> Readers:
    return {type: partial(read, row) for type, row in rows.items()}


def kinds(rows: Mapping[str, Row]) -> frozenset[str]:
    return frozenset(row.kind for row in rows.values())


READERS = readers(ROWS)
KINDS = kinds(ROWS)
