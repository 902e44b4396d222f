"""The single checks of `doctor`: what Discord's, the disk's and the clock's facts are taken for."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.cli._outside import needs
from sovereign.config.discord import Discord
from sovereign.config.loader import Loaded
from sovereign.config.secrets import SecretSource
from sovereign.domain.permission import Capability, Role
from sovereign.services.doctor import channels, commands, configuration, connection, machine
from sovereign.services.doctor.facts import Application, Channel, Guild, Guilds, Starts
from sovereign.services.doctor.findings import State

GRANTS = "discord:\n  rbac:\n    grants:\n      - {role: DevOps, capabilities: [alerts.view]}\n"


@cache
def sample() -> Loaded:
    loaded, _ = configuration.read(Path(__file__).parents[2] / "discovery.yml")
    assert loaded is not None
    return loaded


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=12), st.booleans())
def test_no_secret_is_ever_repeated(secret: str, sandbox: bool) -> None:
    environment = {"DISCORD_TOKEN": secret, "GITHUB_WEBHOOK_SECRET": secret}
    found = [*configuration.secrets(sample(), SecretSource(environment=environment, sandbox=sandbox))]
    assert secret not in str(found)


@pytest.mark.parametrize(
    ("free", "state"),
    [(5 * 2**30, State.OK), (500 * 2**20, State.WARNING), (50 * 2**20, State.ERROR)],
)
def test_little_room_is_a_warning_and_none_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": free}))
    assert machine.disk(tmp_path).state is state


@given(st.floats(min_value=-10_000, max_value=10_000))
def test_a_clock_that_is_off_by_a_minute_is_an_error_on_either_side(seconds: float) -> None:
    found = connection.clock(timedelta(seconds=seconds))
    expected = State.ERROR if abs(seconds) > 60 else State.WARNING if abs(seconds) > 2 else State.OK
    near_a_limit = min(abs(abs(seconds) - limit) for limit in (2, 60)) < 1e-5
    assert found.state is expected or near_a_limit


class TestDiscordsFacts:
    def test_the_guild_must_be_clear(self) -> None:
        invitation = "https://invite.example/"
        none = Guilds(names={}, invitation=invitation)
        two = Guilds(names={1: "One", 2: "Two"}, invitation=invitation)
        assert connection.guild(none, None)[0] is None
        assert invitation in connection.guild(none, None)[1].todo
        assert "One (1), Two (2)" in connection.guild(two, None)[1].said
        assert connection.guild(two, 2)[0] == 2
        assert invitation in connection.guild(two, 3)[1].todo

    @pytest.mark.parametrize(("left", "state"), [(990, State.OK), (20, State.WARNING), (0, State.ERROR)])
    def test_log_ins_that_run_out_are_said(self, left: int, state: State) -> None:
        assert connection.starts(Starts(left=left, total=1000, again=timedelta(hours=2))).state is state

    def test_an_application_whose_commands_go_elsewhere_or_that_is_another_is_an_error(self) -> None:
        found = Application(
            id=7, name="Other", api="x", intents=(), interactions="https://else.example/", ahead=None
        )
        assert connection.interactions(found).state is State.ERROR
        assert (
            connection.application(found, Discord.model_validate({"bot": {"app_id": 8}})).state is State.ERROR
        )
        assert connection.application(found, Discord()).state is State.OK


def test_two_channels_of_one_name_and_too_many_rights_are_warnings() -> None:
    prs = [Channel(id=number, name="prs", kind="text", lacks=(), mentions=False) for number in (8, 9)]
    guild = Guild(
        id=1, name="Hub", channels=tuple(prs), roles=(), mentionable=frozenset(), own_role="Sovereign",
        top_role=None, administrator=True, mentions=False,
    )  # fmt: skip
    found = [*channels.findings(sample(), guild)]
    assert any("2 channels are called #prs (8 and 9)" in each.said for each in found)
    assert any("Administrator" in each.said and each.state is State.WARNING for each in found)


class TestCommands:
    @pytest.fixture
    def guild(self) -> Guild:
        return Guild(
            id=1, name="Hub", channels=(), roles=(Role(id=5, name="DevOps"), Role(id=6, name="QA")),
            mentionable=frozenset(), own_role="Sovereign", top_role=None, administrator=False, mentions=False,
        )  # fmt: skip

    @pytest.fixture
    def findings(self, tmp_path: Path, guild: Guild) -> Any:
        path = tmp_path / "discovery.yml"
        path.write_text(GRANTS, encoding="utf-8")
        loaded, _ = configuration.read(path)
        assert loaded is not None
        asked = {
            "/alerts": frozenset({Capability.ALERTS_VIEW}),
            "/admin": frozenset({Capability.ADMIN_VIEW}),
            "/help": None,
        }
        return lambda visible: [*commands.findings(loaded, guild, "Sovereign", asked, visible)]

    def test_what_to_set_by_hand_names_the_roles_that_hold_the_capability(self, findings: Any) -> None:
        well, alerts, admin = findings({"/alerts": None, "/admin": None, "/help": None})
        assert well.said == "/help: seen by those who may use them."
        assert alerts.todo.endswith("/alerts: switch @everyone off, add DevOps.")
        assert admin.todo.endswith("/admin: switch @everyone off, add nobody, for no role may use it.")

    def test_what_is_set_so_already_is_left_alone(self, findings: Any) -> None:
        (well,) = findings({"/alerts": [5], "/admin": [], "/help": None})
        assert "/alerts, /admin and /help" in well.said

    def test_another_role_that_sees_it_is_said(self, findings: Any) -> None:
        assert "/alerts" in findings({"/alerts": [5, 6], "/admin": [], "/help": None})[-1].todo

    def test_a_command_that_discord_does_not_know_is_skipped(self, findings: Any) -> None:
        assert findings({})[0].state is State.SKIPPED


async def test_every_command_is_known_with_what_it_needs() -> None:
    assert (await needs())["/alerts"] == {Capability.ALERTS_VIEW}
