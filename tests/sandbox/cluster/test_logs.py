"""Logs read the same each time, can be cut in every way, and say what is wrong in Kubernetes' words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sovereign.sandbox.cluster.images import Fate
from sovereign.sandbox.cluster.logs import Run
from tests.sandbox.cluster.conftest import APPS, CORE, Hand, web

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run(fate: Fate = Fate.FINE, ended: datetime | None = None) -> Run:
    return Run("web-1", "web", "lab/web:1", fate, 0, BEGAN, ended)


@settings(max_examples=25)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 100))
def test_a_log_only_grows_and_its_tail_is_its_end(first: int, more: int, tail: int) -> None:
    early, late = BEGAN + timedelta(seconds=first), BEGAN + timedelta(seconds=first + more)
    before, after = list(run().lines(early)), list(run().lines(late))
    assert after[: len(before)] == before
    assert all(line.at > early for line in after[len(before) :])
    assert [line.at for line in after] == sorted(line.at for line in after)
    assert list(run().lines(late, tail=tail))[-tail:] == after[-tail:]
    assert list(run().lines(late, since=early)) == [line for line in after if line.at >= early]


def test_a_life_that_failed_ends_with_the_reason() -> None:
    ended = BEGAN + timedelta(seconds=2)
    lines = list(run(Fate.CRASH, ended).lines(BEGAN + timedelta(days=1)))
    assert lines[-1].text == "ERROR RuntimeError: DATABASE_URL is not set"
    assert lines[-1].at <= ended


async def test_a_log_is_cut_by_lines_time_and_bytes(hand: Hand) -> None:
    await hand.drive("many", deployments=1, pods=1)
    name = (await hand.pods("app=service-001", "load"))[0]["metadata"]["name"]
    path = f"/api/v1/namespaces/load/pods/{name}/log"
    _, text = await hand.call("GET", f"{path}?tailLines=5&timestamps=true")
    lines = text.splitlines()
    assert len(lines) == 5
    assert all(datetime.fromisoformat(line[:26] + "+00:00") for line in lines)
    _, recent = await hand.call("GET", f"{path}?sinceSeconds=30&timestamps=true")
    oldest = datetime.fromisoformat(recent[:26] + "+00:00")
    assert (datetime.now(UTC) - oldest).total_seconds() < 32
    _, cut = await hand.call("GET", f"{path}?limitBytes=100")
    assert len(cut) == 100
    _, none = await hand.call("GET", f"{path}?tailLines=0")
    assert none == ""


async def test_what_has_no_log_says_why(hand: Hand) -> None:
    body = web("lab/web:1-nopull", replicas=1)
    body["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": "lab/proxy:1"})
    await hand.post(f"{APPS}/deployments", body)
    found = await hand.until(f"{CORE}/pods", lambda it: "ImagePullBackOff" in str(it["items"]))
    path = f"{CORE}/pods/{found['items'][0]['metadata']['name']}/log"
    for query, words in (
        ("", "a container name must be specified for pod"),
        ("?container=web", "is waiting to start: trying and failing to pull image"),
        ("?container=proxy&previous=true", 'previous terminated container "proxy" in pod'),
        ("?container=nope", "container nope is not valid for pod"),
    ):
        status, refusal = await hand.call("GET", path + query)
        assert status == 400
        assert words in refusal["message"]
