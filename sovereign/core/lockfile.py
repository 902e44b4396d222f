"""One process to a data folder: an advisory lock that the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sovereign.core.errors import SovereignError


class NoFolder(SovereignError):
    def __init__(self, folder: Path, error: OSError) -> None:
        self.public = f"{folder} cannot be the data folder: {(error.strerror or str(error)).lower()}."
        super().__init__(self.public)


class AlreadyLocked(SovereignError):
    """`facts` is what the holder wrote about itself; its `pid` at least."""

    def __init__(self, path: Path, facts: Mapping[str, object]) -> None:
        pid = facts.get("pid", "unknown")
        super().__init__(f"The data folder {path.parent} is in use by another process (pid {pid}).")
        self.public = f"{self} Stop that one first, or choose another folder."
        self.facts = facts


@contextmanager
def locked(path: Path, facts: Mapping[str, object] | None = None) -> Iterator[IO[str]]:
    """Hold the lock at `path`, `facts` readable in it. Raises AlreadyLocked while another process does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoFolder(path.parent, error) from error
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyLocked(path, read_facts(path)) from None
        rewrite(file, facts or {})
        try:
            yield file
        finally:
            file.truncate(0)


def rewrite(lock: IO[str], facts: Mapping[str, object]) -> None:
    """Write other facts into a lock that this process holds; the `pid` is added."""
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), **facts}))
    lock.flush()


def read_facts(path: Path) -> Mapping[str, object]:
    """What the present holder wrote; empty when there is none, or the last one died without a word."""
    with suppress(OSError, ValueError):
        facts = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(facts, dict):
            return facts
    return {}
