"""Review Board: review requests from publishing to closing, reviews and replies.

https://www.reviewboard.org/docs/manual/latest/admin/configuration/webhooks/

JSON and form data are read, XML and custom content are not. Review Board signs the body with
HMAC-SHA1, as its own code shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, hmac_sha1, static_secret

EVENT_HEADER, SIGNATURE = "x-reviewboard-event", "x-hub-signature"
STATES: Mapping[str, Status] = {
    "pending": Status.OPEN,
    "submitted": Status.MERGED,
    "discarded": Status.CLOSED,
}
CLOSED: Mapping[str, tuple[str, str, Status]] = {
    "submitted": ("change.merged", "closed {it} as submitted", Status.MERGED),
    "discarded": ("change.abandoned", "discarded {it}", Status.CLOSED),
}
OTHER_CLOSE = ("change.abandoned", "closed {it}", Status.UNKNOWN)
COMMENTS = ("diff_comments", "file_attachment_comments", "general_comments", "screenshot_comments")
_SITE = re.compile(r"https?://(.+?)/r/\d+/?")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    type = line(payload, "event") or headers.get(EVENT_HEADER, "")
    return [READERS.get(type, _other)(payload)]


def _published(payload: Payload) -> Event:
    new = payload.flag("is_new") or payload.get("change") is None
    changed = payload.get("change", "fields_changed")
    fields = ", ".join(name.replace("_", " ") for name in changed.keys()[:5]) if changed else ""
    did = "opened {it}" if new else "updated {it}"
    event = _change(payload, "change.created" if new else "change.updated", did, _submitter(payload))
    return event if new else replace(event, fields=(*event.fields[:5], *shown({"Changed": fields})))


def _closed(payload: Payload) -> Event:
    kind, did, status = CLOSED.get(line(payload, "close_type"), OTHER_CLOSE)
    event = _change(payload, kind, did, line(payload, "closed_by.username") or _submitter(payload))
    return replace(event, status=status, avatar=_avatar(payload, "closed_by"))


def _reopened(payload: Payload) -> Event:
    who = line(payload, "reopened_by.username") or _submitter(payload)
    event = _change(payload, "change.reopened", "reopened {it}", who)
    return replace(event, avatar=_avatar(payload, "reopened_by"))


def _reviewed(payload: Payload) -> Event:
    """Open issues ask for changes; without any, and without `Ship It!`, it is a mere comment."""
    review = payload.at("review")
    opened = any(one.flag("issue_opened") for one in _comments(payload))
    status = Status.CHANGES_REQUESTED if opened else Status.INFO
    status = Status.APPROVED if review.flag("ship_it") and not opened else status
    did = {Status.APPROVED: "approved {it}", Status.CHANGES_REQUESTED: "asks for changes in {it}"}
    event = _change(payload, "change.reviewed", did.get(status, "reviewed {it}"), _user(review))
    return _said(payload, review, replace(event, status=status))


def _replied(payload: Payload) -> Event:
    reply = payload.at("reply")
    event = _change(payload, "change.commented", "replied to a review of {it}", _user(reply))
    return _said(payload, reply, replace(event, status=Status.INFO))


def _other(payload: Payload) -> Event:
    return _change(payload, "reviewboard.event", "did something to {it}", _submitter(payload))


def _change(payload: Payload, kind: str, did: str, who: str) -> Event:
    request = payload.at("review_request")
    number, repo = line(request, "id"), line(request, "links.repository.title")
    if not number:
        raise BadPayload("$.review_request.id", "is missing")
    url, name = link(request, "absolute_url"), line(request, "summary")
    site = _SITE.fullmatch(url or "")
    it = f"review request {number} in {repo}" if repo else f"review request {number}"
    title = f"{who or 'Somebody'} {did.format(it=it)}"
    people, groups = (_titles(request, f"target_{side}") for side in ("people", "groups"))
    return Event(
        source="reviewboard",
        kind=kind,
        subject=f"{repo or 'review request'}#{number}",
        name=name,
        title=f"{title}: {name}" if name else title,
        text=prose(request, "description"),
        status=STATES.get(line(request, "status"), Status.UNKNOWN),
        url=url,
        actor=who or None,
        repo=repo or None,
        branch=line(request, "branch") or None,
        fields=shown(
            {
                "Branch": line(request, "branch"),
                "Reviewers": people,
                "Groups": groups,
                "Commit": line(request, "commit_id")[:7],
                "Open issues": line(request, "issue_open_count").removeprefix("0"),
            }
        ),
        occurred_at=when(request, "last_updated", "time_added"),
        # Not every body names the repository; the address has the site that counts the requests.
        conversation=f"reviewboard:{site[1] if site else ''}#{number}",
    )


def _said(payload: Payload, review: Payload, event: Event) -> Event:
    """The words of a review or a reply; comments on lines follow those on the whole."""
    parts = [prose(review, "body_top"), *(prose(one, "text") for one in _comments(payload))]
    text = "\n\n".join(filter(None, (*parts, prose(review, "body_bottom"))))
    at = when(review, "timestamp") or event.occurred_at
    return replace(event, text=text, url=link(review, "absolute_url") or event.url, fields=(), occurred_at=at)


def _comments(payload: Payload) -> list[Payload]:
    return [one for key in COMMENTS for one in payload.list_at(key)]


def _titles(request: Payload, key: str) -> str:
    return ", ".join(filter(None, (line(one, "title") for one in request.list_at(key))))


def _user(review: Payload) -> str:
    return line(review, "links.user.title")


def _submitter(payload: Payload) -> str:
    return line(payload, "review_request.links.submitter.title")


def _avatar(payload: Payload, who: str) -> str | None:
    avatar = link(payload, f"{who}.avatar_url")
    return avatar if avatar and avatar.startswith("https://") else None


READERS: Mapping[str, Callable[[Payload], Event]] = {
    "review_request_published": _published,
    "review_request_closed": _closed,
    "review_request_reopened": _reopened,
    "review_published": _reviewed,
    "reply_published": _replied,
}

SOURCE = Source(
    slug="reviewboard",
    title="Review Board",
    docs="https://www.reviewboard.org/docs/manual/latest/admin/configuration/webhooks/",
    home="prs",
    secret="env://REVIEWBOARD_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha1(SIGNATURE.lower(), prefix="sha1="), static_secret()),
    parse=parse,
    kinds=frozenset(kind for kind, _, _ in (*CLOSED.values(), OTHER_CLOSE))
    | {"change.created", "change.updated", "change.reopened", "change.reviewed", "change.commented"},
    shown_headers=frozenset({EVENT_HEADER}),
)
