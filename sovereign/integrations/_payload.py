"""Checked reading of somebody else's body. Every failure is a BadPayload that names the path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NoReturn, TypeVar
from urllib.parse import parse_qs

from pydantic_core import from_json

from sovereign.core.errors import BadPayload

T = TypeVar("T")
Steps = tuple[str | int, ...]


class Payload:
    """A JSON value and the path to it. `at` insists, `get` shrugs; the reading methods insist on the type."""

    __slots__ = ("_above", "_steps", "_value")

    def __init__(
        self, value: object, path: str = "$", *, above: Payload | None = None, steps: Steps = ()
    ) -> None:
        self._value, self._above, self._steps = value, above, steps or (path,)

    @property
    def path(self) -> str:
        """Put together only when something is wrong: most bodies are right."""
        if self._above is None:
            return str(self._steps[0])
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self._steps)
        return self._above.path + "".join(steps)

    @classmethod
    def from_json(cls, body: bytes) -> Payload:
        try:
            return cls(from_json(body, allow_inf_nan=False))
        except ValueError:  # half of a surrogate pair, UTF-16, a byte-order mark, deep nesting, or no JSON
            return cls(_patiently(body))

    @classmethod
    def from_body(cls, headers: Mapping[str, str], body: bytes, field: str = "payload") -> Payload:
        """JSON, or a form whose field holds JSON, as several senders can be set to send."""
        form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        if not form or body.lstrip()[:1] in (b"{", b"["):  # curl calls everything a form
            return cls.from_json(body)
        try:
            fields = parse_qs(body.decode("ascii"), max_num_fields=100)
        except ValueError as error:
            raise BadPayload("$", "is not a form") from error
        if field not in fields:
            raise BadPayload(f"$.{field}", "is missing")
        return cls.from_json(fields[field][0].encode(errors="surrogatepass"))

    def at(self, *keys: str) -> Payload:
        """The value at these nested keys; BadPayload where one is missing."""
        here = self
        for key in keys:
            found = here._mapping()
            if key not in found:
                raise BadPayload(f"{here.path}.{key}", "is missing")
            here = Payload(found[key], above=here, steps=(key,))
        return here

    def get(self, *keys: str) -> Payload | None:
        """The value at these nested keys; None where one is missing, null, or under something else."""
        value = self._value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return None if value is None else Payload(value, above=self, steps=keys)

    def line(self, paths: Sequence[tuple[str, ...]]) -> str:
        """The first text or number at one of these places, on one line; empty where there is none.

        Sources ask for little else, dozens of times for a body: hence without a Payload for each step.
        """
        for keys in paths:
            value = self._value
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            if value is None:
                continue
            text = value if isinstance(value, str) else Payload(value, above=self, steps=keys).scalar()
            if words := text.split():
                return encodable(" ".join(words))
        return ""

    def each(self) -> Iterator[Payload]:
        if not isinstance(self._value, list):
            raise BadPayload(self.path, "is not a list")
        for i, item in enumerate(self._value):
            yield Payload(item, above=self, steps=(i,))

    def text(self) -> str:
        if not isinstance(self._value, str):
            raise BadPayload(self.path, "is not a string")
        return encodable(self._value)

    def integer(self) -> int:
        if not isinstance(self._value, int) or isinstance(self._value, bool):
            raise BadPayload(self.path, "is not an integer")
        return self._value

    def boolean(self) -> bool:
        if not isinstance(self._value, bool):
            raise BadPayload(self.path, "is not true or false")
        return self._value

    def scalar(self) -> str:
        """A string, number or boolean, as text."""
        if isinstance(self._value, bool):
            return "true" if self._value else "false"
        if isinstance(self._value, int | float):
            return str(self._value)
        return self.text()

    def texts(self) -> dict[str, str]:
        """An object of scalars, as texts."""
        return {
            encodable(key): encodable(value)
            if isinstance(value, str)
            else Payload(value, above=self, steps=(key,)).scalar()
            for key, value in self._mapping().items()
        }

    def keys(self) -> list[str]:
        return [encodable(key) for key in self._mapping()]

    def one_of(self, choices: Mapping[str, T], otherwise: T) -> T:
        """What the sender's word means to us; `otherwise` for a word that we do not know."""
        return choices.get(self.text(), otherwise)

    def time(self) -> datetime:
        """ISO 8601 text, or seconds (or milliseconds) since 1970. Without a zone it is UTC."""
        try:
            if isinstance(self._value, int | float) and not isinstance(self._value, bool):
                seconds = float(self._value)
                return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
            moment = datetime.fromisoformat(self.text())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise BadPayload(self.path, "is not a time") from error

    # Shorthands for what senders often leave out.

    def text_at(self, *keys: str, otherwise: str = "") -> str:
        found = self.get(*keys)
        return found.text() if found else otherwise

    def maybe_text(self, *keys: str) -> str | None:
        found = self.get(*keys)
        return found.text() if found else None

    def integer_at(self, *keys: str, otherwise: int = 0) -> int:
        found = self.get(*keys)
        return found.integer() if found else otherwise

    def flag(self, *keys: str) -> bool:
        found = self.get(*keys)
        return found is not None and found.boolean()

    def maybe_time(self, *keys: str) -> datetime | None:
        """None for one that cannot be read, too: the event is told all the same, and its arrival counts."""
        try:
            return self.at(*keys).time()
        except BadPayload:
            return None

    def list_at(self, *keys: str) -> list[Payload]:
        found = self.get(*keys)
        return list(found.each()) if found else []

    @property
    def raw(self) -> object:
        """The value as JSON gave it, for showing what nobody knows how to read."""
        return self._value

    def _mapping(self) -> Mapping[str, object]:
        if not isinstance(self._value, dict):
            raise BadPayload(self.path, "is not an object")
        return self._value


def one_line(text: str) -> str:
    """Titles and names are one line, whatever the sender put in."""
    return " ".join(text.split())


def encodable(text: str) -> str:
    """JSON can spell half of a surrogate pair, which no database and no HTTP body can carry."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _patiently(body: bytes) -> object:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadPayload("$", "is not JSON") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
