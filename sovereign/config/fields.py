"""The base of every section of discovery.yml, and the kinds of value that its fields hold."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sovereign.config.problems import did_you_mean
from sovereign.config.secrets import FORMS, malformed
from sovereign.domain import hours

_CHANNEL = re.compile(r"<#(?P<id>[0-9]{1,20})>|#?(?P<name>[^\s#@<>:`,]{1,100})")
_ROLE = re.compile(r"<@&(?P<id>[0-9]{1,20})>|@?(?P<name>[^@\s`][^@`\n]{0,99})")
_MEMBER = re.compile(r"<@!?(?P<id>[0-9]{1,20})>|@?(?P<name>[^\s@#:`<>]{1,32})")
_SIZE = re.compile(r"(?P<number>[0-9]{1,12}(?:\.[0-9]{1,3})?)\s*(?P<unit>|B|[KMG]i?B)", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SNOWFLAKE_LIMIT = 2**63


def wrong(expected: str, *, problem: str = "", hint: str = "") -> PydanticCustomError:
    """A validation error in the words of the configuration; `problem` replaces `is <value>`."""
    words = {"expected": expected, "problem": problem, "hint": hint}
    return PydanticCustomError("configuration", "expected {expected}", words)


class Section(BaseModel):
    """Frozen, and strict about keys. A key left empty counts as not given."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {k: v for k, v in given.items() if v is not None or k not in cls.model_fields}


def as_list(given: object) -> object:
    """One value is a list of one."""
    return [given] if isinstance(given, str | int) else given


def channel(given: object) -> str:
    """The one form of `#prs`, `prs`, `<#123>` and 123: the name without `#`, in small letters, or digits."""
    expected = 'a channel: "#name", name, "<#id>" or its id'
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    match = _CHANNEL.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None:
        raise wrong(expected, hint="Discord's channel names have no spaces" if isinstance(given, str) else "")
    return match["id"] or str(match["name"]).lower()


def role(given: object) -> str:
    """The one form of `@DevOps`, `DevOps`, `<@&123>` and 123: the name as written, or digits."""
    return _named(given, _ROLE, "the name or id of a role")


def mentionable(given: object) -> str:
    name = role(given)
    if name.lower() in {"everyone", "here"}:
        raise wrong("the name or id of a role", hint="nothing may call everyone: name a role such as On-Call")
    return name


def member(given: object) -> str:
    return _named(given, _MEMBER, "a member's id or user name")


def _named(given: object, form: re.Pattern[str], expected: str) -> str:
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    match = form.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None:
        raise wrong(expected)
    return match["id"] or str(match["name"])


def snowflake(given: object) -> int:
    text = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not re.fullmatch(r"[0-9]{1,19}", text) or not 0 < int(text) < _SNOWFLAKE_LIMIT:
        raise wrong(
            "an id of Discord, digits only",
            hint="Discord shows ids after Settings → Advanced → Developer Mode, by right click → Copy ID",
        )
    return int(text)


def size(given: object) -> int:
    """Bytes: 5242880, 5MiB, 5 MB. Between 1 KiB and 100 MiB."""
    text = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    match = _SIZE.fullmatch(text)
    count = int(float(match["number"]) * _UNITS[match["unit"].lower()]) if match else 0
    if not 2**10 <= count <= 100 * 2**20:
        raise wrong("a size from 1KiB to 100MiB, such as 5MiB")
    return count


def reference(given: object) -> str:
    fault = malformed(given) if isinstance(given, str) else "references are text"
    if fault or not isinstance(given, str):
        raise wrong(FORMS, problem="is not a reference to a secret", hint=str(fault))
    return given


def timezone(given: object) -> str:
    if isinstance(given, str):
        try:
            return ZoneInfo(given).key
        except (KeyError, ValueError, OSError):
            pass
    zones = {zone.lower(): zone for zone in available_timezones()}
    near = did_you_mean(given, zones)
    hint = next((near.replace(low, zone) for low, zone in zones.items() if f"{low!r}" in near), "")
    raise wrong("a time zone of the IANA list, such as Europe/Berlin", hint=hint)


def weekly(given: object) -> str:
    """Hours of the week in their one form, which `hours.read` takes."""
    try:
        return str(hours.read(given if isinstance(given, str) else ""))
    except ValueError as error:
        raise wrong(str(error)) from None


def network(given: object) -> IPv4Network | IPv6Network:
    """203.0.113.0/24, or one address."""
    try:
        return ip_network(given.strip() if isinstance(given, str) else "")
    except ValueError as error:
        hint = "no bit may be set after the prefix" if "host bits" in str(error) else ""
        raise wrong("a network such as 203.0.113.0/24, or an address", hint=hint) from None


Channel = Annotated[str, BeforeValidator(channel, json_schema_input_type=str | int)]
Role = Annotated[str, BeforeValidator(role, json_schema_input_type=str | int)]
Mention = Annotated[str, BeforeValidator(mentionable, json_schema_input_type=str | int)]
Member = Annotated[str, BeforeValidator(member, json_schema_input_type=str | int)]
Snowflake = Annotated[int, BeforeValidator(snowflake, json_schema_input_type=str | int)]
Size = Annotated[int, BeforeValidator(size, json_schema_input_type=str | int)]
Reference = Annotated[str, BeforeValidator(reference, json_schema_input_type=str)]
Weekly = Annotated[str, BeforeValidator(weekly, json_schema_input_type=str)]
References = Annotated[
    tuple[Reference, ...],
    BeforeValidator(as_list, json_schema_input_type=str | list[str]),
    Field(min_length=1),
]
Timezone = Annotated[str, BeforeValidator(timezone, json_schema_input_type=str)]
Networks = Annotated[
    tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(network, json_schema_input_type=str)], ...],
    BeforeValidator(as_list, json_schema_input_type=str | list[str]),
]
Environment = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S+$")]
Environments = Annotated[
    tuple[Environment, ...], BeforeValidator(as_list, json_schema_input_type=str | list[str])
]
Text = Annotated[str, Field(min_length=1, max_length=200)]
RepoName = Annotated[str, Field(max_length=200, pattern=r"^[\w.-]+(/[\w.-]+)*$")]
Patterns = Annotated[tuple[Text, ...], BeforeValidator(as_list, json_schema_input_type=str | list[str])]
Topic = Annotated[str, Field(max_length=400, pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]+:[\w.-]+$")]
Topics = Annotated[tuple[Topic, ...], BeforeValidator(as_list, json_schema_input_type=str | list[str])]
