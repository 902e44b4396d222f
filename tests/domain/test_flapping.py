"""Flapping is recognised, and hides neither what is critical nor what grows worse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain.events import Severity
from sovereign.domain.flapping import TIMES, calls_again, flaps
from sovereign.domain.incidents import Turn


@given(st.sampled_from(Turn), st.sampled_from(Severity), st.integers(0, 50))
def test_a_call_is_left_out_only_for_the_return_of_what_was_said_to_flap(
    turn: Turn, severity: Severity, reopened: int
) -> None:
    if not calls_again(turn, severity, reopened):
        assert flaps(reopened - 1), "the call before said that it flaps"
        assert turn is Turn.REOPENED
        assert severity is not Severity.CRITICAL


def test_the_turn_that_makes_it_flap_still_calls() -> None:
    assert flaps(TIMES)
    assert calls_again(Turn.REOPENED, Severity.LOW, TIMES)
    assert not calls_again(Turn.REOPENED, Severity.LOW, TIMES + 1)
