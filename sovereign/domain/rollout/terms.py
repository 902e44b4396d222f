"""The strategies by which a new version takes the place of the old one, and their terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Strategy(StrEnum):
    ROLLING = "rolling"
    BLUE_GREEN = "blue-green"
    CANARY = "canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an environment sets for its deployments.

    deadline        a rollout that is not through by then is taken back
    promote_within  blue-green: a preview that nobody promotes by then is taken down
    promote_at_once blue-green: switched as soon as the preview is ready, without anybody pressing
    keep_old        blue-green: for so long the old set stays, and going back needs no new approval
    smoke           blue-green: an address that must answer 2xx before the switch; {service}, {environment},
                    {namespace} and {preview} are filled in
    steps, pause    canary: percent of the replicas that are new, step after step, and how long each lasts
    """

    strategy: Strategy = Strategy.ROLLING
    deadline: timedelta = timedelta(minutes=10)
    promote_within: timedelta = timedelta(hours=1)
    promote_at_once: bool = False
    keep_old: timedelta = timedelta(minutes=30)
    smoke: str | None = None
    steps: tuple[int, ...] = (10, 30, 60)
    pause: timedelta = timedelta(minutes=1)
