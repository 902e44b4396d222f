"""Checked reading of somebody else's body. Every failure is a BadPayload that names the path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qs

from sovereign.core.errors import BadPayload
from sovereign.integrations._json import decoded, is_form

T = TypeVar("T")
Steps = tuple[str | int, ...]


class _Keys(dict[str, tuple[str, ...]]):
    """The keys of each dotted path that a source has asked for; there are some hundreds. A few sources put a
    word of the body into a path, so that a sender could ask for ever more: what is beyond `MOST` is not kept.
    """

    MOST = 10_000

    def __missing__(self, path: str) -> tuple[str, ...]:
        found = tuple(path.split("."))
        if len(self) < self.MOST:
            self[path] = found
        return found


KEYS = _Keys()


class Payload:
    """A JSON value and the path to it. `at` insists, `get` shrugs; the reading methods insist on the type.

    `raw` is the value as JSON gave it, for showing what nobody knows how to read.
    """

    __slots__ = ("_above", "_steps", "raw")

    def __init__(self, value: object, above: Payload | None = None, steps: Steps = ("$",)) -> None:
        self.raw = value
        self._above = above
        self._steps = steps

    @property
    def path(self) -> str:
        """Put together only when something is wrong: most bodies are right."""
        if self._above is None:
            return str(self._steps[0])
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self._steps)
        return self._above.path + "".join(steps)

    @classmethod
    def from_json(cls, body: bytes) -> Payload:
        return cls(decoded(body))

    @classmethod
    def from_body(cls, headers: Mapping[str, str], body: bytes, field: str = "payload") -> Payload:
        """JSON, or a form whose field holds JSON, as several senders can be set to send."""
        if not is_form(headers, body):
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
            here = Payload(found[key], here, (key,))
        return here

    def get(self, *keys: str) -> Payload | None:
        """The value at these nested keys; None where one is missing, null, or under something else."""
        value = self.raw
        for key in keys:
            if type(value) is not dict:
                return None
            value = value.get(key)
        return None if value is None else Payload(value, self, keys)

    def each(self) -> Iterator[Payload]:
        if not isinstance(self.raw, list):
            raise BadPayload(self.path, "is not a list")
        for i, item in enumerate(self.raw):
            yield Payload(item, self, (i,))

    def text(self) -> str:
        if not isinstance(self.raw, str):
            raise BadPayload(self.path, "is not a string")
        return encodable(self.raw)

    def integer(self) -> int:
        if not isinstance(self.raw, int) or isinstance(self.raw, bool):
            raise BadPayload(self.path, "is not an integer")
        return self.raw

    def boolean(self) -> bool:
        if not isinstance(self.raw, bool):
            raise BadPayload(self.path, "is not true or false")
        return self.raw

    def scalar(self) -> str:
        """A string, number or boolean, as text."""
        if isinstance(self.raw, bool):
            return "true" if self.raw else "false"
        if isinstance(self.raw, int | float):
            return str(self.raw)
        return self.text()

    def texts(self) -> dict[str, str]:
        """An object of scalars, as texts."""
        return {
            encodable(key): encodable(value)
            if isinstance(value, str)
            else Payload(value, self, (key,)).scalar()
            for key, value in self._mapping().items()
        }

    def require_object(self) -> None:
        """Raises BadPayload for anything else."""
        self._mapping()

    def keys(self) -> list[str]:
        return [encodable(key) for key in self._mapping()]

    def one_of(self, choices: Mapping[str, T], otherwise: T) -> T:
        """What the sender's word means to us; `otherwise` for a word that we do not know."""
        return choices.get(self.text(), otherwise)

    def time(self) -> datetime:
        """ISO 8601 text, or seconds (or milliseconds) since 1970. Without a zone it is UTC."""
        number = isinstance(self.raw, int | float) and not isinstance(self.raw, bool)
        try:
            return moment(self.raw if number else self.text())
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

    def _mapping(self) -> Mapping[str, object]:
        if not isinstance(self.raw, dict):
            raise BadPayload(self.path, "is not an object")
        return self.raw


def moment(value: object) -> datetime:
    """What `Payload.time` says. Raises ValueError, OverflowError or OSError for what is none."""
    if type(value) is str:
        found = datetime.fromisoformat(value)
        if found.tzinfo is UTC:
            return found
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    if type(value) is int or type(value) is float:
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    raise ValueError("neither text nor a number")


def one_line(text: str) -> str:
    """Titles and names are one line, whatever the sender put in."""
    return " ".join(text.split())


def encodable(text: str) -> str:
    """JSON can spell half of a surrogate pair, which no database and no HTTP body can carry."""
    return text if text.isascii() else text.encode(errors="replace").decode()
