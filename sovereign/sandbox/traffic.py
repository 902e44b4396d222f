"""The REST calls that were made, newest kept: what was asked, what was answered, never a credential."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sovereign.sandbox.wire import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """`took` is in seconds; bodies are as JSON gives them, or None. Status 0: the connection was cut."""

    time: datetime
    method: str
    path: str
    query: str
    body: object
    status: int
    response: object
    took: float
    fault: str | None = None


class Traffic:
    """Numbers exchanges from 1 on and remembers the newest of them."""

    def __init__(self, kept: int) -> None:
        self._kept: deque[tuple[int, str]] = deque(maxlen=kept)
        self._index = 0

    def add(self, exchange: Exchange) -> None:
        self._index += 1
        self._kept.append((self._index, json.dumps(_line(self._index, exchange)) + "\n"))

    @property
    def last(self) -> int:
        return self._index

    def lines(self, since: int = 0) -> Iterator[str]:
        """One JSON object a line for each exchange after number `since`."""
        return (line for index, line in self._kept if index > since)


def _line(index: int, one: Exchange) -> dict[str, object]:
    return {
        "index": index,
        "time": iso(one.time),
        "method": one.method,
        "path": one.path,
        "query": one.query,
        "body": one.body,
        "status": one.status,
        "response": one.response,
        "ms": round(one.took * 1000, 2),
        **({"fault": one.fault} if one.fault else {}),
    }
