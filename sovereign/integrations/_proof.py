"""Which of a scheme's proofs a delivery held by, and with which of several secrets, for the record of it."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Inbound, Scheme


def proof(scheme: Scheme, inbound: Inbound, secrets: Sequence[str]) -> str:
    """Of a verified delivery, in words: `signature in x-hub-signature-256, secret 2 of 2`.

    Where there is a choice it is proved again, a choice at a time; a secret is told by its place alone.
    """
    if len(secrets) < 2 and not scheme.parts:
        return scheme.name
    held = next((part for part in scheme.parts if _holds(part, inbound, secrets)), None)
    if held is not None:
        return proof(held, inbound, secrets)
    if len(secrets) < 2 or _holds(scheme, inbound, ()):
        return scheme.name
    places = (place for place, one in enumerate(secrets, start=1) if _holds(scheme, inbound, [one]))
    place = next(places, None)
    return f"{scheme.name}, secret {place} of {len(secrets)}" if place else scheme.name


def _holds(scheme: Scheme, inbound: Inbound, secrets: Sequence[str]) -> bool:
    try:
        scheme.verify(inbound, secrets)
    except BadSignature:
        return False
    return True
