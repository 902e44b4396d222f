"""Flapping is recognised, and hides neither what is critical nor what grows worse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain.events import Severity
from sovereign.domain.flapping import CALLED_APART, TIMES, Called, calls_again, flaps
from sovereign.domain.incidents import Turn

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


calls = st.none() | st.builds(
    lambda minutes, severity: Called(at=NOON - timedelta(minutes=minutes), severity=severity),
    st.integers(0, 60),
    st.sampled_from(Severity),
)


@given(st.sampled_from(Turn), st.sampled_from(Severity), st.integers(0, 50), calls)
def test_a_call_is_left_out_only_for_a_return_of_which_people_know(
    turn: Turn, severity: Severity, reopened: int, called: Called | None
) -> None:
    if not calls_again(turn, severity, reopened, called, NOON):
        assert turn is Turn.REOPENED
        assert called is None or severity.rank <= called.severity.rank, "a rise is never hidden"
        lately = called is not None and NOON - called.at < CALLED_APART
        flapped = flaps(reopened - 1) and severity is not Severity.CRITICAL
        assert lately or flapped, "somebody was called just now, or a call before said that it flaps"


def test_a_return_calls_at_most_every_five_minutes() -> None:
    lately = Called(at=NOON - CALLED_APART + timedelta(seconds=1), severity=Severity.HIGH)
    before = Called(at=NOON - CALLED_APART, severity=Severity.HIGH)
    assert not calls_again(Turn.REOPENED, Severity.HIGH, 1, lately, NOON)
    assert calls_again(Turn.REOPENED, Severity.HIGH, 1, before, NOON)
    assert calls_again(Turn.REOPENED, Severity.CRITICAL, 1, lately, NOON)


def test_the_turn_that_makes_it_flap_still_calls() -> None:
    before = Called(at=NOON - CALLED_APART, severity=Severity.LOW)
    assert flaps(TIMES)
    assert calls_again(Turn.REOPENED, Severity.LOW, TIMES, before, NOON)
    assert not calls_again(Turn.REOPENED, Severity.LOW, TIMES + 1, before, NOON)
