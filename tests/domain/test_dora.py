"""The four figures: what counts, and for which deployment a change counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain.dora import WEEK, figures, with_merges

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_change_counts_for_the_first_deployment_after_it_that_stayed() -> None:
    ended = [(START + DAY, False), (START + 2 * DAY, True), (START + 3 * DAY, True)]
    found = with_merges(ended, [START, START + 2.5 * DAY])
    assert [one.merged for one in found] == [(), (START,), (START + 2.5 * DAY,)]


def test_the_figures_of_two_weeks() -> None:
    ended = [(START + DAY, True), (START + 2 * DAY, False), (START + 8 * DAY, True)]
    delivered = with_merges(ended, [START, START + 7 * DAY])
    found = figures(delivered, [timedelta(minutes=10), timedelta(minutes=30)], START, START + 2 * WEEK)
    assert found.per_week == 1.0
    assert found.lead_time == DAY
    assert found.failure_rate is not None
    assert round(found.failure_rate, 3) == 0.333
    assert found.restore_time == timedelta(minutes=20)
    assert [(week.stayed, week.failed) for week in found.weeks] == [(1, 1), (1, 0)]


def test_nothing_gives_no_figure_and_no_division_by_zero() -> None:
    found = figures((), (), START, START)
    assert (found.per_week, found.lead_time, found.failure_rate, found.restore_time) == (0, None, None, None)


moments = st.integers(0, 100).map(lambda hours: START + timedelta(hours=hours))


@given(st.lists(st.tuples(moments, st.booleans())), st.lists(moments))
def test_no_change_is_counted_twice_or_before_it_was_merged(
    ended: list[tuple[datetime, bool]], merged: list[datetime]
) -> None:
    found = with_merges(sorted(ended), merged)
    counted = [change for one in found for change in one.merged]
    assert len(counted) <= len(merged)
    assert all(change <= one.at for one in found for change in one.merged)
    stayed = [at for at, kept in ended if kept]
    assert len(counted) == sum(1 for change in merged if any(change <= at for at in stayed))
