"""What everybody hears of an edit of discovery.yml that is refused: that it is, and that it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from sovereign.core.clock import micros
from sovereign.services import own_events
from sovereign.store.sqlite import Connection

SHOWN = 3
"""Mistakes that the message has; `sovereign check` tells all."""
REFUSED, MENDED = "configuration.refused", "configuration.mended"


def refused(tx: Connection, file: str, mistakes: Sequence[str], at: datetime) -> None:
    more = [f"and {len(mistakes) - SHOWN} more"] if len(mistakes) > SHOWN else []
    text = "\n".join(
        [*mistakes[:SHOWN], *more, "What it said before goes on. `sovereign check` tells every mistake."]
    )
    _deliver(tx, REFUSED, f"{PurePath(file).name} is refused", text, at)


def mended(tx: Connection, file: str, at: datetime) -> None:
    _deliver(
        tx, MENDED, f"{PurePath(file).name} is taken again", "The configuration in force is that file.", at
    )


def warning(file: str, mistakes: Sequence[str], at: datetime | None) -> str:
    """For whoever may ask from outside: not what stands in the file."""
    count = "one mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    since = f" since {at:%Y-%m-%d %H:%M} UTC" if at else ""
    return (
        f"{PurePath(file).name} is refused{since} for {count}, and what it said before goes on;"
        " the log, /admin config and sovereign check say where"
    )


def _deliver(tx: Connection, kind: str, title: str, text: str, at: datetime) -> None:
    own_events.deliver(tx, f"{kind}:{micros(at)}", {"kind": kind, "title": title, "text": text}, at)
