"""Every limit of messages, components and commands, refused with Discord's code and the path of the fault."""

from __future__ import annotations

from typing import Any

import pytest

from sovereign.sandbox.guild import BOT_ID, CHANNELS, GUILD_ID
from sovereign.sandbox.server import SandboxOptions
from tests.sandbox.conftest import Person

PRS = f"/channels/{CHANNELS['prs']}/messages"
COMMANDS = f"/applications/{BOT_ID}/guilds/{GUILD_ID}/commands"


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions(message_bucket=(1000, 1.0), edit_bucket=(1000, 1.0))


def row(*components: object) -> dict[str, object]:
    return {"type": 1, "components": list(components)}


def button(custom_id: str | None = "a", **more: object) -> dict[str, object]:
    return {"type": 2, "style": 1, "label": "L", "custom_id": custom_id, **more}


def select(**more: object) -> dict[str, object]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "l", "value": "v"}], **more}


def embed(**more: object) -> dict[str, object]:
    return {"embeds": [{"title": "t", **more}]}


def layout(*components: object) -> dict[str, object]:
    return {"flags": 1 << 15, "components": list(components)}


def fault(errors: Any, path: str) -> str:
    for part in path.split(".") if path else []:
        assert part in errors, f"{part} of {path} is not in {errors}"
        errors = errors[part]
    return str(errors["_errors"][0]["code"])


LONG = "BASE_TYPE_MAX_LENGTH"
BAD_LENGTH = "BASE_TYPE_BAD_LENGTH"
REQUIRED = "BASE_TYPE_REQUIRED"

MESSAGES: list[tuple[dict[str, object], str, str]] = [
    ({"content": "x" * 2001}, "content", LONG),
    (embed(title="x" * 257), "embeds.0.title", LONG),
    (embed(description="x" * 4097), "embeds.0.description", LONG),
    (embed(fields=[{"name": "n", "value": "v"}] * 26), "embeds.0.fields", LONG),
    (embed(fields=[{"name": "x" * 257, "value": "v"}]), "embeds.0.fields.0.name", BAD_LENGTH),
    (embed(fields=[{"name": "n", "value": "x" * 1025}]), "embeds.0.fields.0.value", BAD_LENGTH),
    (embed(fields=[{"name": "n", "value": "  "}]), "embeds.0.fields.0.value", REQUIRED),
    (embed(footer={"text": "x" * 2049}), "embeds.0.footer.text", BAD_LENGTH),
    (embed(author={"name": "x" * 257}), "embeds.0.author.name", BAD_LENGTH),
    (embed(url="javascript:x"), "embeds.0.url", "URL_TYPE_INVALID_SCHEME"),
    (embed(color=0x1000000), "embeds.0.color", "NUMBER_TYPE_MAX"),
    (embed(timestamp="yesterday"), "embeds.0.timestamp", "DATETIME_TYPE_PARSE"),
    ({"embeds": [{"title": "t"}] * 11}, "embeds", LONG),
    ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
    ({"content": "x", "components": [row(button(str(n))) for n in range(6)]}, "components", LONG),
    ({"content": "x", "components": [row()]}, "components.0.components", REQUIRED),
    (
        {"content": "x", "components": [row(*(button(str(n)) for n in range(6)))]},
        "components.0.components",
        BAD_LENGTH,
    ),
    (
        {"content": "x", "components": [row(button()), row(button())]},
        "components.1.components.0.custom_id",
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    (
        {"content": "x", "components": [row(button("x" * 101))]},
        "components.0.components.0.custom_id",
        BAD_LENGTH,
    ),
    (
        {"content": "x", "components": [row(button(label="x" * 81))]},
        "components.0.components.0.label",
        LONG,
    ),
    (
        {"content": "x", "components": [row(button(style=5, custom_id=None))]},
        "components.0.components.0.url",
        REQUIRED,
    ),
    (
        {"content": "x", "components": [row(button(style=9))]},
        "components.0.components.0.style",
        "BASE_TYPE_CHOICES",
    ),
    (
        {"content": "x", "components": [row(select(), button())]},
        "components.0.components.1",
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    (
        {"content": "x", "components": [row(select(options=[{"label": "l", "value": "v"}] * 2))]},
        "components.0.components.0.options.1.value",
        "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
    ),
    (
        {"content": "x", "components": [row(select(placeholder="x" * 151))]},
        "components.0.components.0.placeholder",
        LONG,
    ),
    ({"content": "x", "components": [button()]}, "components.0", "UNION_TYPE_CHOICES"),
    (
        {"content": "x", "components": [{"type": 10, "content": "y"}], "flags": 1 << 15},
        "content",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    (
        {"components": [{"type": 10, "content": "y"}] * 41, "flags": 1 << 15},
        "components",
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    (
        {"components": [{"type": 9, "components": [{"type": 10, "content": "y"}]}], "flags": 1 << 15},
        "components.0.accessory",
        REQUIRED,
    ),
    (layout({"type": 14, "spacing": 3}), "components.0.spacing", "BASE_TYPE_CHOICES"),
    (layout({"type": 12, "items": []}), "components.0.items", REQUIRED),
    (
        layout({"type": 12, "items": [{"media": {"url": "ftp://x.example/y"}}]}),
        "components.0.items.0.media.url",
        "URL_TYPE_INVALID_SCHEME",
    ),
    (
        layout({"type": 17, "accent_color": 1 << 24, "components": [{"type": 14}]}),
        "components.0.accent_color",
        "NUMBER_TYPE_MAX",
    ),
    (
        layout({"type": 17, "components": [{"type": 17, "components": [{"type": 14}]}]}),
        "components.0.components.0",
        "UNION_TYPE_CHOICES",
    ),
    (
        layout({"type": 9, "components": [{"type": 10, "content": "y"}], "accessory": {"type": 11}}),
        "components.0.accessory.media.url",
        REQUIRED,
    ),
    (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
]


@pytest.mark.parametrize(("body", "path", "code"), MESSAGES, ids=[f"{p}-{c}" for _, p, c in MESSAGES])
async def test_a_message_over_a_limit_is_refused_when_made_and_when_edited(
    person: Person, body: dict[str, object], path: str, code: str
) -> None:
    status, answer, _ = await person.rest("POST", PRS, body)
    assert (status, answer["code"], answer["message"]) == (400, 50035, "Invalid Form Body")
    assert fault(answer["errors"], path) == code
    _, made, _ = await person.rest("POST", PRS, {"content": "fine"})
    status, answer, _ = await person.rest("PATCH", f"{PRS}/{made['id']}", body)
    assert (status, answer["code"]) == (400, 50035)
    assert [one["content"] for one in await person.messages("prs")] == ["fine"]


@pytest.mark.parametrize("body", [{}, {"content": "  \n "}, {"content": "", "embeds": []}])
async def test_an_empty_message_is_refused(person: Person, body: dict[str, object]) -> None:
    status, answer, _ = await person.rest("POST", PRS, body)
    assert (status, answer["code"]) == (400, 50006)


async def test_what_is_just_within_every_limit_is_taken(person: Person) -> None:
    body = {
        "content": "x" * 2000,
        "embeds": [
            {"title": "t" * 256, "description": "d" * 4096, "fields": [{"name": "n", "value": "v" * 1024}]}
        ],
        "components": [row(*(button(f"{r}{c}") for c in range(5))) for r in range(5)],
        "nonce": "n" * 25,
    }
    assert (await person.rest("POST", PRS, body))[0] == 200


async def test_layouts_of_components_v2_are_taken_and_numbered(person: Person) -> None:
    inside = [{"type": 10, "content": "text"}, {"type": 14}, row(button())]
    section = {"type": 9, "components": [{"type": 10, "content": "y"}], "accessory": button("b")}
    body = {"flags": 1 << 15, "components": [{"type": 17, "components": [*inside, section]}]}
    status, made, _ = await person.rest("POST", PRS, body)
    assert status == 200
    assert made["components"][0]["id"] == 1
    assert made["components"][0]["components"][3]["accessory"]["custom_id"] == "b"


async def test_a_body_that_is_not_json_is_refused(person: Person) -> None:
    url, headers = f"{person.url}/api/v10{PRS}", {"Authorization": "Bot sandbox"}
    json_headers = {**headers, "Content-Type": "application/json"}
    deep = "[" * 100_000
    for content, code in (("{", 50109), (deep, 50109), ("[]", 50035), ("{}", 50006)):
        async with person.session.post(url, data=content, headers=json_headers) as response:
            assert (await response.json())["code"] == code
    async with person.session.post(url, data=b"x", headers=headers) as response:
        assert (await response.json())["errors"]["_errors"][0]["code"] == "CONTENT_TYPE_INVALID"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/channels/1", 404, 10003),
        ("GET", f"{PRS}/1", 404, 10008),
        ("GET", "/guilds/1", 404, 10004),
        ("GET", "/users/1", 404, 10013),
        ("GET", f"/guilds/{GUILD_ID}/members/1", 404, 10013),
        ("PUT", f"/guilds/{GUILD_ID}/members/{BOT_ID}/roles/1", 404, 10011),
        ("GET", "/webhooks/1", 404, 10015),
        ("GET", f"{COMMANDS}/1", 404, 10063),
        ("POST", "/interactions/1/x/callback", 404, 10062),
        ("POST", f"/webhooks/{BOT_ID}/unknown", 404, 10015),
        ("GET", "/nothing/here", 404, 0),
        ("GET", "/channels/abc", 400, 50035),
    ],
)
async def test_what_does_not_exist_has_its_own_code(
    person: Person, method: str, path: str, status: int, code: int
) -> None:
    answered, body, _ = await person.rest(method, path, {"content": "x"} if method == "POST" else None)
    assert (answered, body["code"]) == (status, code)


async def test_a_call_without_the_token_is_unauthorized(person: Person) -> None:
    status, body, _ = await person.rest("GET", "/users/@me", token="other")
    assert (status, body) == (401, {"message": "401: Unauthorized", "code": 0})


def command(**more: object) -> dict[str, object]:
    return {"name": "deploy", "description": "d", "type": 1, **more}


def option(**more: object) -> dict[str, object]:
    return {"type": 3, "name": "o", "description": "d", **more}


COMMAND_FAULTS: list[tuple[dict[str, object], str, str]] = [
    (command(name="Deploy"), "name", "APPLICATION_COMMAND_INVALID_NAME"),
    (command(name="two words"), "name", "APPLICATION_COMMAND_INVALID_NAME"),
    (command(name="x" * 33), "name", BAD_LENGTH),
    (command(description=""), "description", REQUIRED),
    (command(description="x" * 101), "description", BAD_LENGTH),
    (command(options=[option(name=f"o{n}") for n in range(26)]), "options", LONG),
    (
        command(options=[option(name="a"), option(name="b", required=True)]),
        "options.1",
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    (
        command(options=[option(), option()]),
        "options.1.name",
        "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
    ),
    (
        command(options=[{"type": 1, "name": "sub", "description": "d", "options": [option(name="X")]}]),
        "options.0.options.0.name",
        "APPLICATION_COMMAND_INVALID_NAME",
    ),
    (
        command(options=[option(choices=[{"name": "x" * 101, "value": "v"}])]),
        "options.0.choices.0.name",
        BAD_LENGTH,
    ),
    (command(options=[option(choices=[{"name": "c", "value": "v"}] * 26)]), "options.0.choices", LONG),
    (
        command(options=[option(type=1), option(name="b")]),
        "options",
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    (
        command(
            options=[
                option(
                    name=f"o{n}", choices=[{"name": "c" * 90 + str(c), "value": "v" * 90} for c in range(9)]
                )
                for n in range(6)
            ]
        ),
        "",
        "APPLICATION_COMMAND_TOO_LARGE",
    ),
    ({"type": 3, "name": "x" * 33}, "name", BAD_LENGTH),
]


@pytest.mark.parametrize(
    ("body", "path", "code"), COMMAND_FAULTS, ids=[f"{p}-{c}" for _, p, c in COMMAND_FAULTS]
)
async def test_a_command_over_a_limit_is_refused_alone_and_in_a_set(
    person: Person, body: dict[str, object], path: str, code: str
) -> None:
    status, answer, _ = await person.rest("POST", COMMANDS, body)
    assert (status, answer["code"]) == (400, 50035)
    assert fault(answer["errors"], path) == code
    status, answer, _ = await person.rest("PUT", COMMANDS, [command(name="fine"), body])
    assert fault(answer["errors"], f"1.{path}".rstrip(".")) == code
    assert (await person.rest("GET", COMMANDS))[1] == []


async def test_command_names_are_unique_and_at_most_a_hundred(person: Person) -> None:
    _, answer, _ = await person.rest("PUT", COMMANDS, [command(), command()])
    assert fault(answer["errors"], "1") == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    status, answer, _ = await person.rest("PUT", COMMANDS, [command(name=f"c{n}") for n in range(101)])
    assert answer["code"] == 30032
    hundred = [command(name=f"c{n}") for n in range(100)]
    status, answer, _ = await person.rest("PUT", COMMANDS, hundred)
    assert (status, len(answer)) == (200, 100)
    status, answer, _ = await person.rest("POST", COMMANDS, command(name="one-more"))
    assert answer["code"] == 30032
    status, answer, _ = await person.rest("POST", COMMANDS, command(name="c7", description="new"))
    assert (status, answer["description"]) == (200, "new")


async def test_commands_keep_their_ids_when_the_set_is_overwritten(person: Person) -> None:
    _, first, _ = await person.rest("PUT", COMMANDS, [command(), command(name="other")])
    _, second, _ = await person.rest("PUT", COMMANDS, [command(description="changed")])
    assert [one["id"] for one in second] == [first[0]["id"]]
    assert second[0]["version"] != first[0]["version"]
    everywhere = f"/applications/{BOT_ID}/commands"
    status, made, _ = await person.rest("POST", everywhere, command(name="global"))
    assert status == 201
    assert "guild_id" not in made
    status, changed, _ = await person.rest("PATCH", f"{everywhere}/{made['id']}", {"description": "new"})
    assert (changed["name"], changed["description"]) == ("global", "new")
    assert (await person.rest("DELETE", f"{everywhere}/{made['id']}"))[0] == 204
    assert (await person.rest("GET", everywhere))[1] == []


async def test_a_bot_cannot_say_which_roles_see_a_command(person: Person) -> None:
    _, made, _ = await person.rest("POST", COMMANDS, command())
    path = f"{COMMANDS}/{made['id']}/permissions"
    status, answer, _ = await person.rest("PUT", path, {"permissions": []})
    assert (status, answer["code"]) == (403, 20001)
