"""Settings come from the environment; what is given goes before it; a bad value is told in a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from sovereign.core.errors import ConfigError
from sovereign.core.settings import Settings, SettingsProblems, read_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SOVEREIGN_")]:
        monkeypatch.delenv(name)


def test_the_defaults_need_no_environment() -> None:
    found = read_settings()
    assert (found.data, found.config, found.host, found.port) == (Path("data"), None, "127.0.0.1", 8080)
    assert (found.sandbox, found.log_level, found.log_format) == (False, "info", "auto")
    assert found.discord_api is found.discord_gateway is found.public_url is None


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOVEREIGN_PORT", "9000")
    monkeypatch.setenv("SOVEREIGN_HOST", "")
    monkeypatch.setenv("SOVEREIGN_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("SOVEREIGN_PUBLIC_URL", "https://hooks.acme.example/")
    found = read_settings(port=9001, data=None)
    assert (found.port, found.host, found.data) == (9001, "127.0.0.1", Path("data"))
    assert (found.log_level, found.public_url) == ("debug", "https://hooks.acme.example")
    assert read_settings().port == 9000


def test_every_bad_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOVEREIGN_PORT", "many")
    monkeypatch.setenv("SOVEREIGN_LOG_LEVEL", "loud")
    with pytest.raises(SettingsProblems) as caught:
        read_settings()
    assert isinstance(caught.value, ConfigError)
    assert str(caught.value).splitlines() == [
        "SOVEREIGN_PORT is 'many': expected the gateway's port, 0 to 65535 (0: any free one)",
        "SOVEREIGN_LOG_LEVEL is 'loud': expected debug, info, warning or error",
    ]


def test_the_variable_that_kubernetes_sets_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOVEREIGN_PORT", "tcp://10.0.0.1:8080")
    with pytest.raises(SettingsProblems, match="enableServiceLinks: false"):
        read_settings()


def test_discord_is_redirected_whole_or_not_at_all() -> None:
    with pytest.raises(SettingsProblems, match="SOVEREIGN_DISCORD_GATEWAY: expected both or none"):
        read_settings(discord_api="http://127.0.0.1:8100/api/v10")
    found = read_settings(discord_api="http://127.0.0.1:8100/api/v10", discord_gateway="ws://127.0.0.1:8100")
    assert found.discord_gateway == "ws://127.0.0.1:8100"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        read_settings().__setattr__("port", 1)


def test_the_environment_is_where_references_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "x")
    assert Settings().environment["SOME_TOKEN"] == "x"
