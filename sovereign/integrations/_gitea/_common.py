"""What every event of Gitea, Forgejo and Gogs has in common: who did something, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link

NO_COMMIT = "0" * 40
"""What they write for "there is no commit": the side before a creation, and after a deletion. Repositories
with longer hashes have more zeros."""

ACTORS = (
    "sender.login",
    "sender.username",
    "pusher.login",
    "pusher.username",
    "comment.user.login",
    "run.trigger_user.login",
    "run.trigger_user.username",
)
REPOSITORIES = ("repository.full_name", "run.repository.full_name", "package.repository.full_name")
PAGES = ("repository.html_url", "run.repository.html_url")
OWNERS = ("organization.username", "organization.name", "package.owner.login", "sender.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """
    slug         of the source; also in the middle of the names of its headers
    pushes_tags  whether a tag that comes or goes is told by a `push` too, which tells more
    lacks        kinds that this one of the family never sends
    """

    slug: str
    title: str
    docs: str
    pushes_tags: bool
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    type            the word in the event header
    action          what happened to it, on one line; empty for the types that have none
    actor           user name; empty where the body names nobody
    place           the repository's full name; without one the owner, or the sender's own name
    default_branch  of the repository; empty where the body does not say
    """

    flavour: Flavour
    body: Payload
    type: str
    action: str
    actor: str
    avatar: str | None
    repo: str | None
    place: str
    default_branch: str

    @classmethod
    def read(cls, flavour: Flavour, type: str, body: Payload) -> Delivery:
        """Raises BadPayload where the body is no object, or does not say in text who it was and where."""
        body.require_object()
        avatar = link(body, "sender.avatar_url", "pusher.avatar_url", "run.trigger_user.avatar_url")
        repo = line(body, *REPOSITORIES)
        return cls(
            flavour=flavour,
            body=body,
            type=type,
            action=line(body, "action"),
            actor=line(body, *ACTORS),
            avatar=avatar if avatar and avatar.startswith("https://") else None,
            repo=repo or None,
            place=repo or line(body, *OWNERS) or flavour.title,
            default_branch=line(body, "repository.default_branch", "run.repository.default_branch"),
        )

    def event(self, kind: str, did: str) -> Event:
        """What can be said of any event; `did` is what the actor did, as in `pushed to acme/shop main`."""
        return Event(
            source=self.flavour.slug,
            kind=kind,
            subject=self.place,
            title=f"{self.actor} {did}" if self.actor else did[:1].upper() + did[1:],
            url=link(self.body, *PAGES),
            actor=self.actor or None,
            avatar=self.avatar,
            repo=self.repo,
        )

    def thread(self, name: str) -> str:
        """The conversation of this name: `#42`, `@<sha>`, `/releases/7`."""
        return f"{self.flavour.slug}:{self.place}{name}"

    def on_default(self, branch: str) -> bool:
        return bool(branch) and branch == self.default_branch


def number_of(delivery: Delivery, thing: Payload) -> str:
    """The number that names a pull request or an issue; BadPayload without one."""
    number = line(thing, "number") or line(delivery.body, "number")
    if not number.isalnum():
        raise BadPayload("$.number", "names nothing")
    return number


def labels_of(thing: Payload) -> dict[str, str]:
    """The labels by name; these senders' labels have no values."""
    return {name: "" for label in thing.list_at("labels") if (name := line(label, "name"))}


def names_of(people: list[Payload]) -> str:
    """User names, with commas."""
    return ", ".join(name for person in people if (name := line(person, "login", "username")))


def gone(sha: str) -> bool:
    """Whether this stands for no commit at all."""
    return not sha.strip("0")


Reader = Callable[[Delivery], Event]
"""How one type of event is read. Raises BadPayload where the body has lost what it is about."""

Readers = Mapping[str, Reader]
