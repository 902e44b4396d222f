"""What a message of Pub/Sub holds: the envelope of a push, and the services of Google Cloud that publish."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations import _builds, _gcpmonitoring
from sovereign.integrations._alarms import KINDS as ALARMS
from sovereign.integrations._alarms import place
from sovereign.integrations._named import told
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._source import Headers

RECEIVED = "message.received"
BUILDS: Mapping[str, Status] = {
    "PENDING": Status.QUEUED,
    "QUEUED": Status.QUEUED,
    "WORKING": Status.RUNNING,
    "SUCCESS": Status.SUCCEEDED,
    "FAILURE": Status.FAILED,
    "INTERNAL_ERROR": Status.FAILED,
    "TIMEOUT": Status.FAILED,
    "CANCELLED": Status.CANCELLED,
    "EXPIRED": Status.CANCELLED,
}
REGISTRY = {"INSERT": ("artifact.published", "pushed"), "DELETE": ("artifact.deleted", "deleted")}
KINDS = (
    frozenset({RECEIVED, "artifact.published", "artifact.deleted"})
    | ALARMS
    | _builds.kinds(_builds.RUN, "queued", "started", "finished")
)

_LONGEST_SHOWN = 1000
_SUBSCRIPTION = re.compile(r"projects/(?P<project>[^/]+)/subscriptions/(?P<name>[^/]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`data` is what was published; `payload` the same as JSON, where it is that."""

    id: str
    subscription: str
    attributes: Mapping[str, str]
    data: bytes
    payload: Payload | None
    at: datetime | None

    @property
    def name(self) -> str:
        """What the subscription is called within its project."""
        return self.subscription.rpartition("/")[2]

    @property
    def project(self) -> str:
        found = _SUBSCRIPTION.fullmatch(self.subscription)
        return found["project"] if found else ""


def message_of(headers: Headers, body: bytes) -> Message:
    """The envelope, or a message that is pushed without one. Raises BadPayload."""
    whole = Payload.from_json(body)
    if not (isinstance(whole.raw, dict) and isinstance(whole.raw.get("message"), dict)):
        return _unwrapped(headers, body, whole)
    found = whole.at("message")
    data = _decoded(found.text_at("data"))
    attributes = found.get("attributes")
    return Message(
        id=line(found, "messageId", "message_id"),
        subscription=line(whole, "subscription"),
        attributes=attributes.texts() if attributes else {},
        data=data,
        payload=_json(data),
        at=when(found, "publishTime", "publish_time"),
    )


def _unwrapped(headers: Headers, body: bytes, whole: Payload) -> Message:
    """With payload unwrapping the envelope is in the headers, where the subscription writes metadata."""
    return Message(
        id=headers.get("x-goog-pubsub-message-id", ""),
        subscription=headers.get("x-goog-pubsub-subscription-name", ""),
        attributes={},
        data=body,
        payload=whole if isinstance(whole.raw, dict) else None,
        at=None,
    )


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        raise BadPayload("$.message.data", "is not base64") from None


def _json(data: bytes) -> Payload | None:
    try:
        found = Payload.from_json(data)
    except BadPayload:
        return None
    return found if isinstance(found.raw, dict) else None


def read(message: Message) -> Event:
    """The event that a message is."""
    body = message.payload
    if body and _gcpmonitoring.is_incident(body):
        event = _gcpmonitoring.event_of("pubsub", body)
        return replace(event, occurred_at=event.occurred_at or message.at)
    if body and "buildId" in message.attributes and line(body, "status"):
        return _build(message, body)
    if body and line(body, "action") in REGISTRY and line(body, "digest", "tag"):
        return _image(message, body)
    return _other(message, body)


def _build(message: Message, body: Payload) -> Event:
    """A run of Cloud Build."""
    repo = line(body, "substitutions.REPO_FULL_NAME", "substitutions.REPO_NAME")
    return _builds.event_of(
        _builds.Build(
            source="pubsub",
            name=line(body, "substitutions.TRIGGER_NAME") or "Cloud Build",
            id=line(body, "id") or message.attributes["buildId"],
            status=BUILDS.get(line(body, "status"), Status.UNKNOWN),
            address=line(body, "source.gitSource.url"),
            repo=repo if "/" in repo else "",
            project=line(body, "projectId") or message.project or "an unnamed project",
            branch=line(body, "substitutions.BRANCH_NAME"),
            sha=line(body, "substitutions.COMMIT_SHA"),
            text=line(body, "statusDetail", "failureInfo.detail"),
            url=link(body, "logUrl"),
            at=when(body, "finishTime", "startTime", "createTime") or message.at,
        )
    )


def _image(message: Message, body: Payload) -> Event:
    """A push to Artifact Registry, or a deletion."""
    image = line(body, "tag", "digest")
    kind, did = REGISTRY[line(body, "action")]
    return Event(
        source="pubsub",
        kind=kind,
        subject=image.rpartition("/")[2],
        title=f"{image} {did}",
        service=image.rpartition("/")[2].partition("@")[0].partition(":")[0] or None,
        fields=shown({"Digest": line(body, "digest"), "Project": message.project}),
        occurred_at=message.at,
    )


def _other(message: Message, body: Payload | None) -> Event:
    found = told(body) if body else None
    text = found.text if found else _as_text(message.data)
    name = found.name if found else ""
    first = name or " ".join(text.split())[:200] or f"A message of {len(message.data)} bytes"
    where = f"{message.name or 'an unnamed subscription'}{place(message.project)}"
    attributes = [(key, value) for key, value in message.attributes.items() if value][:3]
    known = shown({"Project": message.project, "Subscription": message.name})
    return Event(
        source="pubsub",
        kind=RECEIVED,
        subject=message.name or first,
        name=name,
        title=f"{first} ({where})",
        text=text if text != first else "",
        url=found.url if found else None,
        service=(found.where if found else "") or message.project or None,
        fields=(*(found.fields if found else ()), *known, *attributes)[:6],
        occurred_at=message.at,
    )


def _as_text(data: bytes) -> str:
    """Empty for what is no text."""
    try:
        text = data.decode()
    except ValueError:
        return ""
    return text[:_LONGEST_SHOWN] if text.isprintable() or "\n" in text else ""
