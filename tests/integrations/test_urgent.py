"""What is seen at a glance of a critical alert, before its turn and before it is read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sovereign.core.samples import cases, sample
from sovereign.domain.events import Severity, Status
from sovereign.integrations._severity import SEVERITIES, telling
from sovereign.integrations._source import all_sources

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAMPLES = [(slug, case) for slug in all_sources() for case in cases()[slug]]


def is_critical(slug: str, case: str) -> bool:
    taken = sample(slug, case, NOW)
    return any(
        event.severity is Severity.CRITICAL and event.status is Status.FIRING
        for event in all_sources()[slug].parse(taken.headers, taken.body)
    )


def may_overtake(slug: str, case: str) -> bool:
    taken = sample(slug, case, NOW)
    return all_sources()[slug].transmission(taken.headers, taken.body).group is not None


CRITICAL = [(slug, case) for slug, case in SAMPLES if is_critical(slug, case) and may_overtake(slug, case)]


@pytest.mark.parametrize(("slug", "case"), CRITICAL)
def test_what_is_critical_and_belongs_to_a_group_is_urgent(slug: str, case: str) -> None:
    assert all_sources()[slug].urgent(sample(slug, case, NOW).body)


@pytest.mark.parametrize("case", ["firing_warning", "unknown_status"])
def test_what_is_not_critical_is_not_urgent(case: str) -> None:
    assert not all_sources()["alertmanager"].urgent(sample("alertmanager", case, NOW).body)


@pytest.mark.parametrize(
    ("body", "urgent"),
    [
        (b'{"severity": "critical"}', True),
        (b'{"severity":"CRITICAL"}', True),
        (b'{"data": "{\\"severity\\":\\"critical\\"}"}', True),
        (b"alert=Disk&severity=Critical", True),
        (b"severity=critical&alert=Disk", True),
        (b'{"level": 5}', True),
        (b'{"level":5}', True),
        (b'{"level": 50}', False),
        (b'{"severity": "criticality"}', False),
        (b'{"text": "This is critical"}', False),
        (b'{"critical": false}', False),
        (b"", False),
    ],
)
def test_the_word_counts_as_a_whole_value(body: bytes, urgent: bool) -> None:
    assert telling(SEVERITIES, {"5": Severity.CRITICAL, "4": Severity.HIGH})(body) is urgent
