"""The usual forms of the header Authorization: each alone, for endpoints set to want it, or both of them."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Headers, Inbound, Scheme
from sovereign.integrations._verify import decoded, match, present


def basic() -> Scheme:
    """HTTP basic: the secret is the password under any user name, or `user:password`."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        kind, _, given = present(inbound.headers, "authorization").partition(" ")
        if kind.lower() != "basic":
            raise BadSignature("wrong_scheme", "Authorization must be Basic.")
        both = decoded(given.strip())
        match([both, both.partition(":")[2]], secrets, "authorization")

    def sign(inbound: Inbound, secret: str) -> Headers:
        both = secret if ":" in secret else f"sovereign:{secret}"
        return {"authorization": "Basic " + base64.b64encode(both.encode()).decode()}

    return Scheme(verify=verify, sign=sign, name="password in authorization")


def bearer() -> Scheme:
    """`Authorization: Bearer SECRET`, and nothing else."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        kind, _, given = present(inbound.headers, "authorization").partition(" ")
        if kind.lower() != "bearer":
            raise BadSignature("wrong_scheme", "Authorization must be Bearer.")
        match([given.strip()], secrets, "authorization")

    return Scheme(
        verify=verify,
        sign=lambda _, secret: {"authorization": f"Bearer {secret}"},
        name="secret in authorization",
    )


def bearer_or_basic() -> Scheme:
    """`Authorization: Bearer SECRET`, or HTTP basic with any user name and the secret as password."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        kind, _, given = present(inbound.headers, "authorization").partition(" ")
        if kind.lower() == "basic":
            given = decoded(given).partition(":")[2]
        elif kind.lower() != "bearer":
            raise BadSignature("wrong_scheme", "Authorization must be Bearer or Basic.")
        match([given.strip()], secrets, "authorization")

    return Scheme(
        verify=verify,
        sign=lambda _, secret: {"authorization": f"Bearer {secret}"},
        name="secret in authorization",
    )
