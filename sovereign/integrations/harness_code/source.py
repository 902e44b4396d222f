"""Harness Code and Gitness: pull requests, branches and tags.

https://developer.harness.io/docs/code-repository/pull-requests/webhook

The signature (`X-Harness-Signature`: hexadecimal HMAC-SHA256 of the body) and the trigger, in a
header and in the body alike, are confirmed by a public client; the fields of a review are not, so
that several are tried.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._alarms import by_problem
from sovereign.integrations._named import kind_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import hmac_sha256
from sovereign.integrations.harness_code.changes import CHANGES, event_of, of_change
from sovereign.integrations.harness_code.refs import QUEUE, REFS, of_queue, of_ref


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    trigger = line(payload, "trigger") or headers.get("x-harness-trigger", "")
    place = line(payload, "repo.path", "repo.uid", "repo.identifier")
    if not place:
        raise BadPayload("$.repo.path", "is missing")
    if trigger in CHANGES:
        return [of_change(payload, trigger, place)]
    if trigger in REFS:
        return [of_ref(payload, trigger, place)]
    if trigger in QUEUE:
        return [of_queue(payload, trigger, place)]
    kind = kind_of(trigger.replace("_", ".", 1), otherwise="webhook.received")
    return [event_of(payload, kind, place, f"sent {words(trigger) or 'something'} of {place}")]


def _thing(headers: Headers, body: bytes) -> str:
    """What a delivery is about: what is closed, reopened and closed again is told three times."""
    payload = Payload.from_json(body)
    place = line(payload, "repo.id", "repo.path")
    return f"{place}/{line(payload, 'pull_req.number', 'ref.name', 'commit_sha')}"


SOURCE = Source(
    slug="harness_code",
    title="Harness Code",
    docs="https://developer.harness.io/docs/code-repository/pull-requests/webhook",
    home="prs",
    secret="env://HARNESS_CODE_WEBHOOK_SECRET",
    scheme=hmac_sha256("x-harness-signature", optional_prefix="sha256="),
    parse=parse,
    kinds=frozenset(kind for kind, _ in (*CHANGES.values(), *REFS.values(), *QUEUE.values())),
    quiet=frozenset({"change.annotated", "comment.updated", "mergequeue.entered", "mergequeue.left"}),
    transmission=by_problem(_thing),
    shown_headers=frozenset({"x-harness-trigger"}),
)
