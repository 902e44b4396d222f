"""What every event of Bitbucket Data Center has in common: who did something, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when

NAMES = ("name", "slug", "displayName")
"""What people are called, in the order of preference."""

REPOSITORIES = ("repository", "pullRequest.toRef.repository", "new")
"""Where bodies have the repository that they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    type   the event key, such as `pr:opened`
    actor  user name; empty where the body names nobody
    place  project key and repository, as in `ACME/shop`; without a repository the project
    """

    body: Payload
    type: str
    actor: str
    repo: str | None
    place: str
    at: datetime | None

    @classmethod
    def read(cls, type: str, body: Payload) -> Delivery:
        """Raises BadPayload where the body is no object, or does not say in text who it was and where."""
        body.require_object()
        found = next((one for path in REPOSITORIES if (one := body.get(*path.split(".")))), None)
        repo = path_of(found) if found else ""
        return cls(
            body=body,
            type=type,
            actor=name_of(body.get("actor")),
            repo=repo if "/" in repo else None,
            place=repo or "Bitbucket",
            at=when(body, "date"),
        )

    def event(self, kind: str, did: str) -> Event:
        """What can be said of any event; `did` is what the actor did, as in `forked ACME/shop`."""
        return Event(
            source="bitbucket_server",
            kind=kind,
            subject=self.place,
            title=f"{self.actor} {did}" if self.actor else did[:1].upper() + did[1:],
            url=page_of(self.body.get("repository")),
            actor=self.actor or None,
            repo=self.repo,
            occurred_at=self.at,
        )

    def thread(self, name: str) -> str:
        """The conversation of this name, as in `#42`."""
        return f"bitbucket_server:{self.place}{name}"


def path_of(repository: Payload) -> str:
    """`ACME/shop`; the project alone, or nothing, where the body says no more."""
    parts = (line(repository, "project.key", "key"), line(repository, "slug"))
    return "/".join(part for part in parts if part)


def page_of(thing: Payload | None) -> str | None:
    """The page of a thing, which only some versions give, as the first of a list."""
    pages = thing.get("links", "self") if thing else None
    found = list(pages.each()) if pages and isinstance(pages.raw, list) else []
    return link(found[0], "href") if found else None


def name_of(person: Payload | None) -> str:
    return line(person, *NAMES)


def names_of(people: list[Payload]) -> str:
    """What people are called, with commas."""
    return ", ".join(name for person in people if (name := name_of(person)))


Reader = Callable[[Delivery], Sequence[Event]]
"""How one type of event is read. Raises BadPayload where the body has lost what it is about."""

Readers = Mapping[str, Reader]
