"""One REST call as the routes see it, and the shape of a route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from sovereign.sandbox.actions.files import Upload
from sovereign.sandbox.entities import Channel, Message
from sovereign.sandbox.errors import bad_form, refusal, snowflake
from sovereign.sandbox.options import SandboxOptions, Window
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.state import State
from sovereign.sandbox.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: HTTPStatus
    body: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`path` holds the parts of the path by name; `content` is the JSON body or None."""

    platform: Platform
    path: Mapping[str, str]
    query: Mapping[str, str]
    content: object
    uploads: tuple[Upload, ...] = ()

    @property
    def state(self) -> State:
        return self.platform.state

    @property
    def body(self) -> Json:
        """The body as an object. Raises 50035 when it is something else."""
        if self.content is None:
            return {}
        if not isinstance(self.content, dict):
            raise bad_form("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return self.content

    def id(self, name: str) -> int:
        """Raises 50035 when that part of the path is no snowflake."""
        return snowflake(self.path[name], name)

    def channel(self) -> Channel:
        """Raises 10003."""
        return self.platform.channel(self.id("channel"))

    def message(self) -> Message:
        """Raises 10003 or 10008."""
        return self.platform.message(self.channel().id, self.id("message"))

    def guild(self) -> int:
        """The sample guild's id. Raises 10004 for any other."""
        if self.id("guild") != self.state.guild.id:
            raise refusal(10004)
        return self.state.guild.id

    def limit(self, default: int, most: int) -> int:
        """The `limit` of a list. Raises 50035 outside 1 to `most`."""
        asked = self.query.get("limit", str(default))
        if not asked.isdecimal() or not 1 <= int(asked) <= most:
            raise bad_form("limit", "NUMBER_TYPE_MAX", f"int value should be between 1 and {most}.")
        return int(asked)

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")


Result: TypeAlias = Json | list[Json] | Reply | None
"""JSON for 200, nothing for 204."""


def _usual(options: SandboxOptions) -> Window:
    del options
    return (50, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`public` needs no bot token; `exempt` counts against neither bucket nor the global limit.

    Routes that name the same `shares` fill one bucket.
    """

    method: str
    path: str
    act: Callable[[Call], Result]
    window: Callable[[SandboxOptions], Window] = _usual
    shares: str = ""
    public: bool = False
    exempt: bool = False

    @property
    def bucket(self) -> str:
        return self.shares or f"{self.method} {self.path}"
