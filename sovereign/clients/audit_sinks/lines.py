"""The audit as JSON lines: in a file that is rotated, and on standard output."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sovereign.core import clock
from sovereign.core.errors import Unavailable
from sovereign.services.ports.sinks import Line

PRIVATE = 0o600


class LinesFile:
    """Appends to `path`. Past `size` bytes the file is set aside under the time, and the `keep` newest of
    those are kept."""

    def __init__(self, path: Path, size: int, keep: int) -> None:
        self._path, self._size, self._keep = path, size, keep

    async def send(self, lines: Sequence[Line]) -> None:
        await asyncio.to_thread(self._append, "".join(f"{line.text}\n" for line in lines).encode())

    def _append(self, raw: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._rotate()
            number = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, PRIVATE)
            try:
                _write(number, raw)
            finally:
                os.close(number)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise Unavailable(f"{self._path} cannot be written: {why}") from error

    def _rotate(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < self._size:
            return
        self._path.rename(self._path.with_name(f"{self._path.name}.{clock.now():%Y%m%d-%H%M%S-%f}"))
        for old in sorted(self._path.parent.glob(f"{self._path.name}.[0-9]*-*"))[: -self._keep]:
            old.unlink(missing_ok=True)


class Stdout:
    """Prints them. Who reads slowly holds up nobody but this sink."""

    def __init__(self) -> None:
        self._busy = False

    async def send(self, lines: Sequence[Line]) -> None:
        if self._busy:
            raise Unavailable("nobody reads standard output")
        await asyncio.to_thread(self._print, "".join(f"{line.text}\n" for line in lines))

    def _print(self, text: str) -> None:
        self._busy = True
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            raise Unavailable(f"standard output cannot be written: {error}") from error
        finally:
            self._busy = False


def _write(number: int, raw: bytes) -> None:
    """All of it, on the disk, or none: half a line would spoil the next one."""
    before = os.fstat(number).st_size
    try:
        rest = memoryview(raw)
        while rest:
            rest = rest[os.write(number, rest) :]
        os.fsync(number)
    except OSError:
        with suppress(OSError):
            os.ftruncate(number, before)
        raise
