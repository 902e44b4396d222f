"""The outbox carries intents out in order, once, through whatever the other side answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from sovereign.core import clock, samples
from sovereign.services import digests
from sovereign.services import outbox as service
from sovereign.services.announce import PAGE
from sovereign.services.outbox import Outbox
from sovereign.services.ports.discord import Ledger, NoThread, Undelivered
from sovereign.store import digests as store
from sovereign.store import errands, outbox
from sovereign.store.database import Database
from sovereign.store.errands import Errand
from tests.services.conftest import Works
from tests.services.test_alerting import alert, body


class Discord:
    """The port's double: takes errands, or fails as told."""

    def __init__(self) -> None:
        self.taken: list[Errand] = []
        self.failures: list[Exception] = []
        self.busy = 0

    async def ready(self) -> None: ...

    async def perform(self, errand: Errand, ledger: Ledger) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(errand)
        await ledger.part(0, 1, 1000 + len(self.taken))


@asynccontextmanager
async def running(database: Database, discord: Discord) -> AsyncIterator[Outbox]:
    it = Outbox(database, discord)
    task = asyncio.ensure_future(it.run())
    try:
        yield it
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(service, "LOOK_AGAIN", 0.02)


def title(errand: Errand) -> str:
    event: Any = errand.payloads[0]["event"]
    return str(event["title"])


async def remark(works: Works, number: int, words: str) -> None:
    """A comment on a pull request, which gets a message, and a thread with what was said."""
    sample = samples.sample("github", "issue_comment.created", clock.now())
    body = json.loads(sample.body)
    body["issue"]["number"], body["comment"]["body"] = number, words
    await works.post("github", body, {**sample.headers, "x-github-delivery": words})


async def until_empty(works: Works) -> None:
    for _ in range(500):
        if not (await works.database.read(outbox.backlog))[0]:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the outbox does not empty")


async def test_messages_of_a_channel_go_in_the_order_of_the_deliveries(works: Works) -> None:
    for number in range(30):
        await works.post("generic", {"title": f"n{number}"})
    discord = Discord()
    async with running(works.database, discord):
        await until_empty(works)
    assert [title(errand) for errand in discord.taken] == [f"n{n}" for n in range(30)]


async def test_what_fails_is_tried_again_and_what_comes_after_waits_for_it(works: Works) -> None:
    for words in ("first", "second"):
        await works.post("generic", {"title": words})
    discord = Discord()
    discord.failures = [
        Undelivered("down"),
        Undelivered("down", in_doubt=True),
        Undelivered("slow", retry_in=0.01),
    ]
    async with running(works.database, discord):
        await until_empty(works)
    first, second = discord.taken
    assert title(first) == "first"
    assert (first.attempts, second.attempts) == (4, 1)
    assert first.doubt_since is not None, "the second failure was in doubt, and the third did not clear it"


async def test_an_attempt_that_surely_did_nothing_leaves_no_doubt(works: Works) -> None:
    await works.post("generic", {"title": "x"})
    discord = Discord()
    discord.failures = [Undelivered("refused")]
    async with running(works.database, discord):
        await until_empty(works)
    assert discord.taken[0].doubt_since is None


async def test_what_discord_will_never_take_is_set_aside_and_the_rest_goes_on(works: Works) -> None:
    for words in ("bad", "good"):
        await works.post("generic", {"title": words})
    discord = Discord()
    discord.failures = [Undelivered("no", hopeless=True)]
    async with running(works.database, discord):
        await until_empty(works)
    assert [row["state"] for row in await works.outbox()] == ["failed", "done"]
    assert (await works.outbox())[0]["problem"] == "no"


async def test_an_errand_that_breaks_the_notifier_is_quarantined_and_the_rest_goes_on(works: Works) -> None:
    for words in ("bad", "good"):
        await works.post("generic", {"title": words})
    discord = Discord()
    discord.failures = [ZeroDivisionError("on purpose")]
    async with running(works.database, discord):
        await until_empty(works)
    assert [row["state"] for row in await works.outbox()] == ["failed", "done"]
    assert "ZeroDivisionError" in (await works.outbox())[0]["problem"]


async def test_a_conversation_whose_head_was_refused_gets_another_when_it_goes_on(works: Works) -> None:
    await works.sample("github", "pull_request.opened", delivery="1")
    discord = Discord()
    discord.failures = [Undelivered("no", hopeless=True)]
    async with running(works.database, discord):
        await until_empty(works)
        await works.sample("github", "pull_request.merged", delivery="2")
        await until_empty(works)
    assert [errand.op for errand in discord.taken] == ["post", "line"]


async def test_a_digest_stays_small_however_long_the_titles_are(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "LONGEST", 1)
    for number in range(3):
        await works.post("generic", {"title": f"{number} " + "x" * 100_000})
    discord = Discord()
    async with running(works.database, discord):
        await until_empty(works)
    assert len(str(discord.taken[0].payloads)) < 3 * 500


async def test_lines_of_a_thread_keep_their_order_though_the_last_calls_somebody(works: Works) -> None:
    await works.post("alertmanager", body(alert(severity="warning")))
    await works.post("alertmanager", body(alert(severity="critical")))
    discord = Discord()
    async with running(works.database, discord):
        await until_empty(works)
    lines = [errand for errand in discord.taken if errand.op == "line"]
    assert [bool(errand.mention) for errand in lines] == [False, True]
    assert "severity rose" in str(lines[1].payloads[0]["text"])


async def test_lines_of_a_thread_wait_for_the_head_and_then_go_together(works: Works) -> None:
    await works.sample("github", "pull_request.opened", delivery="1")
    for number in range(12):
        await works.sample("github", "issue_comment.created", delivery=f"c{number}")
    discord = Discord()
    async with running(works.database, discord):
        await until_empty(works)
    assert discord.taken[0].op == "post"
    lines = [errand for errand in discord.taken if errand.op == "line"]
    assert [len(errand.payloads) for errand in lines] == [10, 1, 1], "many go together, a few alone"


async def test_a_page_goes_before_everything_that_waits(works: Works) -> None:
    for number in range(10):
        await works.post("generic", {"title": f"n{number}"})
    await works.sample("alertmanager", "firing")
    first = (await works.database.read(lambda tx: errands.ready(tx, clock.now(), ())))[0]
    assert first.lane == "page:alerts"


async def test_more_than_people_could_follow_becomes_a_digest_that_names_everything(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "LONGEST", 5)
    for number in range(20):
        await works.post("generic", {"title": f"n{number}"})
    await works.sample("github", "pull_request.opened", delivery="1")
    discord = Discord()
    async with running(works.database, discord):
        await until_empty(works)
    assert sorted(errand.op for errand in discord.taken) == ["digest", "post"]
    (digest,) = [errand for errand in discord.taken if errand.op == "digest"]
    items: Any = digest.payloads[0]["items"]
    assert [item["title"] for item in items] == [f"n{n}" for n in range(20)]


@pytest.mark.parametrize("severity", ["warning", "critical"])
async def test_a_digest_of_alerts_names_all_of_them_and_calls_whom_they_were_to_call(
    works: Works, monkeypatch: pytest.MonkeyPatch, severity: str
) -> None:
    monkeypatch.setattr(digests, "LONGEST", 5)
    names = [f"Alert{number}" for number in range(8)]
    for name in names:
        await works.post(
            "alertmanager", body(alert(name=name, fingerprint=name, severity=severity), group=name)
        )
    discord = Discord()
    async with running(works.database, discord):
        await until_empty(works)
    (digest,) = [errand for errand in discord.taken if errand.op == "digest"]
    items: Any = digest.payloads[0]["items"]
    assert [name for name in names if name in str(items)] == names
    called = {role for errand in discord.taken for role in errand.mention}
    assert called == ({"On-Call"} if severity == "critical" else set())


async def test_a_digested_conversation_gets_a_message_of_its_own_when_it_goes_on(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "LONGEST", 0)
    await works.sample("github", "pull_request.opened", delivery="1")
    discord = Discord()
    async with running(works.database, discord):
        await until_empty(works)
        assert [errand.op for errand in discord.taken] == ["digest"]
        monkeypatch.setattr(digests, "LONGEST", 100)
        await works.sample("github", "pull_request.merged", delivery="2")
        await until_empty(works)
    head = next(errand for errand in discord.taken if errand.op == "post")
    facts: Any = head.payloads[0]["conversation"]
    assert facts["status"] == "merged"


async def test_a_comment_alone_brings_a_digested_conversation_back(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "LONGEST", 0)
    await works.sample("github", "pull_request.opened", delivery="1")
    discord = Discord()
    async with running(works.database, discord):
        await until_empty(works)
        monkeypatch.setattr(digests, "LONGEST", 100)
        await works.sample("github", "issue_comment.created", delivery="2")
        await until_empty(works)
    assert [errand.op for errand in discord.taken] == ["digest", "post", "line"]


async def test_lines_whose_threads_cannot_begin_in_time_are_told_in_a_digest_but_for_those_that_call(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "THREADS", 3)
    monkeypatch.setattr(digests, "KEPT", 2)
    full = True

    class Crowded(Discord):
        async def perform(self, errand: Errand, ledger: Ledger) -> None:
            if full and errand.op == "line":
                raise NoThread("no more threads for now", retry_in=0.05)
            await super().perform(errand, ledger)

    for number in range(1, 5):
        await remark(works, number, f"words {number}")
    discord = Crowded()
    async with running(works.database, discord):
        for _ in range(500):
            if any(errand.op == "digest" for errand in discord.taken):
                break
            await asyncio.sleep(0.01)
        full = False
        await remark(works, 4, "later")
        await until_empty(works)
    (digest,) = [errand for errand in discord.taken if errand.op == "digest"]
    items: Any = digest.payloads[0]["items"]
    assert [item["title"] for item in items] == [
        f"dana commented on PR #{number} in acme/shop: words {number}" for number in (3, 4)
    ]
    lines = [line for errand in discord.taken if errand.op == "line" for line in errand.payloads]
    assert sorted(str(line["quote"]) for line in lines) == ["later", "words 1", "words 2"], "the rest, once"


async def test_what_calls_somebody_or_is_urgent_keeps_its_thread_where_few_can_begin(works: Works) -> None:
    for number in range(1, 4):
        await remark(works, number, f"words {number}")
    await works.post("alertmanager", body(alert(severity="warning")))
    await works.post("alertmanager", body(alert(severity="high")))
    rows = "UPDATE outbox SET channel = 'prs', mention_json = ? WHERE op = 'line' AND payload_json LIKE ?"
    await works.database.write(lambda tx: tx.execute(rows, ('["On-Call"]', "%words 3%")))
    await works.database.write(lambda tx: tx.execute(rows, ("[]", '%"text": "Down firing%')))
    waiting = await works.database.read(lambda tx: store.threadless(tx, "prs"))
    told = "SELECT payload_json FROM outbox WHERE op = 'line' AND conversation_id = ?"
    said = [(await works.rows(told, one.conversation_id))[0]["payload_json"] for one in waiting]
    assert [one.stays for one in waiting] == [True, False, False, False]
    for words, line in zip(("words 3", "Down firing", "words 1", "words 2"), said, strict=True):
        assert words in line


async def test_pages_find_a_place_where_everything_else_hangs(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    class Hanging(Discord):
        async def perform(self, errand: Errand, ledger: Ledger) -> None:
            if errand.priority < PAGE:
                await gate.wait()
            await super().perform(errand, ledger)

    monkeypatch.setattr(service, "AT_ONCE", 2)
    monkeypatch.setattr(service, "RESERVED", 1)
    await works.post("generic", {"title": "slow"})
    await works.sample("github", "pull_request.opened", delivery="1")
    discord = Hanging()
    async with running(works.database, discord):
        await asyncio.sleep(0.1)
        await works.sample("alertmanager", "firing")
        for _ in range(200):
            if discord.taken:
                break
            await asyncio.sleep(0.01)
        assert [errand.channel for errand in discord.taken] == ["alerts"]
        gate.set()


def test_pauses_stay_bounded_however_often_something_failed() -> None:
    assert service._pause(100_000) <= service.LONGEST_PAUSE * 1.25
