"""A deployment: one version on its way to a service in an environment, until it is there or is taken back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sovereign.core.errors import InvalidTransition
from sovereign.domain.cluster import Identity
from sovereign.domain.estate import Place
from sovereign.domain.permission import Actor
from sovereign.domain.rollout.terms import Strategy, Terms


class State(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Wish(StrEnum):
    """What somebody wants of one that runs."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    ROLL_BACK = "roll_back"
    FINISH = "finish"

    @property
    def deed(self) -> str:
        return {"roll_back": "roll back"}.get(self.value, self.value)

    @property
    def button(self) -> str:
        """What stands on the button that says so."""
        return {"roll_back": "Rollback"}.get(self.value, self.value.capitalize())


class Phase(StrEnum):
    """How far it is. Each strategy passes some of them."""

    APPLYING = "applying"
    PROGRESSING = "progressing"
    COLOURING = "colouring"
    PREVIEWING = "previewing"
    WARMING = "warming"
    PROBING = "probing"
    PROMOTABLE = "promotable"
    SWITCHING = "switching"
    KEEPING = "keeping"
    RETIRING = "retiring"
    SHARING = "sharing"
    PAUSING = "pausing"
    TAKING_OVER = "taking over"
    TAKING_BACK = "taking back"


OVERRIDDEN, SERVED = "overridden", "served"
LONGEST_REASON = 200
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
_UID = re.compile(r"\(?\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b\)?")
UNDOING = frozenset({Phase.TAKING_BACK})
ONWARD = frozenset({Wish.PROMOTE, Wish.RESUME})
"""Wishes that bring the new version further; the others stop it, take it back or tidy up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """`template` is the hash by which the cluster knows what the pods were made from."""

    template: str
    replicas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """
    image, from_image  what the container runs afterwards and before, as they stand in the cluster
    by, as_who         who executed it, and who that is for the cluster: calls are made for them to the end
    glass              the reason for which it goes without its quorum
    phase_at           since when it is in this phase
    wish               what somebody wants of it and has not happened yet
    memory             what has to be known after a restart, such as the name of the preview; OVERRIDDEN: the
                       freezes through which it went; SERVED: that it was in service before
    reason             why it was taken back or failed
    configured         what the configuration said of the place when it began, in words
    left               what ran once it had succeeded; None where the cluster did not say
    """

    id: int = 0
    proposal_id: int | None
    conversation_id: int
    place: Place
    version: str
    image: str
    from_version: str
    from_image: str
    terms: Terms
    by: Actor
    as_who: Identity
    approved_by: tuple[str, ...] = ()
    change: str | None = None
    glass: str = ""
    state: State = State.RUNNING
    phase: Phase = Phase.APPLYING
    phase_at: datetime
    wish: Wish | None = None
    wished_by: str | None = None
    memory: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    configured: Mapping[str, str] = field(default_factory=dict)
    left: Left | None = None
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def strategy(self) -> Strategy:
        return self.terms.strategy

    @property
    def subject(self) -> str:
        return f"{self.place.service} {self.version} to {self.place.environment}"

    @property
    def duration(self) -> timedelta | None:
        return self.ended_at - self.started_at if self.ended_at else None

    def in_phase(self, phase: Phase, at: datetime, **memory: object) -> Deployment:
        """Another phase begins now, the same goes on; what is in `memory` is remembered from now on."""
        since = self.phase_at if phase is self.phase else at
        return replace(self, phase=phase, phase_at=since, memory={**self.memory, **memory})

    def wished(self, wish: Wish, by: str) -> Deployment:
        """Raises InvalidTransition where that is not to be had now."""
        if self.state is not State.RUNNING:
            raise InvalidTransition(f"Deployment {self.id} has {self.state.words} already.")
        if wish not in wishes(self):
            raise InvalidTransition(
                f"Deployment {self.id} is {self.phase}: it cannot be told to {wish.deed} now."
            )
        return replace(self, wish=wish, wished_by=by)

    def ended(self, state: State, at: datetime, reason: str = "") -> Deployment:
        return replace(self, state=state, ended_at=at, reason=reason or self.reason, wish=None)


def brief(reason: str) -> str:
    """A reason as people read it: without ids of pods, the digests short, and not for ever."""
    text = " ".join(_UID.sub("", _DIGEST.sub(r"\1…", reason)).split())
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"


def occupied(deployment: Deployment) -> str:
    """Who has the place and until when, and how that can be ended, for who wants to change what runs."""
    what, at = f"{deployment.version} to {deployment.place}", deployment.phase_at
    presses = " or ".join(wish.button for wish in wishes(deployment)) if deployment.wish is None else ""
    match deployment.phase:
        case Phase.KEEPING if presses:
            until = int((at + deployment.terms.keep_old).timestamp())
            said = (
                f"{deployment.by.name} has deployed {what}, and the old set is kept until <t:{until}:f>, so"
                " that one can go back. One at a time: wait until then, or press Finish to let the old set go"
                " now, or Rollback to go back to it."
            )
        case Phase.PROMOTABLE if presses:
            until = int((at + deployment.terms.promote_within).timestamp())
            said = (
                f"{deployment.by.name} is deploying {what}, and the new set waits to be promoted. One at a"
                f" time: press {presses}; where nobody does, it is taken back at <t:{until}:f>."
            )
        case _:
            said = (
                f"{deployment.by.name} is deploying {what} just now ({deployment.phase})."
                f" One at a time: wait for it{f', or press {presses}' if presses else ''}."
            )
    place = deployment.place
    return f"{said} `/status service:{place.service} env:{place.environment}` leads to its message."


def wishes(deployment: Deployment) -> tuple[Wish, ...]:
    """What may be wished of it in its present phase; the likeliest first."""
    if deployment.state is not State.RUNNING or deployment.phase in UNDOING:
        return ()
    match deployment.phase:
        case Phase.PROMOTABLE:
            return (Wish.PROMOTE, Wish.CANCEL)
        case Phase.KEEPING:
            return (Wish.FINISH, Wish.ROLL_BACK)
        case Phase.RETIRING | Phase.SWITCHING:
            return ()
        case Phase.SHARING | Phase.PAUSING:
            pausing = Wish.RESUME if deployment.memory.get("paused") else Wish.PAUSE
            return (Wish.PROMOTE, pausing, Wish.CANCEL)
        case Phase.PROGRESSING if deployment.strategy is Strategy.ROLLING:
            pausing = Wish.RESUME if deployment.memory.get("paused") else Wish.PAUSE
            return (pausing, Wish.CANCEL)
    return (Wish.CANCEL,)
