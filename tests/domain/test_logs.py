"""Lines are chosen and merged in the order of time; a member's query never leads to another stream."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.errors import UserError
from sovereign.domain.logs import LogLine, line, merged, query, span


def test_a_line_is_read_with_its_time_and_without_colours() -> None:
    found = line("2026-03-01T12:00:00.500224999Z \x1b[31mERROR\x1b[0m down", "shop-1")
    assert found == LogLine(text="ERROR down", at=datetime(2026, 3, 1, 12, 0, 0, 500224, UTC), pod="shop-1")
    assert line("no time").at is None


def test_lines_of_several_pods_are_merged_by_time_and_the_last_are_kept() -> None:
    def at(second: int, pod: str) -> LogLine:
        return LogLine(text=f"GET {second}", at=datetime(2026, 3, 1, 12, 0, second, tzinfo=UTC), pod=pod)

    found = merged([at(1, "a"), at(3, "a"), at(2, "b"), LogLine(text="x", at=at(0, "a").at)], 2, "get")
    assert [one.text for one in found] == ["GET 2", "GET 3"]


@pytest.mark.parametrize(
    ("text", "length"), [("90s", 90), ("15m", 900), ("1h 30m", 5400), ("1d", 86400), ("2H", 7200)]
)
def test_spans_of_time(text: str, length: int) -> None:
    assert span(text) == timedelta(seconds=length)


@pytest.mark.parametrize("text", ["", "5", "m", "5x", "-5m", "0s", "40d", "5m ago"])
def test_what_is_no_span_is_refused_in_words(text: str) -> None:
    with pytest.raises(UserError, match="no span of time"):
        span(text)


LABELS = {"namespace": "prod", "app": "shop"}


def test_a_query_goes_behind_the_stream_of_the_service() -> None:
    assert query(LABELS, '|= "err{or" | json | line_format "{{.msg}}"', "a.b") == (
        '{namespace="prod", app="shop"} |~ "(?i)a\\\\.b" |= "err{or" | json | line_format "{{.msg}}"'
    )


@pytest.mark.parametrize(
    "filters",
    [
        '{namespace="kube-system"}',
        '|= "x" or {namespace="kube-system"}',
        '|= "x" # } {namespace="other"}',
        '|= "x',
        "|= `x",
        'count_over_time({a="b"}[1m])',
        '|= "x"\n{namespace="other"}',
        '|= "\\" or {namespace=\\"o\\"}',
        "| " + "a" * 500,
    ],
)
def test_a_query_that_could_lead_elsewhere_is_refused(filters: str) -> None:
    with pytest.raises(UserError):
        query(LABELS, filters)


@given(st.text(max_size=60))
def test_whatever_is_written_there_is_one_selector_or_a_refusal(filters: str) -> None:
    try:
        made = query(LABELS, filters, filters)
    except UserError:
        return
    rest = made.removeprefix('{namespace="prod", app="shop"}')
    assert "{" not in re.sub(r'"(?:[^"\\]|\\.)*"|`[^`]*`', "", rest)


@given(st.text(max_size=40))
def test_a_label_never_ends_its_own_quotation(value: str) -> None:
    made = query({"a": value})
    assert json.loads(made.removeprefix("{a=").removesuffix("}")) == "".join(filter(str.isprintable, value))
