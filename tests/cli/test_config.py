"""`sovereign config`: the published schema takes what the loader takes; show and diff say what is so."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from sovereign.cli.main import app
from sovereign.config.loader import GONE, NONE
from sovereign.config.shape import published
from sovereign.services.configuration import ACCEPTED
from sovereign.store.database import migrate
from sovereign.store.sqlite import driver
from tests.config.test_models import FRAGMENTS, ROOT


def run(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(app, ["config", *map(str, arguments)], env=environment, catch_exceptions=False)


def accepted(data: Path, text: str) -> None:
    """As a process leaves it that has taken that configuration."""
    data.mkdir(exist_ok=True)
    with closing(driver.connect(data / "sovereign.db", isolation_level=None)) as connection:
        connection.row_factory = driver.Row
        migrate(connection)
        connection.execute("INSERT INTO facts (name, value) VALUES (?, ?)", (ACCEPTED, text))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.yml", tmp_path / "new.yml"
    old.write_text("event_gateway: {mention_from: high}\n", encoding="utf-8")
    new.write_text("event_gateway: {mention_from: medium}\n", encoding="utf-8")
    return old, new


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_the_schema_is_a_valid_one_and_says_what_it_is() -> None:
    found = json.loads(run("schema").stdout)
    Draft202012Validator.check_schema(found)
    assert found == published()
    assert found["$schema"].endswith("2020-12/schema")
    assert found["$id"]
    assert found["title"] == "discovery.yml"


EMPTY = "org:\ndiscord: {guild_id: }\nservices: [{name: a, repo: }]\n"


@pytest.mark.parametrize(
    "text",
    [(ROOT / "discovery.yml").read_text(encoding="utf-8"), *FRAGMENTS.values(), EMPTY],
    ids=["example", *FRAGMENTS, "keys without values"],
)
def test_what_the_loader_takes_is_valid_by_the_schema(text: str) -> None:
    Draft202012Validator(published()).validate(read(text))


@pytest.mark.parametrize(
    "text", ["orgs: {}", "event_gateway: {endpoints: [{}]}", "event_gateway: {mention_from: worst}"]
)
def test_an_editor_sees_a_slip(text: str) -> None:
    assert not Draft202012Validator(published()).is_valid(read(text))


def test_show_fills_in_the_defaults_and_tells_references_only(tmp_path: Path) -> None:
    file = tmp_path / "d.yml"
    file.write_text("ai_providers: {main: {api_key: hunter2}}\n", encoding="utf-8")
    result = run("show", "--config", file, GITHUB_WEBHOOK_SECRET="s3cret-value")
    shown = read(result.stdout)
    assert shown["event_gateway"]["endpoints"][0]["secret"] == "env://GITHUB_WEBHOOK_SECRET"
    assert shown["discord"]["channels"]["prs"] == "prs"
    assert "hunter2" not in result.stdout
    assert "s3cret" not in result.stdout
    assert json.loads(run("show", "--config", file, "--json").stdout) == shown


def test_what_show_printed_means_the_same_when_it_is_used(tmp_path: Path) -> None:
    again = tmp_path / "again.yml"
    again.write_text(run("show", "--config", ROOT / "discovery.yml").stdout, encoding="utf-8")
    assert run("show", "--config", again).stdout == again.read_text(encoding="utf-8")


def test_diff_tells_two_files_apart_and_exits_as_diff_does(files: tuple[Path, Path]) -> None:
    old, new = files
    differing = run("diff", old, new)
    assert (differing.exit_code, differing.stdout) == (1, "event_gateway.mention_from: high → medium\n")
    equal = run("diff", old, old, "--json")
    assert (equal.exit_code, json.loads(equal.stdout)) == (0, [])
    (only,) = json.loads(run("diff", old, "--config", new, "--json").stdout)
    assert only == {"path": "event_gateway.mention_from", "before": "high", "after": "medium"}


def test_diff_without_files_compares_what_a_process_took_with_the_file(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    old, new = files
    accepted(tmp_path / "data", old.read_text(encoding="utf-8"))
    assert run("diff", "--data", tmp_path / "data", "--config", old).exit_code == 0
    found = run("diff", "--data", tmp_path / "data", "--config", new)
    assert (found.exit_code, found.stdout) == (1, "event_gateway.mention_from: high → medium\n")


@pytest.mark.parametrize("fault", ["no database", "another database", "a broken file"])
def test_diff_exits_with_2_where_it_cannot_compare(
    fault: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    data, new = tmp_path / "data", files[1]
    if fault == "another database":
        data.mkdir()
        with closing(sqlite3.connect(data / "sovereign.db")) as connection:
            connection.execute("CREATE TABLE other (x)")
    if fault == "a broken file":
        accepted(data, "")
        new.write_text("orgs: {}\n", encoding="utf-8")
    found = run("diff", "--data", data, "--config", new)
    said = {
        "no database": "Nothing has run over",
        "another database": "no database of",
        "a broken file": "orgs",
    }
    assert found.exit_code == 2
    assert said[fault] in found.stderr


def test_without_a_file_and_a_name_every_command_says_that_the_defaults_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    accepted(tmp_path / "data", "")
    for words in (["config", "show"], ["config", "diff"], ["check", "--sandbox"], ["doctor"]):
        said = CliRunner().invoke(app, words, env={"SOVEREIGN_DATA": str(tmp_path / "data")})
        assert " ".join(NONE.split()) in " ".join(said.output.split()), words
    named = CliRunner().invoke(app, ["check", "nowhere.yml"])
    assert (named.exit_code, "there is no such file" in named.output) == (1, True)


def test_a_file_that_is_gone_is_no_change_as_the_running_process_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    accepted(tmp_path / "data", "event_gateway: {mention_from: low}\n")
    said = run("diff", "--data", tmp_path / "data")
    assert (said.exit_code, GONE in said.output) == (2, True)
