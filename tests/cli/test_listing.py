"""Lists of the command line: in the width of a terminal, and whole where a program reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sovereign.cli._listing import Column, lines
from sovereign.cli.deliveries import COLUMNS
from sovereign.store.deliveries import Summary

TITLE = "carol opened PR #42: Move the storefront's sessions into the shared cache \x1b[2Jand say so"


def summary(number: int, title: str, **more: object) -> Summary:
    facts = {"endpoint": "bitbucket_server", "source": "bitbucket_server", "state": "quarantined"}
    return Summary(
        id=number,
        title=title,
        problem=None,
        size=123_456,
        received_at=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        replayed_by=None,
        events=3,
        **{**facts, **more},  # type: ignore[arg-type]
    )


def test_eighty_columns_show_what_matters_and_begin_with_whole_words() -> None:
    heading, row = lines([summary(1234, TITLE)], COLUMNS, 80)
    assert heading.split() == ["Id", "Received", "Endpoint", "State", "First", "event"]
    assert cell_len(row) <= 80
    assert "quarantined" in row
    assert "bitbucket_server" in row
    assert "+2 carol opened PR #42" in row
    assert row.endswith("…")


def test_two_hundred_columns_show_everything_and_so_does_a_pipe() -> None:
    for width in (200, None):
        heading, row = lines([summary(1, TITLE)], COLUMNS, width)
        assert heading.split() == ["Id", "Received", "Endpoint", "State", "Bytes", "Events", "First", "event"]
        assert "2026-03-01" in row
        assert row.endswith("and say so")
        assert "\x1b" not in row


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5), st.integers(40, 220) | st.none())
def test_a_list_keeps_its_columns_under_each_other(texts: list[str], width: int | None) -> None:
    columns: list[Column[str]] = [Column("A", lambda text: text[:9]), Column("B", len), Column("C", str)]
    found = lines(texts, columns, width)
    assert len(found) == len(texts) + 1
    assert all(line.isprintable() for line in found)
    assert width is None or all(cell_len(line) <= width for line in found)


@pytest.mark.parametrize("width", [20, 60])
def test_a_terminal_of_a_few_columns_breaks_nothing(width: int) -> None:
    assert len(lines([summary(1, TITLE)], COLUMNS, width)) == 2
