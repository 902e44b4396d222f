"""Commands, buttons, selects, modals and menus, used by people and answered by the real client."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any

import discord
import pytest
import time_machine

from sovereign.core import clock
from sovereign.sandbox.errors import Refused
from sovereign.sandbox.guild import BOT_ID, CHANNELS, MEMBERS, ROLES
from sovereign.sandbox.limits.modals import check_modal
from sovereign.sandbox.server import SandboxOptions
from sovereign.sandbox.wire import Json
from tests.sandbox.answers import commands
from tests.sandbox.conftest import Bot, BotMaker, Person, until

Given = dict[str, Any]


class TestCommands:
    async def test_options_of_every_type_arrive(self, bot: BotMaker, person: Person) -> None:
        encoded = base64.b64encode(b"lines").decode()
        async with bot(prepare=commands):
            answer = await person.act(
                "emil",
                "deployments",
                "command",
                command="/deploy approve",
                options={
                    "version": "v2",
                    "env": "Production",
                    "quorum": 3,
                    "who": "gus",
                    "role": "QA",
                    "where": "prs",
                    "log": "x.log",
                    "force": True,
                },
                files=[{"name": "x.log", "base64": encoded}],
            )
        assert answer["result"] == "message"
        assert 0 < answer["ack_ms"] < 3000
        [message] = answer["messages"]
        assert message["content"] == "v2|prod|3|gus|QA|prs|lines|True"
        assert message["type"] == 20
        assert message["interaction_metadata"]["user"]["username"] == "emil"

    @pytest.mark.parametrize(
        ("given", "status", "words"),
        [
            ({"env": "prod"}, 400, "needs version"),
            ({"version": "v2", "env": "test"}, 400, "env is one of Production"),
            ({"version": "v", "env": "prod"}, 400, "2 to 10 characters"),
            ({"version": 2, "env": "prod"}, 400, "version is text"),
            ({"version": "v2", "env": "prod", "quorum": 9}, 400, "at most 5"),
            ({"version": "v2", "env": "prod", "quorum": "2"}, 400, "a whole number"),
            ({"version": "v2", "env": "prod", "who": "nobody"}, 404, "There is no member"),
            ({"version": "v2", "env": "prod", "wh": 1}, 400, "no option wh. It takes version (text, needed)"),
        ],
    )
    async def test_wrong_options_are_refused_in_words(
        self, bot: BotMaker, person: Person, given: Given, status: int, words: str
    ) -> None:
        async with bot(prepare=commands):
            answer = await person.act(
                "emil", "deployments", "command", status, command="deploy approve", options=given
            )
        assert words in answer["error"]

    async def test_an_unknown_command_names_those_there_are(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            answer = await person.act("emil", "prs", "command", 404, command="deploy")
            assert "/deploy approve" in answer["error"]
            assert "/rule" not in answer["error"]

    async def test_completion_is_asked_of_the_bot(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            answer = await person.act(
                "emil",
                "prs",
                "autocomplete",
                command="deploy approve",
                focused="version",
                options={"version": "3", "quorum": 2},
            )
        assert answer["result"] == "autocomplete"
        assert [one["name"] for one in answer["choices"]] == ["3.0", "3.1"]

    async def test_ephemeral_answers_are_for_one_alone(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            answer = await person.act("emil", "prs", "command", command="whisper")
            assert answer["messages"][0]["flags"] == 64
            assert [one["ephemeral"] for one in await person.messages("prs", "emil")] == [True]
            assert await person.messages("prs", "ada") == []
            _, history, _ = await person.rest("GET", f"/channels/{CHANNELS['prs']}/messages")
            assert history == []

    async def test_a_deferred_answer_is_followed_to_its_end(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            answer = await person.act("emil", "prs", "command", command="think", options={"aloud": True})
            assert answer["result"] == "deferred"
            assert [one["content"] for one in answer["messages"]] == ["thought"]
            assert answer["messages"][0]["flags"] == 0

            async def both() -> bool:
                return len(await person.messages("prs", "emil")) == 2

            await until(both)
            assert [one["content"] for one in await person.messages("prs", "ada")] == ["thought"]
            hidden = await person.act("gus", "prs", "command", command="think", options={"aloud": False})
            assert hidden["messages"][0]["flags"] == 64

    async def test_commands_work_in_direct_messages(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands) as client:
            client.tree.copy_global_to(guild=client.hub)
            await client.tree.sync()
            answer = await person.act("emil", "@bot", "command", command="whisper")
            assert answer["messages"][0]["content"] == "psst"
            assert len(await person.messages("@bot", "emil")) == 1
            assert await person.messages("@bot", "gus") == []

    async def test_default_permissions_decide_who_sees_a_command(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            for who, status in (("emil", 404), ("bela", 200), ("ada", 200)):
                await person.act(who, "prs", "command", status, command="rule")
            for who, seen in (("emil", False), ("bela", True)):
                state = await person.get("state", **{"as": who})
                assert ("rule" in [one["name"] for one in state["commands"]]) is seen

    async def test_a_member_cannot_act_where_they_cannot_see(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            answer = await person.act("kit", "on-call", "command", 403, command="whisper")
            assert answer["error"] == "kit cannot see #on-call."


class TestMenus:
    async def test_on_a_message_and_on_a_member(self, bot: BotMaker, person: Person) -> None:
        said = (await person.act("emil", "prs", "say", content="look"))["messages"][0]
        async with bot(prepare=commands):
            answer = await person.act("gus", "prs", "menu", command="Pin it", message=said["id"])
            assert answer["messages"][0]["content"] == "emil: look"
            assert answer["messages"][0]["type"] == 23
            answer = await person.act("gus", "prs", "menu", command="Greet", member="fay")
            assert answer["messages"][0]["content"] == "hello fay"
            missing = await person.act("gus", "prs", "menu", 404, command="Nope", member="fay")
            assert "There are: Greet" in missing["error"]


class TestComponents:
    async def panel(self, person: Person) -> str:
        answer = await person.act("emil", "prs", "command", command="panel")
        return str(answer["messages"][0]["id"])

    async def test_a_button_changes_its_message(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            message = await self.panel(person)
            for button in ("Change", "panel:change"):
                answer = await person.act("gus", "prs", "click", message=message, button=button)
                assert answer["messages"][0]["content"] == "changed by gus"
                assert answer["messages"][0]["id"] == message
            answer = await person.act("gus", "prs", "click", message=message, button="Later")
            assert answer["result"] == "deferred"
            assert answer["messages"][0]["content"] == "later"

    async def test_a_select_gives_the_members_chosen(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            message = await self.panel(person)
            answer = await person.act("gus", "prs", "select", message=message, values=["fay", "ivan"])
            assert answer["messages"][0]["content"] == "fay ivan"
            refused = await person.act("gus", "prs", "select", 400, message=message, values=[])
            assert "Choose 1 to 2" in refused["error"]

    @pytest.mark.parametrize(
        ("button", "status", "words"),
        [("Off", 400, "disabled"), ("Nope", 404, "It has: Change, Later, Off")],
    )
    async def test_a_button_that_cannot_be_pressed_is_refused(
        self, bot: BotMaker, person: Person, button: str, status: int, words: str
    ) -> None:
        async with bot(prepare=commands):
            message = await self.panel(person)
            answer = await person.act("gus", "prs", "click", status, message=message, button=button)
            assert words in answer["error"]


CHOICES: list[Json] = [{"label": "One", "value": "1"}, {"label": "Two", "value": "2"}]


class TestModals:
    async def test_is_shown_filled_in_and_sent(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            answer = await person.act("emil", "standup", "command", command="form")
            assert answer["result"] == "modal"
            assert answer["modal"]["title"] == "Stand-up"
            for fields, words in (
                ({"Done": "x" * 21, "Mood": "Fine"}, "20 characters"),
                ({"Done": "", "Mood": "Fine"}, "must be filled in"),
                ({"Done": "x"}, "Mood needs a choice"),
                ({"Doing": "x"}, "It has: Done, Mood"),
            ):
                refused = await person.act("emil", "standup", "modal", 400, fields=fields)
                assert words in refused["error"]
            sent = await person.act("emil", "standup", "modal", fields={"Done": "tests", "Mood": "Fine"})
            assert sent["messages"][0]["content"] == "tests f"
            await person.act("emil", "standup", "modal", 404, fields={"Done": "again", "Mood": "f"})

    async def test_newer_fields_are_filled_in_and_read_by_the_client(
        self, bot: BotMaker, person: Person
    ) -> None:
        files = [{"name": "a.txt", "base64": "b25l"}, {"name": "a.txt", "base64": "dHdv"}]
        full: dict[str, object] = {"How": "Badly", "What": ["billing", "sh"], "Sure": True}
        async with bot(prepare=commands):
            await person.act("emil", "standup", "command", command="survey")
            for changes, words in (
                ({"How": None}, "How needs a choice"),
                ({"How": "So so"}, "There are: Well, Badly"),
                ({"What": []}, "What takes 1 to 2 choices, not 0"),
                ({"What": ["shop", "billing", "search"]}, "1 to 2 choices, not 3"),
                ({"Sure": "yes"}, "Sure is true or false"),
                ({"Logs": ["a.txt"] * 3}, "Logs takes 1 to 2 files, not 3"),
                ({"Logs": ["b.txt"]}, "not 'b.txt'"),
            ):
                refused = await person.act(
                    "emil", "standup", "modal", 400, fields=full | changes, files=files
                )
                assert words in refused["error"]
            sent = await person.act(
                "emil", "standup", "modal", fields=full | {"Logs": ["a.txt", "a.txt"]}, files=files
            )
            assert sent["messages"][0]["content"] == "b|bi,sh|True|one|two"
            await person.act("emil", "standup", "command", command="survey")
            sent = await person.act("emil", "standup", "modal", fields={"How": "w"})
            assert sent["messages"][0]["content"] == "w|sh|False"

    @pytest.mark.parametrize(
        ("component", "path", "code"),
        [
            ({"type": 21, "options": CHOICES[:1]}, "options", "BASE_TYPE_BAD_LENGTH"),
            ({"type": 22, "options": CHOICES * 6}, "options", "BASE_TYPE_BAD_LENGTH"),
            (
                {"type": 22, "options": CHOICES[:1] * 2},
                "options.1.value",
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
            ),
            ({"type": 22, "options": CHOICES, "max_values": 11}, "max_values", "NUMBER_TYPE_MAX"),
            ({"type": 19, "min_values": -1}, "min_values", "NUMBER_TYPE_MIN"),
            ({"type": 19, "min_values": 3, "max_values": 2}, "min_values", "BASE_TYPE_MAX"),
            ({"type": 23, "custom_id": "x" * 101}, "custom_id", "BASE_TYPE_BAD_LENGTH"),
        ],
    )
    def test_newer_fields_keep_their_limits(self, component: Json, path: str, code: str) -> None:
        label = {"type": 18, "label": "l", "component": {"custom_id": "c", **component}}
        with pytest.raises(Refused) as refused:
            check_modal({"title": "t", "custom_id": "c", "components": [label]})
        found: Any = refused.value.body["errors"]
        for part in f"data.components.0.component.{path}".split("."):
            found = found[part]
        assert found["_errors"][0]["code"] == code


class TestRules:
    """What Discord insists on when a bot answers, by raw calls."""

    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(interaction_seconds=0.3)

    async def caught(self, bot: Bot, person: Person) -> tuple[asyncio.Task[Any], discord.Interaction]:
        heard: list[discord.Interaction] = []

        async def on_interaction(interaction: discord.Interaction) -> None:
            heard.append(interaction)

        bot.event(on_interaction)
        task = asyncio.ensure_future(person.act("emil", "prs", "command", command="silent"))
        await until(lambda: heard)
        return task, heard[0]

    async def test_silence_fails_and_a_late_answer_is_unknown(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands) as client:
            task, interaction = await self.caught(client, person)
            answer = await task
            assert (answer["result"], answer["messages"]) == ("failed", [])
            assert "did not respond" in answer["error"]
            await asyncio.sleep(0.05)
            with pytest.raises(discord.NotFound) as late:
                await interaction.response.send_message("too late")
            assert late.value.code == 10062

    async def test_without_a_bot_it_fails_at_once(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands):
            pass

        async def failed() -> bool:
            answer = await person.act("emil", "prs", "command", command="silent")
            assert answer["result"] == "failed"
            return "not connected" in answer["error"]

        await until(failed)

    async def test_is_answered_once_and_followed_up_for_a_quarter_of_an_hour(
        self, bot: BotMaker, person: Person
    ) -> None:
        async with bot(prepare=commands) as client:
            task, interaction = await self.caught(client, person)
            callback = f"/interactions/{interaction.id}/{interaction.token}/callback"
            hook = f"/webhooks/{BOT_ID}/{interaction.token}"
            body = {"type": 4, "data": {"content": "first"}}
            assert (await person.rest("POST", hook, {"content": "early"}))[1]["code"] == 10015
            assert (await person.rest("POST", callback, {"type": 7, "data": {}}))[1]["code"] == 50035
            assert (await person.rest("POST", callback, body))[0] == 204
            assert (await task)["messages"][0]["content"] == "first"
            assert (await person.rest("POST", callback, body))[1]["code"] == 40060
            status, edited, _ = await person.rest(
                "PATCH", f"{hook}/messages/@original", {"content": "second"}
            )
            assert (status, edited["content"]) == (200, "second")
            with time_machine.travel(clock.now() + timedelta(minutes=16)):
                status, body, _ = await person.rest("POST", hook, {"content": "late"})
            assert (status, body["code"]) == (401, 50027)

    async def test_limits_are_told_with_the_path_from_data(self, bot: BotMaker, person: Person) -> None:
        async with bot(prepare=commands) as client:
            task, interaction = await self.caught(client, person)
            callback = f"/interactions/{interaction.id}/{interaction.token}/callback"
            long = {"type": 4, "data": {"content": "x" * 2001}}
            _, answer, _ = await person.rest("POST", callback, long)
            assert answer["errors"]["data"]["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"
            fields = [
                {"type": 1, "components": [{"type": 4, "custom_id": str(n), "label": "l", "style": 1}]}
                for n in range(6)
            ]
            modal = {"type": 9, "data": {"title": "x" * 46, "custom_id": "c", "components": fields}}
            _, answer, _ = await person.rest("POST", callback, modal)
            assert set(answer["errors"]["data"]) == {"title", "components"}
            assert (await task)["result"] == "failed"


def test_roles_of_the_sample_guild_are_who_the_tests_think_they_are() -> None:
    assert {"ReleaseMgr", "Contractors", "On-Call"} <= set(ROLES)
    assert {"kit", "emil", "bela"} <= set(MEMBERS)
