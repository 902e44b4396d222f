"""Secrets that a sender puts into the body: found there to be compared, and taken out before it is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from http import HTTPStatus

from sovereign.core.errors import BadSignature
from sovereign.core.records import replace
from sovereign.integrations._source import Inbound, Scheme
from sovereign.integrations._verify import MOST_TRIED, any_of, match, static_secret

LONGEST = 1000
"""Bytes of a secret inside a body; nothing beyond them is decoded."""


def passcode_in_body(field: str, refused: HTTPStatus = HTTPStatus.UNAUTHORIZED) -> Scheme:
    """The secret as the text of this field of the body; `without(field)` is the `stored` that goes with it.
    `refused` is the answer that the sender expects to another one.

    It proves who sent the delivery, not what it says. Nothing but the field is decoded before it is compared.
    The proofs of `static_secret` hold too: samples are signed with them.
    """
    otherwise = static_secret()

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        found = _member(field).findall(inbound.body)[:MOST_TRIED]
        try:
            if not found:
                raise BadSignature("missing_signature", f"The body has no {field}.")
            match(
                [_text(raw) for _, raw in found],
                secrets,
                "",
                otherwise=f"The {field} in the body does not fit: it is another than the secret here.",
            )
        except BadSignature as refusal:
            refusal.status = refused
            raise

    inside = Scheme(verify=verify, sign=lambda *_: {}, name=f"secret in {field} of the body")
    return replace(any_of(inside, otherwise), sign=otherwise.sign)


def without(field: str) -> Callable[[bytes], bytes]:
    """The same bytes with an empty text wherever a field of this name has one."""
    return lambda body: _member(field).sub(rb'\1""', body)


@cache
def _member(field: str) -> re.Pattern[bytes]:
    """The name with its colon, and the text after it, as JSON spells them."""
    name = re.escape(json.dumps(field)).encode()
    return re.compile(rb'(%b\s*:\s*)("(?:[^"\\]|\\.){0,%d}")' % (name, LONGEST))


def _text(raw: bytes) -> str:
    try:
        found: object = json.loads(raw)
    except ValueError:
        return ""
    return found if isinstance(found, str) else ""
