"""How every source's proofs are checked: in constant time, before anything is read, and byte for byte."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import NoReturn

import pytest

from sovereign.core.errors import BadPayload, BadSignature
from sovereign.core.samples import cases, sample
from sovereign.integrations._payload import Payload
from sovereign.integrations._source import Inbound, Scheme, all_sources
from tests.integrations.test_sources import NOW, SECRET, SLUGS, check_sound, inbound, refused

DAMAGES = 40
"""Of each source, in one run."""
SIGNS_PART = {
    "figma": "the passcode inside the body, which nothing else is decoded for",
    "gitea": "old versions put the secret into the body",
    "forgejo": "as Gitea",
    "gogs": "as Gitea",
    "rhodecode": "the token inside the body, which nothing else is decoded for",
    "netlify": "the token's own header, which is in no body",
}
"""Sources whose proof is, or is in, what has to be decoded first; the part is bounded."""
WRITES_ANEW = ("sentry", "snyk")
"""Their senders sign the JSON written anew: read when the raw bytes do not fit."""


def proofs(scheme: Scheme) -> Iterator[Scheme]:
    """Those of which any one will do."""
    yield from (one for part in scheme.parts for one in proofs(part)) if scheme.parts else [scheme]


def signed(slug: str, scheme: Scheme, secret: str = SECRET) -> Inbound:
    taken = sample(slug, cases()[slug][0], NOW)
    return inbound(taken, dict(scheme.sign(inbound(taken, {}, taken.body), secret)), taken.body)


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_but_the_comparison_in_constant_time_decides(
    slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a comparison that always says no the right secret is refused; were any other one made, it would
    be let in by that."""
    scheme = all_sources()[slug].scheme
    right = signed(slug, scheme)
    scheme.verify(right, [SECRET])
    asked: list[object] = []

    def never(given: object, expected: object) -> bool:
        asked.append(given)
        return False

    monkeypatch.setattr(hmac, "compare_digest", never)
    assert refused(scheme, right, [SECRET])
    assert asked


@pytest.mark.parametrize("slug", SLUGS)
def test_every_secret_is_compared_whichever_holds(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time taken does not tell which of several secrets was right, nor that the first one was."""
    found = proofs(all_sources()[slug].scheme)
    scheme = next(one for one in found if not refused(one, signed(slug, one), [SECRET]))
    right, real, counts = signed(slug, scheme), hmac.compare_digest, []
    for secrets in ([SECRET, "another", "a third"], ["another", "a third", SECRET]):
        asked: list[object] = []

        def counted(given: bytes, expected: bytes, asked: list[object] = asked) -> bool:
            asked.append(given)
            return real(given, expected)

        monkeypatch.setattr(hmac, "compare_digest", counted)
        scheme.verify(right, secrets)
        counts.append(len(asked))
    assert counts[0] == counts[1] >= 3


@pytest.mark.parametrize("slug", SLUGS)
def test_a_wrong_proof_is_refused_before_anything_is_read(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> NoReturn:
        raise AssertionError("read before it was proved")

    source = all_sources()[slug]
    wrong = signed(slug, source.scheme, "another")
    monkeypatch.setattr(Payload, "from_json", read)
    monkeypatch.setattr(Payload, "from_body", read)
    if slug not in (*SIGNS_PART, *WRITES_ANEW):
        monkeypatch.setattr(json, "loads", read)
    assert refused(source.scheme, wrong, [SECRET])
    no_json = Inbound(headers=wrong.headers, body=b"\x00{", url=wrong.url, received_at=wrong.received_at)
    assert refused(source.scheme, no_json, [SECRET])


def covering(slug: str) -> list[Scheme]:
    """The proofs of the source that depend on what is said, and not only on who says it."""
    taken, found = sample(slug, cases()[slug][0], NOW), []
    for scheme in proofs(all_sources()[slug].scheme):
        made = [dict(scheme.sign(inbound(taken, {}, body), SECRET)) for body in (taken.body, b"another")]
        if made[0] != made[1]:
            found.append(scheme)
    return found


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if covering(slug)])
def test_any_changed_byte_that_a_proof_covers_is_refused(slug: str) -> None:
    """Each proof of the source by itself: the body, each header that it made, and the secret."""
    chance = Random(slug)
    for scheme in covering(slug):
        right = signed(slug, scheme)
        scheme.verify(right, [SECRET])
        for place in chance.sample(range(len(right.body)), min(60, len(right.body))):
            body = bytearray(right.body)
            body[place] ^= 1 << chance.randrange(8)
            changed = inbound(sample(slug, cases()[slug][0], NOW), dict(right.headers), bytes(body))
            assert refused(scheme, changed, [SECRET]), (scheme.name, place)
        made = scheme.sign(right, SECRET)
        for name in made:
            value = right.headers[name]
            for place in range(len(value)):
                other = value[:place] + ("0" if value[place] != "0" else "1") + value[place + 1 :]
                changed = inbound(
                    sample(slug, cases()[slug][0], NOW), {**right.headers, name: other}, right.body
                )
                assert refused(scheme, changed, [SECRET]), (scheme.name, name, place)


@pytest.mark.parametrize("slug", SLUGS)
def test_bytes_that_are_lost_added_or_changed_on_the_way_give_events_or_a_refusal(slug: str) -> None:
    """What is not what its sender wrote, and yet nearly: the other tests change values, or everything."""
    chance, source = Random(slug), all_sources()[slug]
    for _ in range(DAMAGES):
        taken = sample(slug, chance.choice(cases()[slug]), NOW)
        body = bytearray(taken.body)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(body) or 1)
            match chance.randrange(4):
                case 0 if body:
                    body[place] = chance.randrange(256)
                case 1:
                    del body[place : place + chance.randint(1, 40)]
                case 2:
                    body[place:place] = chance.choice(
                        [b"\xff", b"\x00", b'"', b"{", b"}", b"null,", b"9" * 400]
                    )
                case _:
                    del body[max(1, place) :]
        with suppress(BadPayload):
            check_sound(source.parse(taken.headers, bytes(body)))
        source.transmission(taken.headers, source.stored(bytes(body)))
        with suppress(BadSignature):
            source.scheme.verify(inbound(taken, {}, bytes(body)), [SECRET])
