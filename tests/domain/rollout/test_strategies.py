"""Each strategy against a small model of a cluster: it ends, serves all the while, and does nothing twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovereign.domain.deployment import Deployment, Phase, State, Wish
from sovereign.domain.rollout.steps import COLOUR, Copy, Select, SetImage
from sovereign.domain.rollout.terms import Strategy
from tests.domain.rollout.model import (
    NEW,
    OLD,
    SHORT,
    Cluster,
    colours,
    deployment,
    step,
    to_the_end,
    until,
    wished,
)


@pytest.mark.parametrize("strategy", Strategy)
def test_a_healthy_version_gets_there_and_alone_serves(strategy: Strategy) -> None:
    cluster = Cluster()
    ended = to_the_end(cluster, deployment(strategy, promote_at_once=True))
    assert (ended.state, ended.reason) == (State.SUCCEEDED, "")
    (serving,) = cluster.serving()
    assert (cluster.sets[serving].image, cluster.sets[serving].ready) == (NEW, 3)


@pytest.mark.parametrize("strategy", Strategy)
def test_a_version_that_never_gets_ready_is_taken_back_with_its_reason(strategy: Strategy) -> None:
    cluster = Cluster(healthy=False)
    ended = to_the_end(cluster, deployment(strategy, deadline=SHORT))
    assert ended.state is State.ROLLED_BACK
    assert "pods got ready" in ended.reason
    assert cluster.serving() == {"shop": 3}
    assert [each.image for each in cluster.sets.values() if each.desired] == [OLD]


@pytest.mark.parametrize("strategy", Strategy)
def test_the_image_is_set_and_the_set_is_made_once(strategy: Strategy) -> None:
    cluster = Cluster()
    to_the_end(cluster, deployment(strategy, promote_at_once=True))
    made = [each for each in cluster.done if isinstance(each, SetImage | Copy)]
    assert len(made) == len({(type(each), getattr(each, "name", "")) for each in made})


def test_a_preview_waits_for_somebody_to_promote_it_and_goes_when_nobody_does() -> None:
    cluster = Cluster()
    waiting = until(cluster, deployment(Strategy.BLUE_GREEN, promote_within=SHORT), Phase.PROMOTABLE)
    assert cluster.serving() == {"shop": 3}
    ended = to_the_end(cluster, waiting)
    assert (ended.state, ended.reason) == (State.ROLLED_BACK, "nobody promoted it in time")
    assert "shop-green" not in cluster.sets


def test_going_back_within_the_window_needs_no_new_pods() -> None:
    cluster = Cluster()
    kept = until(cluster, deployment(Strategy.BLUE_GREEN, promote_at_once=True), Phase.KEEPING)
    assert cluster.serving() == {"shop-green": 3}
    made = len([each for each in cluster.done if isinstance(each, Copy)])
    ended = to_the_end(cluster, wished(kept, Wish.ROLL_BACK))
    assert (ended.state, ended.reason) == (State.ROLLED_BACK, "Rolled back by bela")
    assert cluster.serving() == {"shop": 3}
    assert len([each for each in cluster.done if isinstance(each, Copy)]) == made


def test_a_smoke_address_that_is_not_well_stops_the_switch() -> None:
    cluster = Cluster(smoke="status 500")
    ended = to_the_end(cluster, deployment(Strategy.BLUE_GREEN, smoke="http://x/", promote_at_once=True))
    assert (ended.state, ended.reason) == (State.ROLLED_BACK, "the smoke address said: status 500")
    assert [each for each in cluster.done if isinstance(each, Select)] == [
        Select(selector={"app": "shop", COLOUR: "blue"})
    ]


def test_a_paused_rollout_stands_until_it_is_resumed_and_is_not_late_then() -> None:
    cluster = Cluster(replicas=5)
    begun = until(cluster, deployment(Strategy.ROLLING, deadline=SHORT), Phase.PROGRESSING)
    held = wished(begun, Wish.PAUSE)
    for _ in range(100):
        held = step(cluster, held)
    assert held.state is State.RUNNING
    assert cluster.sets["shop"].paused
    assert to_the_end(cluster, wished(held, Wish.RESUME)).state is State.SUCCEEDED


def test_somebody_elses_image_is_not_fought_over() -> None:
    cluster = Cluster()
    begun = until(cluster, deployment(Strategy.ROLLING), Phase.PROGRESSING)
    cluster.sets["shop"].image = "registry.example/shop:v3"
    ended = to_the_end(cluster, begun)
    assert ended.state is State.FAILED
    assert "somebody else" in ended.reason
    assert cluster.sets["shop"].image.endswith("v3")


@settings(max_examples=100, deadline=None)
@given(
    strategy=st.sampled_from(Strategy),
    healthy=st.booleans(),
    replicas=st.integers(1, 5),
    at_once=st.booleans(),
    smoke=st.sampled_from((None, "http://x/")),
    answer=st.sampled_from(("ok", "status 500")),
    deeds=st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from((*Wish, "break", "mend", "restart"))), max_size=8
    ),
)
def test_whatever_happens_one_colour_serves_without_a_gap_until_it_ends(
    strategy: Strategy,
    healthy: bool,
    replicas: int,
    at_once: bool,
    smoke: str | None,
    answer: str,
    deeds: list[tuple[int, Wish | str]],
) -> None:
    cluster = Cluster(replicas=replicas, healthy=healthy, smoke=answer)
    now = deployment(strategy, promote_at_once=at_once, smoke=smoke, deadline=SHORT, promote_within=SHORT)
    for pause, deed in deeds:
        for _ in range(pause):
            now = step(cluster, now) if now.state is State.RUNNING else now
            _serves(cluster, now)
        if isinstance(deed, Wish):
            now = wished(now, deed)
        elif deed != "restart":
            cluster.healthy = deed == "mend"
    ended = to_the_end(cluster, now)
    _serves(cluster, ended)
    running = {each.image for name, each in cluster.sets.items() if each.ready and name in cluster.serving()}
    if ended.state is State.SUCCEEDED:
        assert running == {NEW}
    elif ended.state in (State.ROLLED_BACK, State.CANCELLED):
        assert running == {OLD}


def _serves(cluster: Cluster, now: Deployment) -> None:
    assert sum(cluster.serving().values()) > 0, now.phase
    assert len(colours(cluster)) == 1, now.phase
