"""What every GitHub event has in common: who did something, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link

NO_COMMIT = "0" * 40
"""What GitHub writes for "there is no commit": the side before a creation, and after a deletion."""

# In the order of preference. `pusher` stands in where a push has no sender, as from the merge queue.
ACTORS = (
    "sender.login",
    "pusher.name",
    "package.package_version.author.login",
    "package.owner.login",
    "registry_package.owner.login",
)
OWNERS = (
    "organization.login",
    "installation.account.login",
    "installation.account.slug",
    "account.login",
    "enterprise.slug",
    "sponsorship.sponsorable.login",
    "marketplace_purchase.account.login",
    "package.owner.login",
    "registry_package.owner.login",
    "sender.login",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    type            the word in `X-GitHub-Event`
    action          what happened to it, on one line; empty for the types that have none
    place           the repository's full name; without one the organisation, account or enterprise
    default_branch  of the repository; empty where the body does not say
    """

    body: Payload
    type: str
    action: str
    actor: str
    avatar: str | None
    repo: str | None
    place: str
    default_branch: str

    @classmethod
    def read(cls, type: str, body: Payload) -> Delivery:
        """Raises BadPayload where the body is no object, or does not say in text who it was and where."""
        body.require_object()
        avatar = link(body, "sender.avatar_url")
        repo = _repository(body)
        return cls(
            body=body,
            type=type,
            action=line(body, "action"),
            actor=next((name for path in ACTORS if (name := line(body, path)) not in ("", "none")), "GitHub"),
            avatar=avatar if avatar and avatar.startswith("https://") else None,
            repo=repo or None,
            place=repo or line(body, *OWNERS) or _app(line(body, "hook.app_id")),
            default_branch=line(body, "repository.default_branch", "repository.master_branch"),
        )

    def event(self, kind: str, did: str) -> Event:
        """What can be said of any event; `did` is what the actor did, as in `pushed to acme/shop main`."""
        organization = "" if self.repo else line(self.body, "organization.login")
        return Event(
            source="github",
            kind=kind,
            subject=self.place,
            title=f"{self.actor} {did}",
            url=link(self.body, "repository.html_url"),
            actor=self.actor,
            avatar=self.avatar,
            repo=self.repo,
            labels={"organization": organization} if organization else {},
        )

    def thread(self, name: str) -> str:
        """The conversation of this name: `#42`, `@<sha>`, `/deployments/7`."""
        return f"github:{self.place}{name}"

    def on_default(self, branch: str) -> bool:
        return bool(branch) and branch == self.default_branch


def _app(number: str) -> str:
    """Whose webhook it is, where it is of nobody's repository."""
    return f"app {number}" if number else "GitHub"


def _repository(body: Payload) -> str:
    if full := line(body, "repository.full_name"):
        return full
    owner = line(body, "repository.owner.login", "repository.owner.name")
    name = line(body, "repository.name")
    return f"{owner}/{name}" if owner and name else name


Reader = Callable[[Delivery], Event]
"""How one type of event is read. Raises BadPayload where the body has lost what it is about."""

Readers = Mapping[str, Reader]
