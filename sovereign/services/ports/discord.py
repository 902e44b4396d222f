"""What the services need of Discord: saying things, and knowing the guild and its members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sovereign.core.errors import Unavailable
from sovereign.domain.permission import Actor
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


class NoThread(Undelivered):
    """Discord takes no more new threads in the channel for now."""


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


class Members(Protocol):
    """Who the members of the guild are at this moment."""

    async def actor(self, member_id: int) -> Actor | None:
        """With the roles held now; None for who has left. Raises Unavailable."""
        ...

    async def reactions(self, channel_id: int, message_id: int, emoji: str) -> Sequence[Actor] | None:
        """Everybody who reacts so, bots left out; None where the message is gone. Raises Unavailable."""
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
