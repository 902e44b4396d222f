"""`sovereign check` finds missing secrets and likely slips, each with its place and severity."""

from __future__ import annotations

from pathlib import Path

import pytest

from sovereign.config.check import UNREAD, problems
from sovereign.config.models import Discovery
from sovereign.config.problems import Problem
from sovereign.config.secrets import SecretSource

SOURCES = {"alertmanager": "env://ALERTS", "generic": "env://EVENTS", "github": "env://HUB"}
EVERYTHING = {"DISCORD_TOKEN": "t", "ALERTS": "a", "EVENTS": "e", "HUB": "h"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "discovery.yml"


def checked(path: Path, text: str, environment: dict[str, str] | None = None) -> list[Problem]:
    path.write_text(text, encoding="utf-8")
    environment = EVERYTHING if environment is None else environment
    secrets = SecretSource(environment=environment, folder=path.parent)
    return problems(path, SOURCES, secrets, capabilities=("alerts.view", "alerts.acknowledge"))


def test_a_file_that_is_right_has_no_problems(path: Path) -> None:
    assert checked(path, "org: {name: Acme}\n") == []


def test_the_errors_of_the_file_come_first_and_alone(path: Path) -> None:
    (problem,) = checked(path, "orgs: {}\n", environment={})
    assert problem.severity == "error"
    assert problem.hint == "did you mean 'org'?"


def test_missing_secrets_are_errors_where_they_are_asked_for_and_warnings_where_not(path: Path) -> None:
    text = "discord:\n  bot:\n    token_secret_ref: env://BOT\nevent_gateway:\n  endpoints:\n"
    text += (
        "    - path: /git\n    - path: /alert\n      secret:\n        - env://ALERTS\n        - env://NEW\n"
    )
    found = checked(path, text, environment={"ALERTS": "a"})
    assert [(p.line, p.column, p.severity) for p in found] == [
        (3, 23, "error"),
        (6, 5, "warning"),
        (6, 13, "error"),
        (10, 11, "error"),
    ]
    token, event, git, rotating = found
    assert token.problem == (
        "discord.bot.token_secret_ref cannot be resolved, env://BOT: the environment variable BOT is not set"
    )
    assert token.hint == "set it and start again"
    assert event.problem.startswith("/event refuses every delivery, env://EVENTS")
    assert "env://HUB" in git.problem
    assert "endpoints[1].secret[1] cannot be resolved, env://NEW" in rotating.problem


def test_a_scheme_to_come_loads_and_is_an_error_of_the_check(path: Path) -> None:
    (problem,) = checked(path, "discord: {bot: {token_secret_ref: 'vault://kv/discord/bot_token'}}\n")
    assert (problem.line, problem.column, problem.severity) == (1, 35, "error")
    assert "vault:// is not supported yet" in problem.problem


def test_an_endpoint_that_checks_nothing_is_a_warning(path: Path) -> None:
    (problem,) = checked(path, "event_gateway:\n  endpoints:\n    - path: /event\n      auth: none\n")
    assert (problem.line, problem.column, problem.severity) == (4, 13, "warning")
    assert "/event takes whatever anybody sends" in problem.problem


def test_grants_that_repeat_or_grant_nothing_are_warnings(path: Path) -> None:
    found = checked(
        path,
        "discord:\n  rbac:\n    grants:\n"
        "      - {role: DevOps, capabilities: [alerts.view]}\n"
        "      - {role: DevOps, capabilities: [alerts.view, alerts.acknowlege]}\n"
        "      - {role: DevOps, capabilities: [alerts.view], environments: dev}\n",
    )
    assert [(p.line, p.column, p.severity) for p in found] == [(5, 16, "warning"), (5, 52, "warning")]
    assert "DevOps has a grant for the same environments above" in found[0].problem
    assert found[1].hint == "did you mean 'alerts.acknowledge'?"


def test_an_environment_that_is_not_listed_is_a_warning(path: Path) -> None:
    text = "infra: {environments: [dev, prod]}\nservices: [{name: shop, environments: [dev, prd]}]\n"
    text += (
        "git: {repos: [{name: shop, env: pord}]}\nevent_gateway: {routes: [{environment: dv, drop: true}]}\n"
    )
    text += "discord: {rbac: {grants: [{role: A, capabilities: all, environments: all}]}}\n"
    found = checked(path, text)
    assert [(p.line, p.column) for p in found] == [(2, 45), (3, 33), (4, 40)]
    assert [p.hint for p in found] == ["did you mean 'prod'?", "did you mean 'prod'?", "did you mean 'dev'?"]


def test_a_section_that_nothing_reads_is_a_warning(path: Path) -> None:
    (problem,) = checked(path, "org: {}\nai_agents:\n  enabled: true\n")
    assert (problem.line, problem.column, problem.severity) == (2, 1, "warning")
    assert set(UNREAD) <= set(Discovery.model_fields)


def test_a_token_that_cannot_be_had_is_told_where_senders_are_asked(path: Path) -> None:
    text = (
        "event_gateway:\n  backfill:\n    - {hooks: 'acme/shop#1', token: env://HOOKS}\n"
        "  reconcile:\n    - {url: 'http://am:9093'}\n"
    )
    (problem,) = checked(path, text)
    assert problem.line == 3
    assert "HOOKS" in str(problem)
