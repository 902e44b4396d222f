"""
Linear: issues from creation to done, their comments, and the projects and cycles around them.

`Linear-Signature` covers the body, which says in `webhookTimestamp` when it was sent: Linear's own library
refuses what is older than a minute, and so does this. Whatever is not answered 200, Linear sends three more
times. Bodies from before `actor` name nobody.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, when
from sovereign.integrations._source import Headers, Source, by_header
from sovereign.integrations._tickets import REORDERED, picture
from sovereign.integrations._timed import hmac_sha256_with_time_inside
from sovereign.integrations.linear import issues, things

READERS = {"Issue": issues.issue, "IssueSLA": issues.deadline, "Comment": issues.comment}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    type, action = payload.at("type").text(), line(payload, "action")
    data = payload.get("data") or payload.get("issueData")
    if data and type in READERS:
        event = READERS[type](payload, data, action)
    else:
        event = things.told(payload, data, type, action)
    avatar = picture(payload, "actor.avatarUrl")
    return [replace(event, avatar=avatar, occurred_at=when(payload, "createdAt", "webhookTimestamp"))]


SOURCE = Source(
    slug="linear",
    title="Linear",
    docs="https://linear.app/developers/webhooks",
    home="kanban-updates",
    secret="env://LINEAR_WEBHOOK_SECRET",
    scheme=hmac_sha256_with_time_inside("linear-signature", "webhookTimestamp", timedelta(seconds=60)),
    parse=parse,
    kinds=issues.KINDS | things.KINDS,
    quiet=frozenset({REORDERED}),
    transmission=by_header("linear-delivery"),
    heard=HTTPStatus.OK,
    delivery_header="linear-delivery",
    shown_headers=frozenset({"linear-delivery", "linear-event"}),
)
