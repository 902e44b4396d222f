"""The arithmetic of rollouts: how many replicas each replica set has next. Nothing here touches anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Limit = int | str
"""A number of pods, or a share of the replicas such as `25%`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a rollout may exceed the replicas wanted, and fall below them."""

    surge: int
    unavailable: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one replica set has: wanted, and available."""

    wanted: int
    available: int


def bounds(replicas: int, surge: Limit, unavailable: Limit) -> Bounds:
    most, least = _count(surge, replicas, up=True), _count(unavailable, replicas, up=False)
    if most == 0 and least == 0:
        least = 1
    return Bounds(most, min(least, replicas))


def new_wanted(replicas: int, limits: Bounds, new: Share, olds: Sequence[Share]) -> int:
    """The replicas that the new set gets now, in a rolling update."""
    if new.wanted >= replicas:
        return replicas
    total = new.wanted + sum(old.wanted for old in olds)
    room = replicas + limits.surge - total
    return new.wanted if room <= 0 else new.wanted + min(room, replicas - new.wanted)


def olds_wanted(replicas: int, limits: Bounds, new: Share, olds: Sequence[Share]) -> list[int]:
    """The replicas that the old sets, oldest first, keep now: what does not work goes first."""
    left = [old.wanted for old in olds]
    if not sum(left):
        return left
    minimum = replicas - limits.unavailable
    spare = new.wanted + sum(left) - minimum - max(0, new.wanted - new.available)
    if spare <= 0:
        return left
    for index, old in enumerate(olds):
        useless = min(spare, max(0, left[index] - old.available))
        left[index] -= useless
        spare -= useless
    going = new.available + sum(old.available for old in olds) - minimum
    for index in range(len(left)):
        taken = max(0, min(left[index], going))
        left[index] -= taken
        going -= taken
    return left


def proportional(allowed: int, sets: Sequence[int], most_before: int) -> list[int]:
    """The replicas of several living sets, largest first, when the whole grows or shrinks to `allowed`."""
    missing = allowed - sum(sets)
    fair = []
    given = 0
    for wanted in sets:
        part = round(wanted * allowed / most_before) - wanted if most_before else 0
        part = max(0, min(part, missing - given)) if missing > 0 else min(0, max(part, missing - given))
        given += part
        fair.append(wanted + part)
    if fair:
        fair[0] = max(0, fair[0] + missing - given)
    return fair


def _count(limit: Limit, replicas: int, *, up: bool) -> int:
    if isinstance(limit, int):
        return max(0, limit)
    share = float(limit.rstrip("%") or 0) / 100 * replicas
    return math.ceil(share) if up else math.floor(share)
