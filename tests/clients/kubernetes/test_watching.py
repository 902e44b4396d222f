"""A watch survives whatever happens to the server, tells of it once, and never loses a change."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from sovereign.clients.kubernetes import watching
from sovereign.core.errors import NotAllowed
from sovereign.domain.cluster import Change, Changed, Gone, Listed, Pod, Silent
from tests.clients.kubernetes import things
from tests.clients.kubernetes.scripted import Answer, Scripted, reached, scripted

PODS = "GET /api/v1/namespaces/prod/pods"


@pytest.fixture
async def script() -> AsyncIterator[Scripted]:
    async with scripted() as it:
        yield it


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.01)


def line(kind: str, thing: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "object": thing}) + "\n"


async def told(script: Scripted, count: int) -> list[Change[Pod]]:
    """The first changes of a watch of pods."""
    found: list[Change[Pod]] = []
    async with reached(script.url) as cluster, aclosing(cluster.watch_pods("prod", turn=1, late=0.2)) as it:
        async for change in it:
            found.append(change)
            if len(found) == count:
                break
    return found


def shown(changes: list[Change[Pod]]) -> list[object]:
    names: list[object] = []
    for each in changes:
        match each:
            case Listed(items=items):
                names.append([one.name for one in items])
            case Changed(item=item):
                names.append(item.name)
            case Gone(name=name):
                names.append(f"-{name}")
            case Silent():
                names.append("silent")
    return names


async def test_changes_follow_the_list_and_a_watch_that_ends_goes_on_where_it_was(script: Scripted) -> None:
    script.on(
        PODS,
        Answer(body=things.listed(things.pod("a"), version="10")),
        Answer(
            lines=[
                line("ADDED", things.pod("b", version="11")), line("DELETED", things.pod("a", version="12"))
            ]
        ),
        Answer(lines=[line("BOOKMARK", {"metadata": {"resourceVersion": "20"}})]),
        Answer(lines=[line("MODIFIED", things.pod("b", version="21"))], hangs=True),
    )  # fmt: skip
    assert shown(await told(script, 4)) == [["a"], "b", "-a", "b"]
    places = [dict(asked.query).get("resourceVersion") for asked in script.asked]
    assert places == [None, "10", "12", "20"]


@pytest.mark.parametrize("within", [True, False])
async def test_a_place_that_is_no_longer_kept_is_listed_anew_without_a_word(
    script: Scripted, within: bool
) -> None:
    gone = things.refused(410, "Expired", "too old resource version")
    script.on(
        PODS,
        Answer(body=things.listed(things.pod("a"))),
        Answer(lines=[line("ERROR", gone)]) if within else Answer(status=410, body=gone),
        Answer(body=things.listed(things.pod("a"), things.pod("b"))),
        Answer(lines=[], hangs=True),
    )
    assert shown(await told(script, 2)) == [["a"], ["a", "b"]]


async def test_a_server_that_breaks_off_and_comes_back_is_told_once_and_listed_anew(script: Scripted) -> None:
    down = Answer(status=503, body={})
    script.on(
        PODS,
        Answer(body=things.listed(things.pod("a"))),
        Answer(lines=[line("ADDED", things.pod("b"))], breaks=True),
        down, down,
        Answer(body=things.listed(things.pod("c"))),
        Answer(lines=[], hangs=True),
    )  # fmt: skip
    assert shown(await told(script, 4)) == [["a"], "b", "silent", ["c"]]


async def test_a_frozen_server_is_noticed(script: Scripted) -> None:
    script.on(PODS, Answer(body=things.listed()), Answer(lines=[], hangs=True), Answer(body=things.listed()))
    assert shown(await told(script, 3)) == [[], "silent", []]


async def test_a_refusal_ends_the_watch(script: Scripted) -> None:
    message = 'User "s" cannot list resource "pods" in API group "" in the namespace "prod"'
    script.on(PODS, Answer(status=403, body=things.refused(403, "Forbidden", message)))
    with pytest.raises(NotAllowed):
        await told(script, 1)


async def test_a_change_of_megabytes_is_read(script: Scripted) -> None:
    large = things.pod("a") | {"data": "x" * (5 * 2**20)}
    script.on(PODS, Answer(body=things.listed()), Answer(lines=[line("ADDED", large)], hangs=True))
    assert shown(await told(script, 2)) == [[], "a"]
