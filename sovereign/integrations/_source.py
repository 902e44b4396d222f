"""What a source is, and how the registry finds them: one module (or package), one SOURCE constant."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from http import HTTPStatus

from sovereign.core.errors import NotFound
from sovereign.domain.events import Event

Headers = Mapping[str, str]
"""Header names are in lower case."""

Parse = Callable[[Headers, bytes], Sequence[Event]]
"""Raises BadPayload, and nothing else, on a body that it cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    What the configuration of an endpoint says about its sender, where a secret alone cannot.

    topics           ARNs of the SNS topics that may send here, and whose subscription is confirmed
    service_account  the e-mail address as which Pub/Sub signs; empty: its tokens prove nothing here
    audience         what those tokens are made out for; empty: as without an account
    repos            patterns of `owner/name`, for senders whose signature says only which service sent it
    handshake        whether whoever asks first may hand over the secret that it will sign with
    """

    topics: frozenset[str] = frozenset()
    service_account: str = ""
    audience: str = ""
    repos: tuple[str, ...] = ()
    handshake: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What a proof may cover: the headers, the raw bytes, the public URL that was called and when it came;
    `keys` holds what stands at the URLs that the scheme asked for."""

    headers: Headers
    body: bytes
    url: str
    received_at: datetime
    options: Options = field(default_factory=Options)
    keys: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The answer to a handshake, which comes before any proof: nothing of the request is kept or believed.

    `remember` is a secret that the sender hands over, from now on one of the endpoint's.
    """

    headers: Headers = field(default_factory=dict)
    body: bytes = b""
    remember: str | None = None


def no_keys(inbound: Inbound) -> Sequence[str]:
    return ()


def ever(inbound: Inbound) -> str | None:
    return None


def no_greeting(inbound: Inbound) -> Greeting | None:
    return None


def no_confirmation(inbound: Inbound) -> str | None:
    return None


def whole(body: bytes) -> bytes:
    return body


def never(body: bytes) -> bool:
    return False


def needs_a_secret(options: Options) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """
    How a sender proves itself.

    verify  raises BadSignature, comparing in constant time; any one of the secrets will do, so that a
            rotation has an overlap
    sign    gives a rightly signed request's headers
    keys    the URLs of the public keys that `verify` wants in `Inbound.keys`; only of hosts of the sender's
            own, and only once all that needs no key is right. Raises BadSignature otherwise
    secret  whether an endpoint with these options is shut without a secret
    once    what names a request whose proof holds for some minutes: the same again within them is a repeat.
            None for a proof without a time
    name    what people call it in the record of a delivery
    parts   the proofs of which any one will do, where there are several
    elsewhere  the same with its signature in another header, where whoever runs the sender may choose one
    """

    verify: Callable[[Inbound, Sequence[str]], None]
    sign: Callable[[Inbound, str], Headers]
    keys: Callable[[Inbound], Sequence[str]] = no_keys
    secret: Callable[[Options], bool] = needs_a_secret
    once: Callable[[Inbound], str | None] = ever
    name: str = "proof of its sender's own"
    parts: tuple[Scheme, ...] = ()
    elsewhere: Callable[[str], Scheme] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmission:
    """What names one transmission. A known `key` is a repeat: for ever, or within `window`. With a `group` it
    is a repeat only while it is the newest of the group, so that firing, resolved, firing are three."""

    key: str
    group: str | None = None
    window: timedelta | None = None


REPEAT_WINDOW = timedelta(minutes=10)
"""How long the same bytes from a sender without delivery ids count as the same transmission."""


LONGEST_ID = 200
"""Characters of a sender's number that are kept as they are."""


def brief(id: str) -> str:
    """A sender's number as it is kept: a long one by its hash, since two may differ at their ends alone."""
    return id if len(id) <= LONGEST_ID else hashlib.sha256(id.encode(errors="surrogatepass")).hexdigest()


def by_header(name: str) -> Callable[[Headers, bytes], Transmission]:
    """The sender numbers its deliveries in this header; without it the body's hash must do."""

    def transmission(headers: Headers, body: bytes) -> Transmission:
        key = headers.get(name)
        return Transmission(key=f"id:{brief(key)}") if key else by_body(headers, body)

    return transmission


def by_body(headers: Headers, body: bytes) -> Transmission:
    """The sender has no delivery id: the body's hash, within ten minutes."""
    return Transmission(key=f"body:{hashlib.sha256(body).hexdigest()}", window=REPEAT_WINDOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    slug          the module's name
    title, docs   for people; where the sender describes its webhooks
    home          channel key for what has no better place, bodies that cannot be read included
    secret        reference of the secret where the configuration names none
    kinds         every kind that `parse` can give; another kind is kept, and posted only if a route names it
    open_kinds    whether the body or the configuration may name any kind: none counts as undeclared
    quiet         those of `kinds` that are kept, and posted only if a route names them
    delivery_header  where the sender numbers its deliveries, if it does
    shown_headers headers worth keeping with the delivery, none of them secret
    configured    makes the source that a `mapping` in the configuration describes, raising ConfigError
    stored        what of a body is kept: all but the secrets in it. `transmission` and `parse` see only that
    greet         answers a handshake, before any proof
    urgent        whether a body may tell of something critical, at a glance: the first of a name is worked
                  off before its turn, together with what waits of its `Transmission.group`
    heard         the status by which the sender learns that a delivery was taken; some know only 200
    confirm       the URL to visit once the delivery is verified; only of hosts of the sender's own
    """

    slug: str
    title: str
    docs: str
    home: str
    secret: str
    scheme: Scheme
    parse: Parse
    kinds: frozenset[str]
    quiet: frozenset[str] = frozenset()
    open_kinds: bool = False
    transmission: Callable[[Headers, bytes], Transmission] = by_body
    delivery_header: str | None = None
    shown_headers: frozenset[str] = frozenset()
    configured: Callable[[Mapping[str, object]], Source] | None = field(default=None)
    stored: Callable[[bytes], bytes] = whole
    urgent: Callable[[bytes], bool] = never
    greet: Callable[[Inbound], Greeting | None] = no_greeting
    heard: HTTPStatus = HTTPStatus.ACCEPTED
    confirm: Callable[[Inbound], str | None] = no_confirmation


@cache
def all_sources() -> Mapping[str, Source]:
    """Every source of this package by slug, in alphabetical order."""
    import sovereign.integrations as package

    found: dict[str, Source] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        if info.name.startswith("_"):
            continue
        path = f"{package.__name__}.{info.name}" + (".source" if info.ispkg else "")
        source: Source = importlib.import_module(path).SOURCE
        if source.slug != info.name:
            raise ImportError(f"{path} declares slug {source.slug!r}")
        found[source.slug] = source
    return found


def source(slug: str) -> Source:
    try:
        return all_sources()[slug]
    except KeyError:
        near = get_close_matches(slug.lower(), all_sources(), n=4)
        there = f"Near it: {', '.join(near)}." if near else f"There are: {', '.join(all_sources())}."
        raise NotFound(f"No source is called {slug!r}. {there}") from None
