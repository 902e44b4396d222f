"""What the services need from outside; clients/ implements it, and tests may double it here alone."""

from __future__ import annotations

from typing import Protocol

from sovereign.core.errors import Unavailable
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
