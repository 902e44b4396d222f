"""The tree of hashes of RFC 6962 (section 2.1), over leaves that are hashed already, and its two proofs.

A leaf's hash is SHA-256 of a zero byte and the leaf, an inner one that of a byte 1 and its two children. All
hashes are 32 bytes. Proving needs every leaf's hash; checking a proof needs none of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()
"""The root of no leaves."""
SIZE = 32

_sha256 = hashlib.sha256


def node(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\1" + left + right).digest()


class Frontier:
    """A tree that grows, of which only the roots of whole subtrees are kept: one for each 1 in its size."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """`peaks` are those of a tree of that size, largest first. Raises ValueError for another number."""
        if len(peaks) != size.bit_count() or any(len(peak) != SIZE for peak in peaks):
            raise ValueError(
                f"a tree of {size} leaves has {size.bit_count()} whole subtrees, not {len(peaks)}"
            )
        self.size, self._peaks = size, list(peaks)

    def add(self, leaf: bytes) -> None:
        peaks, size = self._peaks, self.size
        while size & 1:
            leaf = _sha256(b"\1" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY
        *others, found = self._peaks
        for peak in reversed(others):
            found = node(peak, found)
        return found

    @property
    def peaks(self) -> Sequence[bytes]:
        return tuple(self._peaks)


def root(leaves: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of the leaf with that index, from 0: PATH(m, D[n]) of the RFC, from the leaf upwards."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"there is no leaf {index} among {len(leaves)}")
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low = middle
    return path[::-1]


def consistency(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """That the tree of the first `earlier` leaves is the beginning of this one: PROOF(m, D[n])."""
    if not 0 < earlier <= len(leaves):
        raise ValueError(f"a tree of {earlier} leaves is no beginning of one of {len(leaves)}")
    path: list[bytes] = []
    low, high, whole = 0, len(leaves), True
    while earlier != high:
        middle = low + _split(high - low)
        if earlier <= middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low, whole = middle, False
    if not whole:
        path.append(root(leaves[low:high]))
    return path[::-1]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether a tree of that size and root has that leaf at that index: section 2.1.3.2 of RFC 9162."""
    sides = _sides(index, size - 1, len(path)) if 0 <= index < size else None
    if sides is None:
        return False
    found = leaf
    for other, on_the_left in zip(path, sides, strict=True):
        found = node(other, found) if on_the_left else node(found, other)
    return found == expected


def extends(earlier: int, before: bytes, size: int, now: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `size` leaves begins with that of `earlier`: section 2.1.4.2 of RFC 9162."""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not path and before == now
    steps = [before, *path] if earlier.bit_count() == 1 else [*path]
    if not steps:
        return False
    first = steps.pop(0)
    here, last = earlier - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    sides = _sides(here, last, len(steps))
    if sides is None:
        return False
    old = new = first
    for other, on_the_left in zip(steps, sides, strict=True):
        if on_the_left:
            old, new = node(other, old), node(other, new)
        else:
            new = node(new, other)
    return old == before and new == now


def _sides(here: int, last: int, steps: int) -> list[bool] | None:
    """For each step from a node upwards whether what it is joined with stands on its left; None where the way
    to the root has another length. `last` is the index of the last node on that level."""
    found: list[bool] = []
    for _ in range(steps):
        if last == 0:
            return None
        on_the_left = bool(here & 1) or here == last
        if on_the_left:
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        here, last = here >> 1, last >> 1
        found.append(on_the_left)
    return found if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below it."""
    return 1 << ((size - 1).bit_length() - 1)
