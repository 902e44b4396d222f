"""Registers application commands, one by one or as a whole set."""

from __future__ import annotations

from sovereign.sandbox.entities import Command
from sovereign.sandbox.errors import refusal
from sovereign.sandbox.limits.commands import MOST, check_command, check_commands
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, number, objs, optional_number, text


def registered(platform: Platform, guild_id: int | None) -> list[Command]:
    return [one for one in platform.state.tables.commands.values() if one.guild_id == guild_id]


def find(platform: Platform, guild_id: int | None, command_id: int) -> Command:
    """Raises 10063."""
    found = platform.state.tables.commands.get(command_id)
    if found is None or found.guild_id != guild_id:
        raise refusal(10063)
    return found


def register(platform: Platform, guild_id: int | None, body: Json) -> tuple[Command, bool]:
    """Add a command, or replace the one of its kind and name; whether it is new. Raises 50035 or 30032."""
    check_command(body)
    there = registered(platform, guild_id)
    made = _made(platform, guild_id, body, there)
    new = all(one.id != made.id for one in there)
    if new and sum(one.kind == made.kind for one in there) >= MOST[made.kind]:
        raise refusal(30032)
    platform.state.commit(put=[made])
    _tell(platform)
    return made, new


def register_all(platform: Platform, guild_id: int | None, bodies: list[Json]) -> list[Command]:
    """Make these the whole set; those not among them go. Raises 50035 or 30032, and then changes nothing."""
    check_commands(bodies)
    there = registered(platform, guild_id)
    made = [_made(platform, guild_id, body, there) for body in bodies]
    kept = {one.id for one in made}
    platform.state.commit(put=made, drop=[one for one in there if one.id not in kept])
    _tell(platform)
    return made


def change(platform: Platform, command: Command, body: Json) -> Command:
    """Raises 50035."""
    whole = {**command.body, "name": command.name, "description": command.description, **body}
    whole["type"] = command.kind
    if "options" not in body:
        whole["options"] = list(command.options)
    check_command(whole)
    changed = _command(platform, command.guild_id, whole, command.id)
    platform.state.commit(put=[changed])
    _tell(platform)
    return changed


def delete(platform: Platform, command: Command) -> None:
    platform.state.commit(drop=[command])
    _tell(platform)


def _tell(platform: Platform) -> None:
    platform.tell("APPLICATION_COMMANDS_UPDATE", {})


def _made(platform: Platform, guild_id: int | None, body: Json, there: list[Command]) -> Command:
    kind, name = number(body.get("type"), 1), text(body.get("name"))
    known = next((one.id for one in there if (one.kind, one.name) == (kind, name)), None)
    return _command(platform, guild_id, body, known or platform.state.ids.next())


def _command(platform: Platform, guild_id: int | None, body: Json, command_id: int) -> Command:
    return Command(
        id=command_id,
        version=platform.state.ids.next(),
        name=text(body.get("name")),
        kind=number(body.get("type"), 1),
        guild_id=guild_id,
        description=text(body.get("description")),
        options=tuple(objs(body.get("options"))),
        default_member_permissions=optional_number(body.get("default_member_permissions")),
        body={key: value for key, value in body.items() if key not in ("options", "name", "description")},
    )
