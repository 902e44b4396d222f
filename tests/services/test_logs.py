"""Logs of a service: only its own pods, redacted, merged, followed, from the cluster or from Loki."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sovereign.core.errors import ClusterSilent, NotAllowed, NotFound, Unacceptable, UserError
from sovereign.domain.cluster import LogRequest
from sovereign.domain.logs import LogLine
from sovereign.render import logs as looks
from sovereign.services.operations import log_reading, logs
from sovereign.services.operations.log_reading import Asked, LogPage, LogSetup
from sovereign.services.ports.logs import LokiAddress
from sovereign.store.database import Database
from tests.domain.cluster import NOW, pod, waiting, workload
from tests.services.clusters import DEVELOPER, OWNER, Yard, yard_over

SHOP = Asked(service="shop", environment="prod")


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "EVERY", 0.01)
    monkeypatch.setattr(log_reading, "EVERY", 0.01)


@pytest.fixture
def yard(database: Database) -> Yard:
    return filled(yard_over(database))


@pytest.fixture
def with_loki(database: Database) -> Yard:
    setup = LogSetup(loki=lambda: LokiAddress(url="http://loki"), labels={"app": "{deployment}"})
    return filled(yard_over(database, logs=setup))


def filled(made: Yard) -> Yard:
    made.cluster.put(workload(), pod("shop-a"), pod("shop-b", created_at=NOW + timedelta(minutes=1)))
    made.cluster.put(workload(name="other", selector={"app": "other"}), pod("other-a"))
    made.cluster.lines = {
        "shop-a": "2026-03-01T12:00:01Z one\n2026-03-01T12:00:03Z three\n",
        "shop-b": "2026-03-01T12:00:02Z two\n",
        "other-a": "2026-03-01T12:00:02Z secret of others\n",
    }
    return made


def texts(page: LogPage) -> list[str]:
    return [line.text for line in page.lines]


async def test_the_pods_of_a_service_are_read_together_in_order_and_audited(yard: Yard) -> None:
    page = await yard.operations.logs.read(OWNER, replace(SHOP, tail=2))
    assert texts(page) == ["two", "three"]
    assert (page.pods, page.running) == (2, 2)
    assert await yard.audited() == [("services.logs", "shop in prod", "done")]


async def test_a_pod_of_another_service_cannot_be_named(yard: Yard) -> None:
    with pytest.raises(NotFound, match="shop in prod has no pod 'other-a'"):
        await yard.operations.logs.read(OWNER, replace(SHOP, pod="other-a"))
    with pytest.raises(NotAllowed, match="Reading logs in prod needs the role Owner"):
        await yard.operations.logs.read(DEVELOPER, SHOP)


async def test_the_channels_service_is_the_default(yard: Yard) -> None:
    page = await yard.operations.logs.read(OWNER, Asked(environment="prod"), ("123", "shop"))
    assert page.place.service == "shop"
    with pytest.raises(UserError, match="Name a service"):
        await yard.operations.logs.read(OWNER, Asked(environment="prod"), ("124", "random"))


async def test_options_reach_the_cluster(yard: Yard) -> None:
    asked = replace(SHOP, pod="shop-a", since="5m", previous=True, container="proxy", tail=7)
    with pytest.raises(NotFound, match="no log of before"):
        await yard.operations.logs.read(OWNER, replace(asked, pod=""))
    await yard.operations.logs.read(OWNER, asked)
    assert yard.cluster.done[-1] == (
        "log",
        LogRequest(pod="shop-a", container="proxy", tail=7, since=300, previous=True, timestamps=True),
    )


async def test_secrets_never_leave_even_over_several_lines(yard: Yard) -> None:
    key = ["-----BEGIN PRIVATE KEY-----", "MIIabc", "-----END PRIVATE KEY-----", "password=hunter22"]
    yard.cluster.lines["shop-a"] = "\n".join(f"2026-03-01T12:00:0{n}Z {text}" for n, text in enumerate(key))
    page = await yard.operations.logs.read(OWNER, replace(SHOP, pod="shop-a"))
    assert "MIIabc" not in " ".join(texts(page))
    assert "hunter22" not in " ".join(texts(page))


async def test_one_pod_without_a_log_hides_no_other(yard: Yard) -> None:
    del yard.cluster.lines["shop-b"]
    page = await yard.operations.logs.read(OWNER, SHOP)
    assert texts(page) == ["one", "three"]
    assert "no such thing: shop-b" in page.missing


async def test_a_followed_log_shows_new_lines_and_ends_by_stop(yard: Yard) -> None:
    yard.cluster.following = {"shop-a": ["2026-03-01T12:00:05Z five", "2026-03-01T12:00:06Z no"]}
    shown: list[LogPage] = []

    async def show(page: LogPage) -> None:
        shown.append(page)
        if "five" in texts(page) and page.follow:
            assert yard.operations.logs.stop(page.follow)

    async with asyncio.timeout(5):
        await yard.operations.logs.follow(OWNER, replace(SHOP, grep="e"), show)
    assert texts(shown[0]) == ["one", "three"]
    assert texts(shown[-1]) == ["one", "three", "five"]
    assert (shown[-1].ended, shown[-1].follow) == ("Stopped.", "")
    assert not yard.operations.logs.stop(shown[0].follow)


async def test_a_followed_log_ends_by_itself(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "FOLLOW", 0.05)
    shown: list[LogPage] = []

    async def show(page: LogPage) -> None:
        shown.append(page)

    async with asyncio.timeout(5):
        await yard.operations.logs.follow(OWNER, SHOP, show)
    assert shown[-1].ended.startswith("Followed for")


async def test_loki_is_asked_where_it_is_configured_and_the_cluster_for_what_only_it_knows(
    with_loki: Yard,
) -> None:
    with_loki.logs.answers = [[LogLine(text="from loki", at=NOW)]]
    page = await with_loki.operations.logs.read(OWNER, replace(SHOP, filters='|= "x"', grep="y"))
    assert (page.source, texts(page)) == ("Loki", ["from loki"])
    assert with_loki.logs.asked == ['{app="shop"} |~ "(?i)y" |= "x"']
    assert (await with_loki.operations.logs.read(OWNER, replace(SHOP, pod="shop-a"))).source == "main"


async def test_loki_is_followed_by_asking_again_and_no_line_comes_twice(with_loki: Yard) -> None:
    first, second = LogLine(text="1", at=NOW), LogLine(text="2", at=NOW + timedelta(seconds=1))
    with_loki.logs.answers = [[first], [first, second], [second]]
    shown: list[LogPage] = []

    async def show(page: LogPage) -> None:
        shown.append(page)

    with_loki.logs.enough = lambda: with_loki.operations.logs.stop(shown[0].follow)
    async with asyncio.timeout(5):
        await with_loki.operations.logs.follow(OWNER, SHOP, show)
    assert texts(shown[-1]) == ["1", "2"]


async def test_a_query_without_loki_says_what_works_here(yard: Yard) -> None:
    with pytest.raises(UserError, match="grep: works here"):
        await yard.operations.logs.read(OWNER, replace(SHOP, filters='|= "x"'))


async def test_where_nothing_is_found_there_is_no_line(yard: Yard) -> None:
    page = await yard.operations.logs.read(OWNER, replace(SHOP, grep="nowhere"))
    assert page.lines == []
    made = looks.page(page)
    assert "No lines with `nowhere`" in (made.embed.description or "")
    assert "```" not in (made.embed.description or "")


async def test_a_followed_log_goes_on_with_the_pods_that_take_the_place_of_others(yard: Yard) -> None:
    yard.cluster.following = {
        "shop-a": ["2026-03-01T12:00:05Z five"],
        "shop-c": ["2026-03-01T12:00:06Z six", "2026-03-01T12:00:06Z seven"],
    }
    shown: list[LogPage] = []

    async def show(page: LogPage) -> None:
        shown.append(page)
        if texts(page)[-1] == "five":
            yard.cluster.ended = {"shop-a", "shop-b"}
            yard.cluster.put(workload(), pod("shop-c"))
        elif "seven" in texts(page) and page.follow:
            assert yard.operations.logs.stop(page.follow)

    async with asyncio.timeout(5):
        await yard.operations.logs.follow(OWNER, SHOP, show)
    assert texts(shown[-1]) == ["one", "two", "three", "five", "six", "seven"]
    assert shown[-1].ended == "Stopped."


FORBIDDEN = NotAllowed("main does not let you get pods/log in the namespace prod.")
GONE = NotFound("main has no such thing: pods shop-b not found.")
NO_CONTAINER = Unacceptable("main refuses it: container shop is not valid for pod shop-b.")


def times_asked(yard: Yard, pod: str) -> int:
    return [what for what, _ in yard.cluster.asked].count(f"follow_log {pod}")


@pytest.mark.parametrize(("problem", "tries"), [(FORBIDDEN, 1), (GONE, 4), (NO_CONTAINER, 4)])
async def test_a_pod_that_refuses_is_told_of_and_asked_no_more(
    yard: Yard, problem: UserError, tries: int
) -> None:
    yard.cluster.refusing = {"shop-b": problem}
    shown: list[LogPage] = []

    async def show(page: LogPage) -> None:
        shown.append(page)
        if "asked no more" in page.missing and page.follow:
            yard.cluster.following["shop-c"] = ["2026-03-01T12:00:09Z nine"]  # the others go on
            yard.cluster.put(workload(), pod("shop-a"), pod("shop-b"), pod("shop-c"))
        if "nine" in texts(page) and page.follow:
            assert yard.operations.logs.stop(page.follow)

    async with asyncio.timeout(5):
        await yard.operations.logs.follow(OWNER, SHOP, show)
    assert shown[-1].missing == f"shop-b is asked no more: {problem.public}"
    assert problem.public in (looks.page(shown[-1]).embed.description or "")
    assert times_asked(yard, "shop-b") == tries


async def test_where_no_pod_may_be_followed_it_ends_and_says_why(yard: Yard) -> None:
    yard.cluster.refusing = {"shop-a": FORBIDDEN, "shop-b": FORBIDDEN}
    shown: list[LogPage] = []

    async def show(page: LogPage) -> None:
        shown.append(page)

    async with asyncio.timeout(5):
        await yard.operations.logs.follow(OWNER, SHOP, show)
    assert (shown[-1].ended, shown[-1].follow) == (FORBIDDEN.public, "")
    assert (times_asked(yard, "shop-a"), times_asked(yard, "shop-b")) == (1, 1)


@pytest.mark.parametrize("how", ["waiting", "pending", "silent"])
async def test_a_pod_that_can_say_nothing_yet_is_told_of_and_asked_until_it_does(
    yard: Yard, how: str
) -> None:
    late = {
        "waiting": pod("shop-b", ready=False, containers=waiting("ContainerCreating")),
        "pending": pod("shop-b", ready=False, phase="Pending", containers=()),
        "silent": pod("shop-b"),
    }[how]
    yard.cluster.put(workload(), pod("shop-a"), late)
    silence = ClusterSilent("main does not answer (late).")
    problem = silence if how == "silent" else Unacceptable("main refuses it: it is waiting to start.")
    yard.cluster.refusing = {"shop-b": problem}
    shown: list[LogPage] = []

    async def show(page: LogPage) -> None:
        shown.append(page)
        if "six" in texts(page) and page.follow and not page.missing:
            assert yard.operations.logs.stop(page.follow)

    async def begin() -> None:
        for _ in range(500):
            if times_asked(yard, "shop-b") > 8:
                break
            await asyncio.sleep(0.01)
        yard.cluster.following["shop-b"] = ["2026-03-01T12:00:06Z six"]
        yard.cluster.refusing = {}

    async with asyncio.timeout(10):
        await asyncio.gather(yard.operations.logs.follow(OWNER, SHOP, show), begin())
    assert f"shop-b says nothing yet: {problem.public}" in [page.missing for page in shown]
    assert (shown[-1].missing, shown[-1].ended) == ("", "Stopped.")


async def test_a_followed_pod_that_is_gone_ends_it(yard: Yard) -> None:
    shown: list[LogPage] = []

    async def show(page: LogPage) -> None:
        shown.append(page)
        yard.cluster.ended = {"shop-a"}
        yard.cluster.put(workload(), pod("shop-c"))

    async with asyncio.timeout(5):
        await yard.operations.logs.follow(OWNER, replace(SHOP, pod="shop-a"), show)
    assert shown[-1].ended == "shop in prod has no pod 'shop-a' now."
