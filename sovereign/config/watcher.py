"""Notices that a file has another text: edited, replaced, or behind a symbolic link that was swapped."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sovereign.config.loader import LARGEST

LOOK = 1.0
"""Seconds between looks. Looking works on every file system; a mounted ConfigMap changes by a link."""


class Watcher:
    """Compares the bytes themselves: a time of change may stay the same, and what the path leads to may not.

    `known` is what the file held when it was read; `pause` is in seconds.
    """

    def __init__(self, path: Path, known: bytes, pause: float = LOOK) -> None:
        self._path, self._pause = path, pause
        self._known: bytes | None = known

    async def changed(self) -> None:
        """Return once the file is another than at the last call and was the same at two looks in a row.

        The second look is for editors that empty a file before they write it: empty is a valid file too.
        """
        before = self._known
        while True:
            await asyncio.sleep(self._pause)
            now = await asyncio.to_thread(_bytes, self._path)
            if now == before and now != self._known:
                self._known = now
                return
            before = now


def _bytes(path: Path) -> bytes | None:
    """As much as the loader would read; None where there is no file that can be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError:
        return None
