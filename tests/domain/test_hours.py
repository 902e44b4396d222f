"""Hours of the week hold by the wall clock, whatever the zone does with it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain import hours
from sovereign.domain.hours import EVERY_DAY, Hours

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
spans = st.builds(
    Hours,
    start=minutes,
    end=minutes,
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    days=st.frozensets(st.integers(0, 6), min_size=1),
)
moments = st.integers(0, 365 * 24 * 60).map(lambda minute: NEW_YEAR + timedelta(minutes=minute))


@given(spans)
def test_what_is_written_reads_back_the_same(span: Hours) -> None:
    assert hours.read(str(span)) == span


@given(spans, moments)
def test_hours_and_the_hours_between_them_never_overlap_and_leave_no_gap(
    span: Hours, moment: datetime
) -> None:
    daily = Hours(start=span.start, end=span.end, zone=span.zone)
    rest = Hours(start=span.end, end=span.start, zone=span.zone)
    if span.start == span.end:
        assert daily.cover(moment), "from a time to the same time is the whole day"
    else:
        assert daily.cover(moment) != rest.cover(moment)


@given(spans, moments)
def test_each_moment_belongs_to_the_day_on_which_its_hours_began(span: Hours, moment: datetime) -> None:
    there = moment.astimezone(ZoneInfo(span.zone))
    after_midnight = span.end <= span.start and there.time() < span.end
    late = span.end <= span.start and there.time() >= span.start
    if not Hours(start=span.start, end=span.end, zone=span.zone, days=EVERY_DAY).cover(moment):
        assert not span.cover(moment)
    elif after_midnight and not late:
        assert span.cover(moment) is ((there - timedelta(days=1)).weekday() in span.days)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri 09:00-17:00", {0, 1, 2, 3, 4}),
        ("sat,sun 0:00-24:00", None),
        ("fri-mon 22:00-06:00", {4, 5, 6, 0}),
        ("tue 10:00-11:00 Nowhere/City", None),
        ("10:00", None),
        ("", None),
    ],
)
def test_days_and_mistakes_are_read_as_people_write_them(text: str, days: set[int] | None) -> None:
    if days is None:
        with pytest.raises(ValueError, match=r"such as"):
            hours.read(text)
    else:
        assert hours.read(text).days == days


def test_a_night_keeps_its_wall_clock_when_the_clocks_change() -> None:
    night = hours.read("22:00-06:00 Europe/Berlin")
    before, after = datetime(2026, 3, 29, 3, 59, tzinfo=UTC), datetime(2026, 3, 29, 4, 0, tzinfo=UTC)
    assert night.cover(before)
    assert not night.cover(after)
