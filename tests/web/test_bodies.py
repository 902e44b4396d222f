"""The bytes of bodies in memory are bounded, and every one of them is given back."""

from __future__ import annotations

import pytest

from sovereign.core.errors import Unavailable
from sovereign.web.bodies import Budget


def test_more_than_the_budget_is_told_to_come_again_and_room_comes_back() -> None:
    budget = Budget(10)
    with budget.share() as one:
        one(6)
        with budget.share() as other, pytest.raises(Unavailable):
            other(6)
        with budget.share() as other:
            other(4)
    with budget.share() as later:
        later(10)


def test_a_body_that_fails_half_way_gives_its_share_back() -> None:
    budget = Budget(10)

    def fail() -> None:
        with budget.share() as take:
            take(10)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    with budget.share() as take:
        take(10)
