"""What `doctor` says of clusters: whether they answer, and which right is missing for what."""

from __future__ import annotations

from typing import Any

import pytest

from sovereign.config.loader import parse
from sovereign.config.secrets import SecretSource
from sovereign.domain.cluster import Access, Identity
from sovereign.services.doctor import clusters
from sovereign.services.doctor.findings import Finding, State
from tests.services.clusters import CONFIGURATION, FakeCluster


class Strict(FakeCluster):
    """Lets nobody do what holds one of these words."""

    words: tuple[str, ...] = ()

    async def may(self, who: Identity | None, access: Access) -> bool:
        return not any(word in f"{access} {access.name}" for word in self.words)


async def found(cluster: FakeCluster, text: str = CONFIGURATION) -> list[Finding]:
    loaded = parse(text, "discovery.yml", sources=[])

    def door(name: str, address: Any) -> Any:
        return cluster

    return [*await clusters.findings(loaded, SecretSource(environment={"K": "k"}), door)]


async def test_all_is_well() -> None:
    assert [one.state for one in await found(FakeCluster())] == [State.OK] * 3
    assert "version v1.36.2" in (await found(FakeCluster()))[0].said


async def test_a_cluster_that_does_not_answer_is_an_error_and_nothing_else_is_asked() -> None:
    first, *others = await found(FakeCluster(silent="no answer in time"))
    assert (first.state, first.said) == (State.ERROR, "main does not answer (no answer in time).")
    assert {one.state for one in others} == {State.SKIPPED}


@pytest.mark.parametrize(
    ("word", "check", "said"),
    [
        ("watch pods", "main: rights", "watch pods in dev"),
        ("sovereign:QA", "main: members", "impersonate groups sovereign:QA"),
        ("impersonate users", "main: members", "impersonate users"),
    ],
)
async def test_a_missing_right_is_named_with_what_to_do(word: str, check: str, said: str) -> None:
    cluster = Strict()
    cluster.words = (word,)
    [wrong] = [one for one in await found(cluster) if one.state is State.ERROR]
    assert wrong.check == check
    assert said in wrong.said
    assert "deploy/kubernetes" in wrong.todo


async def test_a_secret_that_is_not_set_is_a_warning_for_then_there_is_no_cluster() -> None:
    loaded = parse(CONFIGURATION, "discovery.yml", sources=[])
    for source in (SecretSource(environment={}), SecretSource(environment={}, sandbox=True)):
        [one] = await clusters.findings(loaded, source, lambda name, address: FakeCluster())
        assert (one.state, "not set" in one.said) == (State.WARNING, True)


async def test_without_a_cluster_it_says_where_one_is_named() -> None:
    [one] = await found(FakeCluster(), "org: {name: Acme}")
    assert (one.state, "infra.clusters" in one.todo) == (State.SKIPPED, True)
