"""What the record of a delivery says of its proof: which one held, and never a secret."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core import clock
from sovereign.integrations._proof import proof
from sovereign.integrations._source import Inbound, Scheme, all_sources
from sovereign.integrations._verify import any_of, hmac_sha256, token_in_clear

HMAC, TOKEN = hmac_sha256("x-sig"), token_in_clear("x-token")
SECRETS = st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6), min_size=2,
                   max_size=5, unique=True)  # fmt: skip


def signed(scheme: Scheme, secret: str) -> Inbound:
    bare = Inbound(headers={}, body=b'{"a": 1}', url="", received_at=clock.now())
    return replace(bare, headers=scheme.sign(bare, secret))


@given(SECRETS, st.data())
def test_of_several_secrets_the_place_of_the_one_that_held_is_told_and_none_of_them(
    secrets: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(1, len(secrets)))
    words = proof(HMAC, signed(HMAC, secrets[place - 1]), secrets)
    assert words == f"signature in x-sig, secret {place} of {len(secrets)}"


@pytest.mark.parametrize(
    ("scheme", "words"),
    [(HMAC, "signature in x-sig, secret 2 of 2"), (TOKEN, "secret in x-token, secret 2 of 2")],
)
def test_of_several_proofs_the_one_that_held_is_told(scheme: Scheme, words: str) -> None:
    assert proof(any_of(HMAC, TOKEN), signed(scheme, "new-one"), ["old-one", "new-one"]) == words


@pytest.mark.parametrize("slug", all_sources())
def test_every_source_has_words_for_its_proof_without_its_secret(slug: str) -> None:
    scheme = all_sources()[slug].scheme
    words = proof(scheme, signed(scheme, "a-secret-of-ours"), ["a-secret-of-ours"])
    assert words
    assert "a-secret-of-ours" not in words
