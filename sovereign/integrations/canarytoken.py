"""Canarytokens, as canarytokens.org and servers of one's own send them: somebody touched a token.

https://docs.canarytokens.org/guide/

Nothing is signed: put `?token=SECRET` behind the address. Confirmed in the server's own code: the fields
of both bodies, an alert and, for keys, that one was found in public, and the trial that comes when the
address is saved. No word says how bad it is; whoever touches a token has no business with it, so that all
are high. Nothing is ever over: each opens an incident that people close, and a token is the same problem
whoever touches it. The page to manage a token asks for no login: its address is told to nobody.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import alarm, by_problem, names_at, of_problem, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, when, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

TRIAL = "Congrats! The newly saved webhook works"
"""The reminder of a trial, in the place of the words that a token's owner wrote down to know it by."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    identity, memo, origin = _identity(payload), line(payload, "memo"), _origin(payload)
    status = Status.INFO if memo == TRIAL else Status.FIRING
    says = "found in public" if payload.get("exposed_time") else ""
    name = f"{_kind(payload)} ({memo})" if memo else _kind(payload)
    event = replace(
        alarm("canarytoken", status, name, f" from {origin}" if origin else "", says),
        severity=Severity.INFO if status is Status.INFO else Severity.HIGH,
        fields=_fields(payload, origin),
        occurred_at=when(payload, "time", "exposed_time"),
    )
    return [of_problem(event, identity)]


def _kind(payload: Payload) -> str:
    """Of which type the token is, as the server has it; of older servers only by what it was touched."""
    return f"{words(line(payload, 'token_type', 'channel'))} Canarytoken".strip()


def _identity(payload: Payload) -> str:
    """The token, which older servers name only in the address of its page."""
    if token := line(payload, "token"):
        return token
    try:
        query = parse_qs(urlsplit(line(payload, "manage_url")).query, max_num_fields=20)
    except ValueError as error:
        raise BadPayload("$.manage_url", "is not an address") from error
    return query.get("token", [""])[0] or required(payload, "memo")


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(Payload.from_json(body))


def _origin(payload: Payload) -> str:
    return line(payload, "src_ip") or _detail(payload, "src_ip")


def _detail(payload: Payload, *names: str) -> str:
    """What the type of the token adds under one of these names, as long as it is text."""
    try:
        return next(iter(names_at(payload.get("additional_data"), *names)), "")
    except BadPayload:
        return ""


def _fields(payload: Payload, origin: str) -> tuple[tuple[str, str], ...]:
    found = {
        "Source": origin,
        "Found at": line(payload, "public_location"),
        "Key": line(payload, "key_id"),
        "User agent": _detail(payload, "useragent", "user_agent"),
        "Referrer": _detail(payload, "referer", "referrer"),
        "Page": _detail(payload, "location"),
        "Channel": line(payload, "channel"),
    }
    return shown(found)[:6]


SOURCE = Source(
    slug="canarytoken",
    title="Canarytokens",
    docs="https://docs.canarytokens.org/guide/",
    home="alerts",
    secret="env://CANARYTOKEN_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset({"incident.detected", "incident.reported"}),
    transmission=by_problem(_problem),
)
