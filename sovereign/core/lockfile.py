"""One process to a data folder: an advisory lock that the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sovereign.core.errors import SovereignError


class AlreadyLocked(SovereignError):
    """`facts` is what the holder wrote about itself, such as its `pid`."""

    def __init__(self, path: Path, facts: dict[str, object]) -> None:
        super().__init__(f"{path.parent} is in use by process {facts.get('pid', '(unknown)')}")
        self.facts = facts


@contextmanager
def locked(path: Path, facts: dict[str, object]) -> Iterator[None]:
    """Hold the lock at `path`, `facts` readable in it. Raises AlreadyLocked while another process does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyLocked(path, read_facts(path)) from None
        file.truncate(0)
        file.write(json.dumps(facts))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def read_facts(path: Path) -> dict[str, object]:
    """What the present or last holder wrote; empty when there is none."""
    with suppress(OSError, ValueError):
        facts = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(facts, dict):
            return facts
    return {}
