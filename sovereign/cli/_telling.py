"""How backups are spoken of: what is in one, a progress bar, counts and sizes in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from sovereign.store import backup
from sovereign.store.backup import Contents


def described(found: Contents) -> str:
    """`2.1 MB, 40 deliveries, 3 incidents, 1 message waiting for Discord, last delivery …`."""
    last = f"{found.newest_at:%Y-%m-%d %H:%M:%S} UTC" if found.newest_at else "never"
    parts = (
        size(found.size),
        count(found.deliveries, "delivery", "deliveries"),
        count(found.incidents, "incident", "incidents"),
        f"{count(found.waiting, 'message', 'messages')} waiting for Discord",
        f"last delivery {last}",
    )
    return ", ".join(parts)


def size(number: float) -> str:
    """Bytes in words: `5.2 MB`."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


@contextmanager
def progress(doing: str = "Copying") -> Iterator[backup.Progress]:
    """A bar on a terminal's stderr while something takes long; nothing elsewhere."""
    columns = (TextColumn(doing), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
