"""
Pivotal Tracker: stories and epics from creation to acceptance; JSON of version 5, and the XML of version 3.

The service has closed; this reads what an instance of before, or an archive of its deliveries, sends. Nothing
is signed: the secret comes as `?token=` of the address. The mapping rests on bodies of others' test suites.
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import shown
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._tickets import REORDERED, by_fields, kind_of, spoken
from sovereign.integrations._verify import static_secret
from sovereign.integrations._xml import from_xml
from sovereign.integrations.pivotal.activities import STATES, Activity, of_version_3, of_version_5

DID = {"create": "created", "update": "updated", "move": "reordered", "delete": "deleted"}
VERBS = {f"{kind}_{did}": verb for kind in ("story", "epic") for did, verb in DID.items()}
COMMENTS = {"comment_update": "edited", "comment_delete": "deleted"}


def parse(headers: Headers, body: bytes) -> list[Event]:
    xml = body.lstrip()[:1] == b"<"
    payload = from_xml(body) if xml else Payload.from_json(body)
    activity = of_version_3(payload) if xml else of_version_5(payload)
    return [replace(_told(activity), occurred_at=activity.at)]


def _told(activity: Activity) -> Event:
    ticket, verb = activity.ticket, VERBS.get(activity.type, "")
    if activity.type.startswith("comment_"):
        return _comment(activity)
    if not verb:
        return _other(activity)
    status = STATES.get(activity.state, Status.UNKNOWN) if activity.state else Status.INFO
    if verb in ("updated", "reordered") and activity.state:
        back = activity.before == "accepted" and status is Status.OPEN
        verb = "closed" if status is Status.CLOSED else "reopened" if back else "updated"
    did = activity.did or verb
    event = ticket.event(
        verb, f"{did} {ticket.it}" if " " not in did else f"{did} on {ticket.it}", activity.actor
    )
    fixed = {"created": Status.OPEN, "deleted": Status.CLOSED}.get(verb, status)
    fields = {"State": activity.state, "Comment": activity.comment}
    return replace(event, status=fixed, text=activity.text, fields=shown(fields))


def _comment(activity: Activity) -> Event:
    ticket, did = activity.ticket, COMMENTS.get(activity.type)
    if did:
        return ticket.event("updated", f"{did} a comment on {ticket.it}", activity.actor, "comment")
    event = ticket.event("commented", f"commented on {ticket.it}", activity.actor)
    return replace(event, text=activity.comment)


def _other(activity: Activity) -> Event:
    """Tasks, labels, owners and blockers of a story; or what is about the project itself."""
    ticket, did = activity.ticket, activity.did or f"changed ({spoken(activity.type)})"
    if ticket.id:
        return ticket.event("annotated", f"{did} on {ticket.it}", activity.actor)
    event = ticket.event("changed", f"{did} on {ticket.it}", activity.actor, "project")
    place = f" in {ticket.place}" if ticket.place else ""
    return replace(event, title=f"{activity.sentence}{place}") if activity.sentence else event


SOURCE = Source(
    slug="pivotal",
    title="Pivotal Tracker",
    docs="https://www.pivotaltracker.com/help/api#Webhooks",
    home="kanban-updates",
    secret="env://PIVOTAL_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset(
        kind_of(verb) for verb in (*VERBS.values(), "closed", "reopened", "commented", "annotated")
    )
    | {"comment.updated", "project.changed"},
    quiet=frozenset({REORDERED}),
    transmission=by_fields("guid"),
)
