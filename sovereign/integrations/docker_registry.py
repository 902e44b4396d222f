"""A container registry (CNCF Distribution): manifests and layers pushed, pulled, mounted and
deleted.

https://distribution.github.io/distribution/about/notifications/

The registry signs nothing: give its endpoint `headers: {Authorization: [Bearer SECRET]}`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._source import Headers, Source, Transmission, by_body
from sovereign.integrations._verify import static_secret

ACTIONS: Mapping[str, tuple[str, str]] = {
    "push": ("artifact.published", "pushed"),
    "pull": ("artifact.downloaded", "pulled"),
    "delete": ("artifact.deleted", "deleted"),
}
LAYER = "layer.changed"
"""Whatever happens to a part of an image: the manifest tells of the whole."""
LAYERS = {**{action: verb for action, (_, verb) in ACTIONS.items()}, "mount": "mounted"}
NOT_LAYERS = ("manifest", "image.index")


def parse(headers: Headers, body: bytes) -> list[Event]:
    return [_event(one) for one in Payload.from_json(body).at("events").each()]


def _event(found: Payload) -> Event:
    action, repo = found.at("action").text(), line(found, "target.repository")
    if not repo:
        raise BadPayload("$.events[].target.repository", "is missing")
    tag, hash = line(found, "target.tag"), line(found, "target.digest")
    type, who = line(found, "target.mediaType"), line(found, "actor.name")
    whole = not type or any(part in type for part in NOT_LAYERS)
    known = ACTIONS.get(action) if whole else (LAYER, LAYERS.get(action, "changed"))
    kind, verb = known or ("artifact.updated", f"reported {' '.join(action.split()) or 'something'} of")
    image = f"{repo}:{tag}" if tag else f"{repo}@{hash[:19]}" if hash else repo
    what = image if whole else f"a layer of {repo}"
    client = line(found, "request.useragent").partition(" ")[0]
    return Event(
        source="docker_registry",
        kind=kind,
        subject=image,
        name=image,
        title=f"{who or 'Somebody'} {verb} {what}",
        url=link(found, "target.url"),
        actor=who or None,
        service=repo.rpartition("/")[2],
        fields=shown(
            {
                "Repository": repo,
                "Tag": tag,
                "Digest": hash[:19],
                "From": line(found, "target.fromRepository"),
                "Client": client,
                "Registry": line(found, "request.host"),
            }
        ),
        occurred_at=when(found, "timestamp"),
        conversation=f"docker_registry:{repo}@{hash}" if whole and hash else None,
    )


def transmission(headers: Headers, body: bytes) -> Transmission:
    """The registry numbers its events, and sends an envelope until it is accepted."""
    try:
        ids = [line(one, "id") for one in Payload.from_json(body).at("events").each()]
    except BadPayload:
        return by_body(headers, body)
    return Transmission(key=f"events:{digest(*ids)}") if ids and all(ids) else by_body(headers, body)


SOURCE = Source(
    slug="docker_registry",
    title="Container registry",
    docs="https://distribution.github.io/distribution/about/notifications/",
    home="deployments",
    secret="env://DOCKER_REGISTRY_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"artifact.published", "artifact.downloaded", "artifact.deleted", LAYER}),
    quiet=frozenset({"artifact.downloaded", LAYER}),
    transmission=transmission,
)
