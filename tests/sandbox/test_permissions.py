"""Who may see and do what: roles and overwrites, for the bot's calls and for every viewer."""

from __future__ import annotations

from collections.abc import Iterator

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovereign.sandbox import permissions as p
from sovereign.sandbox.entities import Channel, Member, Overwrite, Role, User
from sovereign.sandbox.guild import BOT_ID, CHANNELS, GUILD_ID, MEMBERS, ROLES, sample
from sovereign.sandbox.state import State
from tests.sandbox.conftest import BotMaker, Person


def visible(state: dict[str, list[dict[str, str]]]) -> set[str]:
    return {one["name"] for one in state["channels"]}


async def test_everybody_sees_what_their_roles_show(person: Person) -> None:
    seen = {
        who: visible(await person.get("state", **{"as": who}))
        for who in ("ada", "chen", "kit", "fay", "lena")
    }
    partners = {name for name in CHANNELS if name.startswith("partner-")}
    assert {"on-call", "governance", "audit"} | partners <= seen["ada"]
    assert "on-call" in seen["chen"]
    assert partners <= seen["kit"]
    assert not {"on-call", "governance", "audit"} & seen["kit"]
    assert not {"on-call", "governance"} & seen["fay"]
    assert not partners & seen["fay"]
    assert "governance" in seen["lena"]
    assert all("general" in names for names in seen.values())


@pytest.mark.parametrize(
    ("who", "channel", "status"),
    [
        ("emil", "announcements", 403),
        ("ada", "announcements", 200),
        ("bela", "announcements", 200),
        ("emil", "general", 200),
        ("kit", "on-call", 403),
        ("chen", "on-call", 200),
        ("emil", "ci-cd-pipeline", 403),
        ("hana", "ci-cd-pipeline", 200),
        ("emil", "release-approval", 403),
        ("dora", "release-approval", 200),
        ("kit", "partner-briefing", 200),
        ("emil", "partner-briefing", 403),
    ],
)
async def test_people_write_where_they_may(person: Person, who: str, channel: str, status: int) -> None:
    await person.act(who, channel, "say", status, content="x")


async def test_a_refusal_names_the_permission(person: Person) -> None:
    answer = await person.act("emil", "announcements", "say", 403, content="x")
    assert answer["error"] == "emil lacks Send Messages in #announcements."


async def hide(person: Person, channel: str, bits: int) -> None:
    """Take bits from the bot in one channel, as its owner would."""
    await person.post("roles", {"member": "Sovereign", "give": "Owner"})
    path = f"/channels/{CHANNELS[channel]}/permissions/{BOT_ID}"
    status, _, _ = await person.rest("PUT", path, {"type": 1, "allow": "0", "deny": str(bits)})
    assert status == 204
    await person.post("roles", {"member": "Sovereign", "take": "Owner"})


@pytest.mark.parametrize(
    ("bits", "code"), [(p.VIEW, 50001), (p.SEND, 50013), (p.EMBED, 50013)], ids=["view", "send", "embed"]
)
async def test_the_bot_is_refused_as_discord_refuses(person: Person, bits: int, code: int) -> None:
    await hide(person, "prs", bits)
    path = f"/channels/{CHANNELS['prs']}/messages"
    status, body, _ = await person.rest("POST", path, {"content": "x", "embeds": [{"title": "t"}]})
    assert (status, body["code"]) == (403, code)


async def test_the_bot_gives_only_roles_below_its_own(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        emil = client.hub.get_member(MEMBERS["emil"])
        assert emil is not None
        await emil.add_roles(discord.Object(ROLES["On-Call"]))
        with pytest.raises(discord.Forbidden) as refused:
            await emil.add_roles(discord.Object(ROLES["DevOps"]))
        assert refused.value.code == 50013
        await emil.remove_roles(discord.Object(ROLES["On-Call"]))
        await person.post("roles", {"member": "emil", "give": ["QA", "On-Call"], "take": "ReleaseMgr"})
    state = await person.get("state")
    [found] = [one for one in state["members"] if one["name"] == "emil"]
    assert set(found["role_names"]) == {"Developers", "QA", "On-Call"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"/guilds/{GUILD_ID}/channels", {"name": "x"}),
        ("PATCH", f"/channels/{CHANNELS['prs']}", {"topic": "x"}),
        ("DELETE", f"/channels/{CHANNELS['prs']}", None),
        ("POST", f"/guilds/{GUILD_ID}/roles", {"name": "x", "permissions": str(1 << 3)}),
        ("PATCH", f"/guilds/{GUILD_ID}/roles/{ROLES['DevOps']}", {"name": "x"}),
        ("DELETE", f"/guilds/{GUILD_ID}/members/{MEMBERS['kit']}", None),
        ("POST", f"/channels/{CHANNELS['prs']}/webhooks", {"name": "x"}),
    ],
)
async def test_what_the_bot_was_not_invited_for_is_missing_permissions(
    person: Person, method: str, path: str, body: object
) -> None:
    status, answer, _ = await person.rest(method, path, body)
    assert (status, answer["code"]) == (403, 50013)


BITS = st.integers(0, (1 << 12) - 1).map(lambda bits: bits << 10)


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """The sample guild with one member more, who holds the role 2."""
    state = State(tmp_path_factory.mktemp("state") / "journal.jsonl")
    founding = list(sample())
    since = next(one.joined_at for one in founding if isinstance(one, Member))
    newcomer = Member(user_id=1, joined_at=since, roles=(2,))
    state.commit(put=[*founding, User(id=1, name="new"), newcomer])
    yield state
    state.close()


@settings(deadline=None)  # each example waits for the disk
@given(everyone=BITS, role=BITS, layers=st.lists(st.tuples(BITS, BITS), min_size=3, max_size=3))
def test_later_layers_win_over_earlier_ones(
    joined: State, everyone: int, role: int, layers: list[tuple[int, int]]
) -> None:
    """@everyone, then roles, then the member; within a layer what is allowed wins over what is denied."""
    joined.commit(
        put=[
            Role(id=2, name="r", permissions=role),
            Role(id=GUILD_ID, name="@everyone", permissions=everyone),
        ]
    )
    rules = (
        Overwrite(id=GUILD_ID, kind=0, allow=layers[0][0], deny=layers[0][1]),
        Overwrite(id=2, kind=0, allow=layers[1][0], deny=layers[1][1]),
        Overwrite(id=1, kind=1, allow=layers[2][0], deny=layers[2][1]),
    )
    channel = Channel(id=3, kind=0, name="c", guild_id=GUILD_ID, overwrites=rules)
    held = p.in_channel(joined, 1, channel)
    expected = everyone | role
    for allow, deny in layers:
        expected = (expected & ~deny) | allow
    if not expected & p.VIEW:
        expected = 0
    elif not expected & p.SEND:
        expected &= ~(p.SEND_TTS | p.EMBED | p.ATTACH | p.MENTION_EVERYONE)
    assert held == expected
    assert p.in_channel(joined, MEMBERS["ada"], channel) == p.EVERYTHING
    assert p.in_channel(joined, 999, channel) == 0
