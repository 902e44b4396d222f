"""The driver: what the page and the tests see of the guild, live and on request, and whom it refuses."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yarl

from sovereign.core.errors import NotFound
from sovereign.sandbox.driver import stream
from sovereign.sandbox.guild import CHANNELS, GUILD_ID, MEMBERS
from sovereign.sandbox.hub import Event
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.server import Running, SandboxOptions, running
from tests.sandbox.answers import commands
from tests.sandbox.conftest import BotMaker, Person, until


async def test_the_state_is_all_that_a_page_needs(bot: BotMaker, person: Person) -> None:
    async with bot(prepare=commands) as client:
        head = await client.text("prs").send("head")
        await head.create_thread(name="talk")
        state = await person.get("state")
    assert state["guild"]["id"] == str(GUILD_ID)
    assert [one["name"] for one in state["categories"]][:2] == ["General", "DevOps & CI/CD"]
    [prs] = [one for one in state["channels"] if one["name"] == "prs"]
    assert (prs["category"], prs["type"], prs["topic"]) == (
        "DevOps & CI/CD",
        0,
        "Pull requests, one thread each",
    )
    [call] = [one for one in state["channels"] if one["name"] == "on-call"]
    assert {one["id"] for one in call["overwrites"]} >= {str(GUILD_ID)}
    [talk] = state["threads"]
    assert (talk["name"], talk["parent_id"], talk["archived"]) == ("talk", str(CHANNELS["prs"]), False)
    [chen] = [one for one in state["members"] if one["name"] == "chen"]
    assert chen["role_names"] == ["DevOps", "ReleaseMgr", "On-Call"]
    assert {"deploy approve", "whisper", "Pin it"} <= {one["name"] for one in state["commands"]}
    assert sum("ReleaseMgr" in one["role_names"] for one in state["members"]) >= 4
    assert ["Contractors"] in [one["role_names"] for one in state["members"]]
    names = [one["name"] for one in state["channels"]]
    assert all(names.count(name) == 1 for name in ("standup", "retro", "alerts", "prs", "deployments"))


class Listener:
    """Reads server-sent events."""

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self.content = content

    async def next(self, *names: str) -> Any:
        """The next event of one of those names."""
        async for line in self.content:
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                if event["t"] in names:
                    return event
        raise AssertionError("the stream ended")


@asynccontextmanager
async def listening(person: Person, who: str) -> AsyncIterator[Listener]:
    async with person.session.get(f"{person.url}/sandbox/stream", params={"as": who}) as response:
        assert response.content_type == "text/event-stream"
        yield Listener(response.content)


class TestTheStream:
    async def test_tells_what_happens_as_it_happens(self, bot: BotMaker, person: Person) -> None:
        async with listening(person, "gus") as page:
            assert (await page.next("BOT"))["d"]["online"] is False
            async with bot(prepare=commands) as client:
                online = await page.next("BOT")
                assert (online["d"]["online"], online["d"]["user"]["username"]) == (True, "Sovereign")
                await page.next("APPLICATION_COMMANDS_UPDATE")
                sent = await client.text("prs").send("hello")
                event = await page.next("MESSAGE_CREATE")
                assert (event["channel"], event["guild"]) == (str(CHANNELS["prs"]), str(GUILD_ID))
                assert event["d"]["content"] == "hello"
                await sent.create_thread(name="talk")
                assert (await page.next("THREAD_CREATE"))["d"]["name"] == "talk"
            assert (await page.next("BOT"))["d"]["online"] is False

    async def test_tells_nobody_what_they_may_not_see(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands), listening(person, "kit") as kit, listening(person, "chen") as chen:
            await person.act("chen", "on-call", "say", content="secret")
            await person.act("chen", "prs", "command", command="whisper")
            await person.act("chen", "general", "say", content="open")
            assert (await kit.next("MESSAGE_CREATE"))["d"]["content"] == "open"
            heard = [(await chen.next("MESSAGE_CREATE"))["d"]["content"] for _ in range(3)]
            assert heard == ["secret", "psst", "open"]

    async def test_says_when_it_lost_something(self, tmp_path: Path) -> None:
        platform = Platform(tmp_path, SandboxOptions())
        reader = stream.Stream(platform, MEMBERS["gus"])
        for n in range(stream.WAITING + 5):
            reader.hear(Event(name="TYPING_START", body={"n": n}))
        heard = [json.loads((await reader.next())[6:]) for _ in range(stream.WAITING + 1)]
        assert [one["t"] for one in heard[-2:]] == ["TYPING_START", "RESYNC"]
        reader.hear(Event(name="TYPING_START", body={"n": "after"}))
        assert json.loads((await reader.next())[6:])["d"] == {"n": "after"}
        platform.close()

    async def test_shows_that_it_lives(self, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stream, "PING", 0.05)
        async with listening(person, "gus") as page:
            await page.next("BOT")
            await page.content.readline()
            assert await page.content.readline() == b": ping\n"

    async def test_ends_with_the_server(self, tmp_path: Path) -> None:
        async with aiohttp.ClientSession() as session:
            async with running(tmp_path) as server:
                response = await session.get(f"{server.url}/sandbox/stream", params={"as": "gus"})
                await response.content.readline()
            rest = await response.content.read()
            assert b"CLOSING" in rest


async def test_members_join_and_the_bot_hears_of_it(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        made = await person.post("members", {"name": "nora", "roles": ["QA", "On-Call"]}, 201)
        member = await until(lambda: client.hub.get_member(int(made["user"]["id"])))
        assert {role.name for role in member.roles} == {"@everyone", "QA", "On-Call"}
        await person.post("members", {"name": "nora"}, 400)
        await person.post("members", {"name": "No!"}, 400)
        assert (
            "There is no role"
            in (await person.post("members", {"name": "omar", "roles": ["X"]}, 404))["error"]
        )


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"as": "nobody"}, 404, "There is no member 'nobody'. There are: Sovereign"),
        ({"as": "Sovereign"}, 400, "The bot plays itself"),
        ({"channel": "nowhere"}, 404, "There is no channel 'nowhere'. There are: agents"),
        ({"do": "dance"}, 400, "There is no deed 'dance'. There are: command"),
        ({"content": ""}, 400, "empty message"),
        ({"content": "x" * 2001}, 400, "Invalid Form Body"),
        ({"do": "click", "message": "1"}, 404, "There is no message '1' in #prs"),
        ({"do": "react", "message": "1", "emoji": "x"}, 404, "There is no message"),
        ({"do": "modal"}, 404, "emil has no modal open there"),
        ({"files": [{"name": "x", "base64": "?"}]}, 400, "is not base64"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_words(
    person: Person, changed: dict[str, object], status: int, words: str
) -> None:
    body = {"as": "emil", "channel": "prs", "do": "say", "content": "x", **changed}
    assert words in (await person.post("act", body, status))["error"]


async def test_people_edit_delete_and_reply(person: Person) -> None:
    said = (await person.act("emil", "prs", "say", content="one"))["messages"][0]["id"]
    await person.act("gus", "prs", "edit", 403, message=said, content="x")
    assert (await person.act("emil", "prs", "edit", message=said, content="two"))["messages"][0][
        "content"
    ] == "two"
    answer = await person.act("gus", "prs", "say", content="re", reply_to=said)
    assert answer["messages"][0]["referenced_message"]["content"] == "two"
    await person.act("gus", "prs", "delete", 403, message=said)
    assert (await person.act("chen", "prs", "delete", message=said))["messages"] == []
    assert [one["content"] for one in await person.messages("prs")] == ["re"]


class TestWhoMayAsk:
    async def test_pages_from_elsewhere_are_refused(self, sandbox: Running, person: Person) -> None:
        url = f"{sandbox.url}/sandbox/state"
        for headers, status in (
            ({"Origin": sandbox.url}, 200),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "http://127.0.0.1:1"}, 403),
            ({"Origin": "null"}, 403),
            ({"Host": "evil.example"}, 403),
            ({"Host": f"localhost:{sandbox.port}"}, 200),
        ):
            async with person.session.get(url, headers=headers) as response:
                assert response.status == status, headers

    async def test_a_form_of_another_site_cannot_post(self, sandbox: Running, person: Person) -> None:
        url = f"{sandbox.url}/sandbox/act"
        async with person.session.post(url, data='{"as": "emil"}') as response:
            assert response.status == 415


class TestThePage:
    async def test_has_a_strict_policy(self, sandbox: Running, person: Person) -> None:
        async with person.session.get(sandbox.url + "/") as response:
            assert response.status == 200
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["Cache-Control"] == "no-cache"

    @pytest.mark.parametrize(
        "path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/none.js", "/page//etc"]
    )
    async def test_shows_no_other_file(self, sandbox: Running, person: Person, path: str) -> None:
        url = yarl.URL(f"{sandbox.url}/page/{path}", encoded=True)
        async with person.session.get(url) as response:
            assert response.status == 404

    async def test_attachments_cannot_run_as_pages(self, person: Person) -> None:
        encoded = base64.b64encode(b"<script>").decode()
        answer = await person.act("emil", "prs", "say", files=[{"name": "x.html", "base64": encoded}])
        async with person.session.get(answer["messages"][0]["attachments"][0]["url"]) as response:
            assert await response.read() == b"<script>"
            assert response.content_type == "application/octet-stream"
            assert response.headers["Content-Disposition"] == "attachment"


class Drawer:
    """Stands for the program that knows the senders."""

    def cases(self) -> dict[str, list[str]]:
        return {"github": ["push"]}

    async def send(self, source: str, case: str) -> dict[str, object]:
        if case not in self.cases().get(source, ()):
            raise NotFound(f"There is no sample {case}.")
        return {"request": {"method": "POST"}, "response": {"status": 202}}


class TestSamples:
    async def test_without_a_drawer_there_are_none(self, person: Person) -> None:
        assert await person.get("samples") == []
        await person.post("samples", {"source": "github", "case": "push"}, 404)

    async def test_a_drawer_lists_and_sends(self, tmp_path: Path) -> None:
        async with running(tmp_path, drawer=Drawer()) as server, aiohttp.ClientSession() as session:
            person = Person(session, server.url)
            assert await person.get("samples") == [{"source": "github", "cases": ["push"]}]
            answer = await person.post("samples", {"source": "github", "case": "push"})
            assert answer["response"]["status"] == 202
            assert (
                "no sample" in (await person.post("samples", {"source": "github", "case": "x"}, 404))["error"]
            )
