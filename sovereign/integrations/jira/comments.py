"""Comments on issues, which every version of Jira tells in another way."""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._tickets import Ticket, picture, wording

COMMENTED = {
    "comment_created": ("commented", "commented on {}"),
    "comment_updated": ("updated", "edited a comment on {}"),
    # The body names who wrote the comment, not who deleted it.
    "comment_deleted": ("updated", "wrote a comment on {} that was deleted"),
    "issue_commented": ("commented", "commented on {}"),
    "issue_comment_edited": ("updated", "edited a comment on {}"),
    "issue_comment_deleted": ("updated", "deleted a comment on {}"),
}


def told(payload: Payload, name: str, issue: Ticket) -> Event | None:
    """None where the delivery is not about a comment; the oldest versions only put one into the body."""
    comment = payload.get("comment")
    type = name if name in COMMENTED else line(payload, "issue_event_type_name")
    if type not in COMMENTED and (comment is None or payload.list_at("changelog", "items")):
        return None
    verb, says = COMMENTED.get(type, COMMENTED["issue_commented"])
    author = comment.get("updateAuthor" if verb == "updated" else "author") if comment else None
    who = payload.get("user") or author
    noun = "ticket" if verb == "commented" else "comment"
    event = issue.event(verb, says.replace("{}", issue.it), line(who, "displayName", "name"), noun)
    id = line(comment, "id")
    return replace(
        event,
        status=Status.INFO,
        avatar=picture(who, "avatarUrls.48x48"),
        text=wording(comment, "body") if verb == "commented" else "",
        url=f"{issue.url}?focusedCommentId={id}" if issue.url and id else issue.url,
    )


KINDS = frozenset({"ticket.commented", "comment.updated"})
