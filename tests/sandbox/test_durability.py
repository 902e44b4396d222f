"""What was acknowledged survives the death of the process, and ids never come twice."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import discord
import pytest
import time_machine

from sovereign.core import clock
from sovereign.sandbox import state as state_module
from sovereign.sandbox.codec import decode, encode
from sovereign.sandbox.entities import Message, Origin
from sovereign.sandbox.guild import BOT_ID, CHANNELS, GUILD_ID, MEMBERS, sample
from sovereign.sandbox.journal import Journal
from sovereign.sandbox.server import running
from sovereign.sandbox.snowflakes import Snowflakes, time_of
from sovereign.sandbox.state import State
from tests.sandbox.answers import commands
from tests.sandbox.conftest import Person, logged_in, redirect, until

PRS = f"/channels/{CHANNELS['prs']}/messages"
WITHOUT_TRAFFIC = ("guild", "categories", "channels", "threads", "roles", "members", "commands")


async def test_everything_is_there_after_a_kill_without_warning(tmp_path: Path) -> None:
    first, copy = tmp_path / "first", tmp_path / "copy"
    async with running(first) as server, aiohttp.ClientSession() as session:
        person = Person(session, server.url)
        with redirect(server):
            async with logged_in(prepare=commands) as bot:
                head = await bot.text("prs").send("head", embed=discord.Embed(title="t"), nonce="n")
                thread = await head.create_thread(name="talk")
                await thread.send("inside")
                await head.add_reaction("👍")
                whisper = await person.act("emil", "prs", "command", command="whisper")
                await person.post("members", {"name": "mona", "roles": ["QA"]}, 201)
                await person.act("mona", "prs", "say", content="hello")
        before = (
            await person.get("state"),
            await person.messages("prs", "emil"),
            await person.messages(thread.id),
        )
        shutil.copytree(first, copy)  # what a killed process leaves behind

    async with running(copy) as server, aiohttp.ClientSession() as session:
        person = Person(session, server.url)
        after = (
            await person.get("state"),
            await person.messages("prs", "emil"),
            await person.messages(thread.id),
        )
        for part in WITHOUT_TRAFFIC:
            assert after[0][part] == before[0][part]
        assert after[1:] == before[1:]
        assert [one["content"] for one in after[1]] == ["head", "psst", "hello"]
        body = {"content": "head", "nonce": "n", "enforce_nonce": True}
        _, again, _ = await person.rest("POST", PRS, body)
        assert again["id"] == str(head.id)
        token = (tmp_path / "copy" / "journal.jsonl").read_text().split('"token":"')[1].split('"')[0]
        status, edited, _ = await person.rest(
            "PATCH", f"/webhooks/{BOT_ID}/{token}/messages/@original", {"content": "still mine"}
        )
        assert (status, edited["id"]) == (200, whisper["messages"][0]["id"])
        with redirect(server):
            async with logged_in() as bot:
                assert [one.name for one in bot.hub.threads] == ["talk"]


async def test_a_real_process_killed_in_the_middle_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys, pathlib\n"
        "from sovereign.sandbox.server import running, SandboxOptions\n"
        "async def main():\n"
        "    options = SandboxOptions(message_bucket=(10000, 1.0), global_per_second=10000)\n"
        "    async with running(pathlib.Path(sys.argv[1]), options=options) as server:\n"
        "        print(server.url, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    acknowledged: list[str] = []

    async def write(session: aiohttp.ClientSession) -> None:
        person = Person(session, url)
        while True:
            try:
                _, made, _ = await person.rest("POST", PRS, {"content": "x"})
            except aiohttp.ClientError:
                return
            acknowledged.append(made["id"])

    async with aiohttp.ClientSession() as session:
        writers = [asyncio.ensure_future(write(session)) for _ in range(4)]
        await until(lambda: len(acknowledged) >= 100)
        process.send_signal(signal.SIGKILL)
        await asyncio.gather(*writers)
    await process.wait()
    reopened = State(tmp_path / "journal.jsonl")
    assert set(map(int, acknowledged)) <= set(reopened.history(CHANNELS["prs"]))
    assert reopened.ids.next() > max(map(int, acknowledged))
    reopened.close()


def test_a_line_that_was_never_finished_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.append([{"n": 1}])
    journal.append([{"n": 2, "long": "x" * 200_000}])
    journal.close()
    with path.open("ab") as file:
        file.write(b'[{"n": 3, "torn')
    reopened = Journal(path)
    assert [changes[0]["n"] for changes in reopened.replay()] == [1, 2]
    reopened.append([{"n": 4}])
    assert [changes[0]["n"] for changes in reopened.replay()] == [1, 2, 4]
    reopened.close()


def test_a_start_writes_a_grown_journal_afresh_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_module, "SLACK", 50)
    path = tmp_path / "journal.jsonl"
    state = State(path)
    state.commit(put=sample())
    kept = message(state, "kept")
    for n in range(500):
        state.commit(put=[message(state, str(n), kept.id)])
    gone = message(state, "gone")
    state.commit(put=[gone])
    state.commit(drop=[gone])
    before, last = state.tables, state.ids.last
    state.close()
    grown = path.stat().st_size
    again = State(path)
    assert path.stat().st_size < grown / 4
    assert again.tables.messages == before.messages | {CHANNELS["prs"]: again.history(CHANNELS["prs"])}
    assert again.tables.channels == before.channels
    assert again.ids.last == last
    assert again.ids.next() > gone.id
    again.close()
    third = State(path)
    assert third.tables.messages == again.tables.messages
    assert third.ids.last >= last
    third.close()


def message(state: State, content: str, message_id: int | None = None) -> Message:
    return Message(
        id=message_id or state.ids.next(),
        channel_id=CHANNELS["prs"],
        author_id=BOT_ID,
        at=clock.now(),
        content=content,
    )


def test_every_entity_of_the_sample_comes_back_as_it_was() -> None:
    for entity in sample():
        written = json.loads(json.dumps(encode(entity)))
        assert decode(written["kind"], written["put"]) == entity


def test_an_answer_to_a_modal_still_knows_what_brought_it_up() -> None:
    command = Origin(id=1, kind=2, user_id=3, name="deploy run", target_id=4)
    origin = Origin(id=5, kind=5, user_id=3, trigger=command, original_id=6)
    message = Message(id=7, channel_id=8, author_id=BOT_ID, at=clock.now(), origin=origin)
    assert decode("Message", json.loads(json.dumps(encode(message)["put"]))) == message


def test_ids_grow_even_when_the_clock_goes_back() -> None:
    ids = Snowflakes()
    now = clock.now()
    with time_machine.travel(now, tick=False):
        several = [ids.next() for _ in range(10)]
    with time_machine.travel(now - timedelta(days=1), tick=False):
        several.append(ids.next())
    assert several == sorted(set(several))
    assert abs(time_of(several[0]) - now) < timedelta(milliseconds=2)


def test_the_sample_ids_are_valid_and_in_the_past() -> None:
    ids = [GUILD_ID, BOT_ID, *CHANNELS.values(), *MEMBERS.values()]
    assert len(ids) == len(set(ids))
    assert all(time_of(one).year == 2024 for one in ids)


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path / "journal.jsonl")
    state.commit(put=sample())

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.write", full)
        with pytest.raises(OSError, match="No space"):
            state.commit(put=[message(state, "x")])
    assert state.history(CHANNELS["prs"]) == {}
    state.commit(put=[message(state, "y")])
    state.close()
    reopened = State(tmp_path / "journal.jsonl")
    assert [one.content for one in reopened.history(CHANNELS["prs"]).values()] == ["y"]
    reopened.close()
