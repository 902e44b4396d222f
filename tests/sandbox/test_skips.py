"""Tests that lack something are skipped with the reason, and fail with it where nothing may be skipped."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import lacking


@pytest.mark.parametrize("value", [None, "", "0"])
def test_what_is_lacking_is_a_reason_to_skip(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    if value is None:
        monkeypatch.delenv("SOVEREIGN_NO_SKIPS", raising=False)
    else:
        monkeypatch.setenv("SOVEREIGN_NO_SKIPS", value)
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        lacking("no browser")


def test_it_is_a_failure_where_nothing_may_be_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOVEREIGN_NO_SKIPS", "1")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        lacking("no browser")
