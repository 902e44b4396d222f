"""Uses commands: slash commands with options, their completion, and the menus on messages and members."""

from __future__ import annotations

from sovereign.sandbox.driver import find, view
from sovereign.sandbox.driver.arguments import arguments, partial
from sovereign.sandbox.driver.deed import Deed, Do, ask
from sovereign.sandbox.driver.resolved import Resolved
from sovereign.sandbox.entities import Command, InteractionKind
from sovereign.sandbox.permissions import USE_COMMANDS
from sovereign.sandbox.wire import Json, items, obj, objs, text


async def command(deed: Deed) -> Json:
    name, found, leaf = _slash(deed)
    resolved = Resolved(deed.platform, deed.actor_id)
    options = arguments(deed, name, objs(leaf.get("options")), obj(deed.body.get("options")), resolved)
    return await ask(deed, InteractionKind.COMMAND, _content(found, name, options) | resolved.body())


async def autocomplete(deed: Deed) -> Json:
    name, found, leaf = _slash(deed)
    resolved = Resolved(deed.platform, deed.actor_id)
    given, focused = obj(deed.body.get("options")), text(deed.body.get("focused"))
    options = partial(deed, name, objs(leaf.get("options")), given, focused, resolved)
    return await ask(deed, InteractionKind.AUTOCOMPLETE, _content(found, name, options) | resolved.body())


async def menu(deed: Deed) -> Json:
    deed.need(USE_COMMANDS)
    kind = 3 if "message" in deed.body else 2
    wanted = text(deed.body.get("command"))
    there = [one for one in _usable(deed) if one.kind == kind]
    found = next((one for one in there if one.name == wanted), None)
    if found is None:
        listed = ", ".join(one.name for one in there) or "none"
        raise find.missing(f"There is no menu command {wanted!r} there. There are: {listed}.")
    resolved = Resolved(deed.platform, deed.actor_id)
    target = resolved.message(deed.message()) if kind == 3 else resolved.user(deed.body.get("member"))
    content: Json = {"id": str(found.id), "name": found.name, "type": kind, "target_id": target}
    return await ask(deed, InteractionKind.COMMAND, content | _scope(found) | resolved.body())


def _slash(deed: Deed) -> tuple[str, Command, Json]:
    """The full name, the command, and the definition of the (sub-)command. Raises 403 or 404."""
    deed.need(USE_COMMANDS)
    wanted = " ".join(text(deed.body.get("command")).removeprefix("/").split())
    offered = {name: (one, leaf) for one in _usable(deed) if one.kind == 1 for name, leaf in view.leaves(one)}
    if wanted not in offered:
        listed = ", ".join(f"/{name}" for name in sorted(offered)) or "none: has the bot registered any?"
        name = find.name_of(deed.platform, deed.actor_id)
        raise find.missing(f"{name} has no command /{wanted} here. There are: {listed}.")
    found, leaf = offered[wanted]
    return wanted, found, leaf


def _usable(deed: Deed) -> list[Command]:
    """Commands of everywhere first, so that those of the guild win."""
    commands = deed.platform.state.tables.commands.values()
    fitting = [one for one in commands if one.guild_id in (None, deed.where.guild_id) and _fits(one, deed)]
    return sorted(fitting, key=lambda one: one.guild_id or 0)


def _fits(one: Command, deed: Deed) -> bool:
    if deed.where.guild_id is None:
        contexts = one.body.get("contexts")
        return one.body.get("dm_permission") is not False and (contexts is None or 1 in items(contexts))
    return view.usable(deed.platform, one, deed.actor_id, deed.where)


def _content(found: Command, name: str, options: list[Json]) -> Json:
    """Options nested under their group and sub-command."""
    parts = name.split()[1:]
    for depth, part in reversed(list(enumerate(parts, start=1))):
        kind = 1 if depth == len(parts) else 2
        options = [{"name": part, "type": kind, "options": options}]
    content: Json = {"id": str(found.id), "name": found.name, "type": 1}
    return content | _scope(found) | ({"options": options} if options else {})


def _scope(found: Command) -> Json:
    return {} if found.guild_id is None else {"guild_id": str(found.guild_id)}


DEEDS: dict[str, Do] = {"command": command, "autocomplete": autocomplete, "menu": menu}
