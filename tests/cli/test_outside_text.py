"""What outsiders send is printed without credentials, by every command that prints it."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sovereign.app.folder import DATABASE
from sovereign.cli.main import app
from sovereign.core import clock
from sovereign.store import forwarding
from sovereign.store.database import opened
from sovereign.store.sqlite import Connection
from tests.services.conftest import works_over
from tests.store.prepared import prepared

RUNNER = CliRunner()
TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
BODY = {"title": f"Deploy key leaked {TOKEN}", "labels": {"password": "hunter22"}, "text": f"it is {TOKEN}"}


def _dead(tx: Connection) -> None:
    forwarding.enlist(tx, "audit", lambda _: True, clock.now())
    letter = forwarding.due(tx, "audit", clock.now())
    assert letter
    forwarding.bury(tx, letter, f"https://ada:{TOKEN}@audit.example answers 500")


async def _leaked(folder: Path) -> None:
    async with opened(prepared(folder / DATABASE)) as database:
        await database.write(partial(forwarding.enlist, target="audit", wanted=bool, at=clock.now()))
        await works_over(database, "").post("generic", BODY, {"x-delivery-id": "1"})
        await database.write(_dead)


@pytest.fixture(scope="module")
def leaked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which an event with a token in its title is a dead letter, and the body as a file."""
    folder = tmp_path_factory.mktemp("leaked")
    asyncio.run(_leaked(folder))
    (folder / "body.json").write_text(json.dumps(BODY))
    return folder


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    "asked",
    ["forwards list", "forwards show", "deliveries list", "deliveries show 1", "parse", "parse .", "route"],
)
def test_no_command_prints_a_credential_that_came_from_outside(
    leaked: Path, asked: str, as_json: bool
) -> None:
    words = asked.split()
    if words[0] in ("parse", "route"):
        words = [words[0], "generic", str(leaked if "." in words else leaked / "body.json")]
    else:
        if asked == "forwards show":
            listed = RUNNER.invoke(app, ["forwards", "list", "--json", "--data", str(leaked)])
            words.append(str(json.loads(listed.stdout)[0]["number"]))
        words += ["--data", str(leaked)]
    said = RUNNER.invoke(app, [*words, *(["--json"] if as_json else [])])
    assert said.exit_code == 0, said.output
    assert "Deploy key leaked" in said.output
    assert "[redacted]" in said.output
    assert TOKEN not in said.output
    assert "hunter22" not in said.output


def test_a_body_is_printed_as_it_came_only_where_that_is_asked_for(leaked: Path) -> None:
    said = RUNNER.invoke(app, ["deliveries", "show", "1", "--raw", "--data", str(leaked)])
    assert json.loads(said.stdout) == BODY
