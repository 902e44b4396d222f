"""Correlation rules in discovery.yml: what is taken, and what is refused with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sovereign.config.check import findings
from sovereign.config.loader import load_with_places, parse
from sovereign.config.problems import ConfigProblems
from sovereign.config.secrets import SecretSource
from sovereign.domain import hours
from sovereign.domain.correlation import Correlation
from sovereign.domain.events import Severity

SOURCES = frozenset({"github", "alertmanager", "generic"})


def test_everything_about_correlation_is_read() -> None:
    whole = """
event_gateway:
  correlate:
    - {name: one service, same: [cluster, service], within: 2h, environment: prod}
    - {same: fingerprint, source: alertmanager, hours: 9:00-17:00}
    - {severity: critical, within: 90}
"""
    assert parse(whole, "discovery.yml", sources=SOURCES).discovery.correlations() == (
        Correlation(
            name="one service", same=("cluster", "service"), within=timedelta(hours=2), environment="prod"
        ),
        Correlation(
            name="correlate[1]",
            same=("fingerprint",),
            within=timedelta(minutes=10),
            source="alertmanager",
            hours=hours.read("09:00-17:00"),
        ),
        Correlation(name="correlate[2]", severity=Severity.CRITICAL, within=timedelta(seconds=90)),
    )


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("[{within: 10m}]", "would join every alert"),
        ("[{name: all}]", "would join every alert"),
        ("[{same: service, within: 5s}]", "a time from 10s to 24h"),
        ("[{same: service, within: 25h}]", "a time from 10s to 24h"),
        ("[{same: service, within: soon}]", "a time from 10s to 24h"),
        ("[{same: [a, b, c, d, e, f, g, h, i, j, k]}]", "10"),
        ("[{same: service, source: githbu}]", "did you mean 'github'"),
        ("[{name: x, same: a}, {name: x, same: b}]", "a name of its own"),
        ("[{same: service, channel: alerts}]", "channel"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_line(rules: str, said: str) -> None:
    with pytest.raises(ConfigProblems) as refused:
        parse(f"event_gateway:\n  correlate: {rules}\n", "discovery.yml", sources=SOURCES)
    assert said in str(refused.value)
    assert "discovery.yml:2:" in str(refused.value)


def test_an_environment_that_nobody_knows_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "discovery.yml"
    file.write_text(
        "infra: {environments: [prod]}\nevent_gateway: {correlate: [{same: service, environment: prdo}]}\n"
    )
    loaded = load_with_places(file, sources=SOURCES)
    found = findings(loaded, dict.fromkeys(SOURCES, "env://X"), SecretSource(environment={}, sandbox=True))
    assert any("prdo is not among infra.environments" in one.problem for one in found)
