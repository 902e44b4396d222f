"""The sections that say how long things are kept and what is asked for again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.config.loader import Loaded, parse
from sovereign.config.problems import ConfigProblems
from sovereign.config.retention import age, space
from sovereign.core import clock
from sovereign.domain.retention import Retention

SOURCES = ("github", "alertmanager", "generic")


def read(text: str) -> Loaded:
    return parse(text, "discovery.yml", sources=SOURCES)


def test_ages_and_sizes_are_read_by_source() -> None:
    text = "event_gateway: {retention: {age: 30d, size: 2GiB, sources: {github: {age: 12w}}}}"
    found = read(text).discovery.event_gateway.retention.retention()
    assert found == Retention(age=timedelta(days=30), size=2 * 2**30, ages={"github": timedelta(days=84)})
    now = clock.now()
    assert found.horizon("github", now) < found.horizon("generic", now) < found.shortest(now)


@pytest.mark.parametrize("given_age", ["84d", "12w", "84", "{age: 84d}"])
def test_the_age_of_a_source_may_stand_alone(given_age: str) -> None:
    found = read(f"event_gateway: {{retention: {{sources: {{github: {given_age}}}}}}}")
    assert found.discovery.event_gateway.retention.retention().ages == {"github": timedelta(days=84)}


@given(st.integers(3, 3650))
def test_every_age_is_read_as_it_is_written(days: int) -> None:
    assert age(f"{days}d") == age(days) == days


@given(st.integers(100, 2**20))
def test_every_size_is_read_as_it_is_written(mebibytes: int) -> None:
    assert space(f"{mebibytes}MiB") == space(f"{mebibytes} mib") == space(mebibytes * 2**20)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("retention: {age: 2d}", "3d"),
        ("retention: {age: forever}", "such as 90d"),
        ("retention: {age: true}", "such as 90d"),
        ("retention: {size: 5MB}", "100MiB"),
        ("retention: {sources: {githup: {age: 9d}}}", "sources names 'githup'"),
        ("retention: {sources: {githup: {age: 9d}}}", "did you mean 'github'?"),
        ("retention: {sources: {githup: 9d}}", "did you mean 'github'?"),
        ("retention: {sources: {github: soon}}", "such as 90d"),
        ("backfill: [{hooks: acme/shop, token: 'env://T'}]", "owner/repo#id"),
        ("backfill: [{hooks: 'acme/shop#1', token: abc}]", "env://"),
        ("backfill: [{endpoint: alertmanager, hooks: 'acme/shop#1', token: 'env://T'}]", "github"),
        ("reconcile: [{endpoint: github, url: 'http://x'}]", "alertmanager or grafana"),
        ("reconcile: [{url: nope}]", "reconcile[0].url is 'nope': expected an address, such as https://"),
        ("backfill: [{hooks: [], token: 'env://T'}]", "hooks"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_could_be(section: str, words: str) -> None:
    with pytest.raises(ConfigProblems) as refused:
        read(f"event_gateway: {{{section}}}")
    assert words in str(refused.value)


def test_webhooks_of_repositories_and_organisations_have_their_addresses() -> None:
    text = (
        "event_gateway: {backfill: [{hooks: ['acme/shop#1', 'acme#22'], token: 'env://T',"
        " url: 'https://git.acme.example/api/v3/'}]}"
    )
    (found,) = read(text).discovery.event_gateway.backfill
    assert found.addresses() == (
        "https://git.acme.example/api/v3/repos/acme/shop/hooks/1",
        "https://git.acme.example/api/v3/orgs/acme/hooks/22",
    )


def test_current_alerts_are_listed_where_each_source_lists_them() -> None:
    text = (
        "event_gateway: {reconcile: [{url: 'http://am:9093/'},"
        " {endpoint: grafana, url: 'https://g.example', token: 'env://T'}]}"
    )
    gateway = parse(text, "discovery.yml", sources=(*SOURCES, "grafana")).discovery.event_gateway
    found = [one.address(gateway.sources()[one.endpoint]) for one in gateway.reconcile]
    assert found == [
        "http://am:9093/api/v2/alerts",
        "https://g.example/api/alertmanager/grafana/api/v2/alerts",
    ]
