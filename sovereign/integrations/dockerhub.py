"""Docker Hub: somebody pushed a tag.

https://docs.docker.com/docker-hub/repos/manage/webhooks/

Docker Hub signs nothing and can send no header: put `?token=SECRET` behind the address. The
`callback_url` of its bodies is never called.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._source import Headers, Source, Transmission, by_body
from sovereign.integrations._verify import static_secret


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    pushed, repository = payload.at("push_data"), payload.at("repository")
    repo, tag = _repo(repository), line(pushed, "tag")
    image = f"{repo}:{tag}" if tag else repo
    who = line(pushed, "pusher")
    event = Event(
        source="dockerhub",
        kind="artifact.published",
        subject=image,
        name=image,
        title=f"{who or 'Somebody'} pushed {image}",
        url=link(repository, "repo_url"),
        actor=who or None,
        service=repo.rpartition("/")[2],
        fields=shown({"Repository": repo, "Tag": tag, "Media type": line(pushed, "media_type")}),
        occurred_at=when(pushed, "pushed_at"),
        conversation=f"dockerhub:{image}",
    )
    return [event]


def _repo(repository: Payload) -> str:
    owner, name = line(repository, "namespace", "owner"), line(repository, "name")
    if repo := line(repository, "repo_name") or "/".join(filter(None, (owner, name))):
        return repo
    raise BadPayload("$.repository.repo_name", "is missing")


def transmission(headers: Headers, body: bytes) -> Transmission:
    """A tag is pushed once at any one time; without the time the body's hash must do."""
    try:
        payload = Payload.from_json(body)
        paths = ("repository.repo_name", "push_data.tag", "push_data.pushed_at")
        said = [line(payload, path) for path in paths]
    except BadPayload:
        return by_body(headers, body)
    return Transmission(key=f"push:{digest(*said)}") if all(said) else by_body(headers, body)


SOURCE = Source(
    slug="dockerhub",
    title="Docker Hub",
    docs="https://docs.docker.com/docker-hub/repos/manage/webhooks/",
    home="deployments",
    secret="env://DOCKERHUB_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"artifact.published"}),
    transmission=transmission,
)
