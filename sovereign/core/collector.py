"""How Python's garbage collector is set for a process that runs for months."""

from __future__ import annotations

import gc

THRESHOLDS = (5_000, 20, 20)
"""New objects before the young are looked through, and how many such rounds before the older ones and all of
them are: with thousands of connections that takes a third of a second, and nobody is answered meanwhile."""


def settle() -> None:
    """What is here now stays: to look through it again and again would hold up senders for 30 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
