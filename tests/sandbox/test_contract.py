"""The sandbox against Discord's own description of its API: whatever travels, both ways, must fit it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from sovereign.sandbox import server
from sovereign.sandbox.guild import GUILD_ID
from tests.sandbox.conftest import lacking
from tests.sandbox.description import Description
from tests.sandbox.everything.events import objects
from tests.sandbox.everything.session import Recorded, session

OPENAPI = Path(__file__).resolve().parents[3] / "shared" / "discord" / "openapi.json"
GUILD = f"/guilds/{GUILD_ID}"


@pytest.fixture(scope="module")
def description() -> Description:
    if not OPENAPI.exists():
        lacking("Discord's description (shared/discord/openapi.json) is not beside the repository")
    return Description(OPENAPI)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return asyncio.run(session(tmp_path_factory.mktemp("contract")))


def test_every_exchange_fits_the_description(description: Description, recorded: Recorded) -> None:
    assert len(recorded.traffic) > 150
    faults = {fault for one in recorded.traffic for fault in description.of_exchange(one)}
    assert not faults, "\n".join(sorted(faults))


def test_every_object_in_an_event_fits_the_description(description: Description, recorded: Recorded) -> None:
    faults = {
        f"{name}: {fault}"
        for name, body in recorded.events
        for schema, value in objects(name, body)
        for fault in description.of_object(schema, value)
    }
    assert not faults, "\n".join(sorted(faults))


def test_every_route_of_the_sandbox_was_used_and_answered_well(recorded: Recorded) -> None:
    """But for those that refuse every bot."""
    used = {(one["method"], one["path"]) for one in recorded.traffic if one["status"] < 300}
    left = {
        f"{route.method} {route.path}"
        for route in server._ROUTES
        if not any(route.method == method and _fits(route.path, path) for method, path in used)
    }
    rights = "/applications/{application}/guilds/{guild}/commands/{command}/permissions"
    assert left == {f"GET {rights}", f"PUT {rights}"}


def test_what_is_refused_is_refused_in_every_way_there_is(recorded: Recorded) -> None:
    assert {one["status"] for one in recorded.traffic} >= {200, 201, 204, 400, 401, 403, 404, 429}


def test_an_answer_names_the_whole_command_and_what_led_to_it(recorded: Recorded) -> None:
    made = [
        body for name, body in recorded.events if name == "MESSAGE_CREATE" and "interaction_metadata" in body
    ]
    named = {one["interaction"]["name"] for one in made if "interaction" in one}
    assert named >= {"deploy approve", "cluster nodes drain", "panel", "Pin it", "Greet"}
    assert all(
        one["interaction"]["name"] == one["interaction_metadata"]["name"]
        for one in made
        if "interaction" in one
    )
    about = [one["interaction_metadata"] for one in made]
    assert {one["triggering_interaction_metadata"]["type"] for one in about if one["type"] == 5} == {2, 3}
    assert any("target_user" in one for one in about)
    assert any("target_message_id" in one for one in about)
    assert any("original_response_message_id" in one for one in about)


EXCHANGE: dict[str, Any] = {"method": "GET", "query": "", "body": None, "status": 200, "response": None}
ROLE = {
    "id": "1",
    "name": "QA",
    "permissions": "0",
    "position": 1,
    "color": 0,
    "hoist": False,
    "managed": False,
}
ROLE |= {"mentionable": False, "icon": None, "unicode_emoji": None, "flags": 0}
JOINED = {"id": "1", "user_id": "2", "join_timestamp": "2026-03-01T10:00:00", "flags": 0}
COLORS = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"path": "/guild/1"}, "there is no such operation"),
        ({"path": "/users/@me", "method": "PUT"}, "there is no such operation"),
        ({"path": "/gateway", "response": {"uri": "ws://x"}}, "'url' is a required property"),
        ({"path": f"{GUILD}/roles", "response": [ROLE]}, "'colors' is a required property"),
        (
            {"path": f"{GUILD}/roles", "response": [{**ROLE, "colors": COLORS, "colour": 0}]},
            "'colour' was unexpected",
        ),
        (
            {"path": f"{GUILD}/roles", "response": [{**ROLE, "colors": COLORS, "id": 1}]},
            "1 is not of type 'string'",
        ),
        (
            {"path": f"{GUILD}/roles", "response": [{**ROLE, "colors": COLORS, "color": 1 << 40}]},
            "not a 'int32'",
        ),
        ({"path": "/channels/1/thread-members/2", "response": JOINED}, "is not a 'date-time'"),
        ({"path": f"{GUILD}/members", "query": "limit=many", "response": []}, "?limit=many"),
        ({"path": f"{GUILD}/members", "query": "most=3", "response": []}, "?most is not described"),
        ({"path": f"{GUILD}/roles", "status": 302}, "the statuses described are"),
        ({"path": f"{GUILD}/roles", "method": "POST", "body": {"name": 3}, "response": ROLE}, "request.name"),
        (
            {"path": "/channels/1/typing", "method": "POST", "status": 204, "response": {}},
            "no answer is described",
        ),
    ],
)
def test_what_does_not_fit_is_found(description: Description, changes: dict[str, Any], words: str) -> None:
    assert words in "\n".join(description.of_exchange(EXCHANGE | changes))


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None
