"""What the present piece of work is called, in its log lines and audit records, and where it began.

It follows the work through awaits and into its transactions: `Database.write` runs those in the caller's
context.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """`id` is 32 hexadecimal digits, as in W3C Trace Context; empty outside of any piece of work.

    channel, guild  ids in Discord, where it began there
    """

    id: str = ""
    channel: int | None = None
    guild: int | None = None


_NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def current() -> Origin:
    """That of the piece of work that is being done."""
    return _current.get()


def new_id() -> str:
    return secrets.token_hex(16)


@contextmanager
def tracing(origin: Origin) -> Iterator[Origin]:
    """Everything that is logged and recorded meanwhile carries its id as `trace`."""
    token = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(token)
