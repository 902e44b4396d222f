"""The bar that shows how far something is."""

from __future__ import annotations

CELLS = 10


def bar(done: int, total: int, what: str, *, full: bool = False) -> str:
    """`▰▰▰▱▱▱▱▱▱▱ 3/10 pods ready`. The last cell is filled only when it is `full`: all is done then."""
    cells = CELLS if full else min(CELLS - 1, done * CELLS // total if total > 0 else 0)
    return f"{'▰' * max(0, cells)}{'▱' * (CELLS - max(0, cells))} {done}/{total} {what}"
