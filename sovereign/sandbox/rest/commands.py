"""Routes of application commands, for the guild and for everywhere."""

from __future__ import annotations

from http import HTTPStatus

from sovereign.sandbox import payloads
from sovereign.sandbox.actions import commands
from sovereign.sandbox.entities import Command
from sovereign.sandbox.errors import bad_form, refusal
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.rest.call import Call, Reply, Result, Route
from sovereign.sandbox.wire import Json, objs


def read_all(call: Call) -> Result:
    return [_shown(one) for one in commands.registered(call.platform, _scope(call))]


def read(call: Call) -> Result:
    return _shown(commands.find(call.platform, _scope(call), call.id("command")))


def create(call: Call) -> Result:
    made, new = commands.register(call.platform, _scope(call), call.body)
    return Reply(status=HTTPStatus.CREATED if new else HTTPStatus.OK, body=_shown(made))


def overwrite(call: Call) -> Result:
    scope = _scope(call)
    if not isinstance(call.content, list):
        raise bad_form("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    made = commands.register_all(call.platform, scope, objs(call.content))
    return [_shown(one) for one in made]


def change(call: Call) -> Result:
    found = commands.find(call.platform, _scope(call), call.id("command"))
    return _shown(commands.change(call.platform, found, call.body))


def delete(call: Call) -> Result:
    commands.delete(call.platform, commands.find(call.platform, _scope(call), call.id("command")))
    return None


def permissions(call: Call) -> Result:
    """Nobody has set any, since only a person can."""
    _scope(call)
    return []


def permissions_of(call: Call) -> Result:
    commands.find(call.platform, _scope(call), call.id("command"))
    raise refusal(10066)


def set_permissions(call: Call) -> Result:
    """Who may use a command is for people to set; a bot's token is refused."""
    _scope(call)
    raise refusal(20001)


def _scope(call: Call) -> int | None:
    """The guild's id, or None for everywhere. Raises 20012 for another's application."""
    if call.id("application") != BOT_ID:
        raise refusal(20012)
    return call.guild() if "guild" in call.path else None


def _shown(one: Command) -> Json:
    return payloads.command(one, BOT_ID)


_APPLICATION = "/applications/{application}"
_GUILD = _APPLICATION + "/guilds/{guild}/commands"
ROUTES = (
    Route(method="GET", path=_GUILD + "/permissions", act=permissions),
    Route(method="GET", path=_GUILD + "/{command}/permissions", act=permissions_of),
    Route(method="PUT", path=_GUILD + "/{command}/permissions", act=set_permissions),
    *(
        route
        for path in (_APPLICATION + "/commands", _GUILD)
        for route in (
            Route(method="GET", path=path, act=read_all),
            Route(method="POST", path=path, act=create),
            Route(method="PUT", path=path, act=overwrite),
            Route(method="GET", path=path + "/{command}", act=read),
            Route(method="PATCH", path=path + "/{command}", act=change),
            Route(method="DELETE", path=path + "/{command}", act=delete),
        )
    ),
)
