"""However many replicas, surges and failures: a rolling update never leaves its bounds, and ends."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sovereign.sandbox.cluster.controllers import shares
from sovereign.sandbox.cluster.controllers.shares import Share

LIMIT = st.one_of(st.integers(0, 6), st.integers(0, 100).map(lambda part: f"{part}%"))


@settings(max_examples=60)
@given(st.integers(0, 30), LIMIT, LIMIT, st.integers(0, 30), st.data())
def test_a_rolling_update_stays_in_bounds_and_ends(
    replicas: int, surge: int | str, unavailable: int | str, broken: int, data: st.DataObject
) -> None:
    limits = shares.bounds(replicas, surge, unavailable)
    old = Share(replicas, max(0, replicas - broken))
    new = Share(0, 0)
    least = min(old.available, replicas - limits.unavailable)
    for _ in range(400):
        wanted = shares.new_wanted(replicas, limits, new, [old])
        new = Share(wanted, min(new.available, wanted))
        (left,) = shares.olds_wanted(replicas, limits, new, [old])
        gone = old.wanted - left
        broken_now = old.wanted - old.available
        old = Share(left, old.available - max(0, gone - broken_now))
        assert new.wanted + old.wanted <= replicas + limits.surge
        assert new.available + old.available >= least
        if new == Share(replicas, replicas) and old.wanted == 0:
            return
        ready = data.draw(st.integers(0, 3)) if new.available < new.wanted else 0
        new = Share(new.wanted, min(new.wanted, new.available + max(ready, 1)))
    raise AssertionError(f"it never ends: {new} {old} {limits}")


@given(st.integers(1, 50), st.lists(st.integers(1, 20), min_size=2, max_size=4))
def test_growing_and_shrinking_are_shared_out_whole(allowed: int, sizes: list[int]) -> None:
    sizes.sort(reverse=True)
    fair = shares.proportional(allowed, sizes, sum(sizes))
    assert all(count >= 0 for count in fair)
    assert sum(fair) == allowed


def test_shares_are_rounded_so_that_a_rollout_can_move() -> None:
    assert shares.bounds(3, "25%", "25%") == shares.Bounds(1, 0)
    assert shares.bounds(10, "25%", "25%") == shares.Bounds(3, 2)
    assert shares.bounds(4, 0, 0) == shares.Bounds(0, 1)
