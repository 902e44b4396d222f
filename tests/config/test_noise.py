"""Limits, quiet hours and maintenance in discovery.yml: what is taken, and what is refused with its line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sovereign.config.loader import parse
from sovereign.config.problems import ConfigProblems
from sovereign.domain import hours
from sovereign.domain.events import Severity
from sovereign.domain.limits import Limits
from sovereign.domain.quiet import Maintenance, Quiet

SOURCES = frozenset({"github", "alertmanager", "generic"})
WHOLE = """
event_gateway:
  limits: {source: 50, channel: 0}
  quiet_hours:
    - {hours: mon-fri 22:00-7:00 Europe/Berlin, below: critical, channels: "#prs"}
  maintenance:
    - name: upgrade
      service: shop
      start: 2026-03-01T22:00:00+01:00
      end: "2026-03-02T00:00:00+01:00"
    - {name: each week, environment: dev, hours: sun 02:00-04:00}
  routes:
    - {kind: change.*, hours: 9:00-17:00, thread: false}
"""


def test_everything_about_noise_is_read() -> None:
    noise = parse(WHOLE, "discovery.yml", sources=SOURCES).discovery.noise()
    night = hours.read("mon-fri 22:00-07:00 Europe/Berlin")
    assert noise.limits == Limits(source=50, channel=0)
    assert noise.quiet == (
        Quiet(name="quiet_hours[0]", hours=night, below=Severity.CRITICAL, channels=frozenset({"prs"})),
    )
    assert noise.maintenance == (
        Maintenance(
            name="upgrade",
            service="shop",
            start=datetime(2026, 3, 1, 21, tzinfo=UTC),
            end=datetime(2026, 3, 1, 23, tzinfo=UTC),
        ),
        Maintenance(name="each week", environment="dev", hours=hours.read("sun 02:00-04:00")),
    )


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("limits: {source: -1}", "at least 0"),
        ("quiet_hours: [{hours: at night}]", "hours such as"),
        ("quiet_hours: [{hours: '22:00-06:00 Mars/Base'}]", "a time zone"),
        ("maintenance: [{name: m, service: s}]", "never ends"),
        ("maintenance: [{name: m, hours: '02:00-04:00'}]", "says not what is maintained"),
        (
            "maintenance: [{name: m, service: s, start: 2026-03-01, end: 2026-03-05T00:00:00Z}]",
            "a time with its offset",
        ),
        (
            "maintenance: [{name: m, service: s, start: 2026-03-02T00:00:00Z, end: 2026-03-01T00:00:00Z}]",
            "ends before it starts",
        ),
    ],
)
def test_a_mistake_is_refused_in_words_with_its_line(section: str, said: str) -> None:
    with pytest.raises(ConfigProblems) as refused:
        parse(f"event_gateway:\n  {section}\n", "discovery.yml", sources=SOURCES)
    (problem,) = refused.value.problems
    assert said in str(problem)
    assert "discovery.yml:2" in str(problem)
