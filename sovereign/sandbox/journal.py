"""The platform's memory on disk: a line of JSON for each commit, given to the kernel before the answer.

What the kernel has taken survives the death of this process, which is all that is promised; it is not synced.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sovereign.sandbox.wire import Json


class Journal:
    """An append-only file. Opening it cuts off a last line that was never finished."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.ftruncate(self._file, _whole(path))

    def replay(self) -> Iterator[list[Json]]:
        """Every commit in order."""
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def append(self, changes: list[Json]) -> None:
        """Raises OSError, and leaves nothing half-written, when the disk is full."""
        self.append_line(_line(changes))

    def append_line(self, line: bytes) -> None:
        """A commit that is encoded already, with its line end. Raises OSError as `append` does."""
        size = os.fstat(self._file).st_size
        try:
            _write(self._file, line)
        except OSError:
            os.ftruncate(self._file, size)
            raise

    def rewrite(self, commits: Iterable[list[Json]]) -> None:
        """Replace the whole history by these commits, in one step."""
        self.rewrite_lines(map(_line, commits))

    def rewrite_lines(self, lines: Iterable[bytes]) -> None:
        """The same with commits that are encoded already."""
        fresh = self._path.with_suffix(".new")
        file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        for line in lines:
            _write(file, line)
        os.fsync(file)
        fresh.replace(self._path)
        os.close(self._file)
        self._file = file

    def close(self) -> None:
        os.close(self._file)


def _line(changes: list[Json]) -> bytes:
    return json.dumps(changes, separators=(",", ":")).encode() + b"\n"


def _write(file: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(file, rest) :]


def _whole(path: Path) -> int:
    """How many bytes of the file belong to finished lines."""
    with path.open("rb") as file:
        position = file.seek(0, os.SEEK_END)
        while position:
            step = min(65_536, position)
            file.seek(position - step)
            newline = file.read(step).rfind(b"\n")
            if newline >= 0:
                return position - step + newline + 1
            position -= step
    return 0
