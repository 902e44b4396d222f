"""What the services need from outside; clients/ implements it, and tests may double it here alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sovereign.core.errors import Unavailable, UserError
from sovereign.services.doctor.facts import Application, Guild, Guilds, Starts, Visibility
from sovereign.store.errands import Errand


class Undelivered(Unavailable):
    """An errand that could not be carried out now.

    in_doubt  whether it may have happened all the same: the connection broke before the answer
    retry_in  seconds after which to try again, where the other side has said so
    hopeless  the other side will never take it as it is
    """

    def __init__(
        self, problem: str, *, in_doubt: bool = False, retry_in: float | None = None, hopeless: bool = False
    ) -> None:
        super().__init__(problem)
        self.in_doubt, self.retry_in, self.hopeless = in_doubt, retry_in, hopeless


class Ledger(Protocol):
    """Where the notifier writes down, at once and durably, what it has done."""

    async def part(self, part: int, channel_id: int, message_id: int) -> None: ...

    async def thread(self, thread_id: int | None) -> None: ...

    async def is_recorded(self, message_id: int) -> bool: ...


class Notifier(Protocol):
    """Says things in Discord."""

    async def ready(self) -> None:
        """Return once things can be said."""
        ...

    async def perform(self, errand: Errand, ledger: Ledger) -> None:
        """Carry an errand out, or raise Undelivered. Safe to repeat: what was done before is found again."""
        ...


class SenderSites(Protocol):
    """The few web addresses that senders' protocols have us go to; their hosts are the senders' own."""

    async def key(self, url: str) -> bytes:
        """The public key that stands there, maybe from some time ago. Raises Unavailable."""
        ...

    async def visit(self, url: str) -> None:
        """Confirm something by going there. Raises Unavailable where that does not succeed."""
        ...


class Post(Protocol):
    """Sends a request to another program."""

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. Raises Unavailable without one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A record or a checkpoint of the audit as JSON, without an end, and when it was made."""

    at: datetime
    text: str


class AuditSink(Protocol):
    """Where the audit is kept as well."""

    async def send(self, lines: Sequence[Line]) -> None:
        """Return once all of them are there; the same ones may come again. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One attempt of a sender to deliver something, whose `name` all attempts share."""

    id: int
    name: str
    at: datetime


class SentHooks(Protocol):
    """A sender that remembers what its webhooks have sent. `hook` is the address of one in the API."""

    async def sent(self, hook: str, token: str, since: datetime) -> Sequence[Sent]:
        """Every attempt since then. Raises Unavailable."""
        ...

    async def send_again(self, hook: str, token: str, delivery_id: int) -> None:
        """Have it sent as it was. Raises Unavailable."""
        ...


class CurrentAlerts(Protocol):
    """A sender that lists the alerts that there are now."""

    async def current(self, url: str, token: str | None) -> Sequence[Mapping[str, object]]:
        """All of them, as Alertmanager's API gives them. Raises Unavailable."""
        ...


class ReloadFailed(UserError):
    """New code that cannot be loaded; the old one runs on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CogState:
    """`loaded_at` is None for one that is not loaded; `problem` says why the last reload failed."""

    name: str
    loaded_at: datetime | None
    commands: tuple[str, ...]
    problem: str | None


class Extensions(Protocol):
    """The code that can be loaded anew while the process runs."""

    def states(self) -> Sequence[CogState]: ...

    async def reload(self, name: str) -> CogState:
        """Raises NotFound and ReloadFailed. No press is lost meanwhile."""
        ...


class Survey(Protocol):
    """Reads how Discord is set up for us. Every question may raise Unanswered."""

    async def application(self) -> Application:
        """Comes first: it tries the token."""
        ...

    async def starts(self) -> Starts: ...

    async def guilds(self) -> Guilds: ...

    async def guild(self, guild_id: int) -> Guild: ...

    async def visibility(self, guild_id: int) -> Visibility: ...
