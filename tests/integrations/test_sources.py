"""One file of tests for every source. Adding a source adds samples, not tests.

Samples are package data (`sovereign/samples/<source>/`). What each must give lies beside this file in
`<source>/<case>.expected.json`; `pytest --snapshot-update` writes it anew: review it like code.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from sovereign.core.errors import BadPayload, RejectedDelivery
from sovereign.core.samples import Sample, cases, sample
from sovereign.domain.events import Event
from sovereign.integrations._source import Inbound, Scheme, all_sources

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLUGS = sorted(all_sources())
CASES = [(slug, case) for slug in SLUGS for case in cases().get(slug, ())]
SECRET = "correct horse"

STORIES = {
    "a pull request from opening to merge": (
        "github",
        (
            "pull_request.opened",
            "status.success",
            "check_run.failed",
            "pull_request_review.changes_requested",
            "pull_request_review_comment.created",
            "pull_request.synchronize",
            "issue_comment.created",
            "check_suite.completed",
            "check_run.completed",
            "workflow_job.completed",
            "workflow_run.completed",
            "pull_request_review.approved",
            "merge_group.checks_requested",
            "pull_request.merged",
        ),
    ),
    "an issue": ("github", ("issues.opened", "issues.assigned", "issue_comment.on_issue", "issues.closed")),
    "a deployment": (
        "github",
        ("deployment.created", "deployment_status.in_progress", "deployment_status.success"),
    ),
    "a deployment that people approve": (
        "github",
        ("deployment_review.requested", "deployment_review.approved"),
    ),
    "a vulnerability": ("github", ("dependabot_alert.created", "dependabot_alert.fixed")),
    "an alert": ("alertmanager", ("firing", "resolved")),
}

ODD: Sequence[object] = (
    None, True, 0, -1, 1.5, 10**30, 1e308, -math.inf, "", " ", "\n", "\0", "é\u202e\U0001f525",
    "\ud800", "x" * 5000,
    "0", "-1", "null", "2026-13-45T99:99:99Z", "9999-12-31T23:59:59-14:00", "https://[", "javascript:x",
    [], [None], [[]], [{}], ["", 0], {}, {"": None}, {"id": {}}, {"name": ["x"]}, [{"name": 1, "value": {}}],
)  # fmt: skip
"""What no sender should say anywhere."""
AT_ONCE = 20
"""Bodies that are tried for each example: Hypothesis takes longer to draw one than a source to read it."""
quickly = settings(max_examples=3, deadline=None)


@cache
def told(slug: str, case: str) -> Sequence[Event]:
    taken = sample(slug, case, NOW)
    return tuple(all_sources()[slug].parse(taken.headers, taken.body))


def shown(event: Event) -> dict[str, object]:
    """What an event says, without what it does not."""
    said = {key: value for key, value in asdict(event).items() if value not in (None, "", (), {}, False)}
    read: dict[str, object] = json.loads(json.dumps(said, default=str))
    return read


def check_sound(events: Sequence[Event]) -> None:
    """What everybody after `parse` may rely on, however odd the body was."""
    for event in events:
        assert len(event.title.splitlines()) == 1, event.title
        assert event.title.strip()
        assert event.kind
        assert event.subject
        assert len(event.fields) <= 6
        assert event.occurred_at is None or event.occurred_at.utcoffset() is not None
        json.dumps(asdict(event), default=str, ensure_ascii=False).encode()


def paths(node: object, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*here, key)
        yield from paths(value, (*here, key))


@pytest.mark.parametrize(("slug", "case"), CASES)
def test_a_sample_gives_the_reviewed_events(slug: str, case: str, request: pytest.FixtureRequest) -> None:
    events = told(slug, case)
    check_sound(events)
    got = [shown(event) for event in events]
    expected = HERE / slug / f"{case}.expected.json"
    if request.config.getoption("--snapshot-update"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(json.dumps(got, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert expected.exists(), "new sample: run pytest --snapshot-update and review what it writes"
    assert got == json.loads(expected.read_text(encoding="utf-8"))


def test_no_reviewed_events_are_left_of_a_sample_that_is_gone() -> None:
    reviewed = {
        (slug, path.name.removesuffix(".expected.json"))
        for slug in SLUGS
        for path in (HERE / slug).glob("*.expected.json")
    }
    assert reviewed - set(CASES) == set()


@pytest.mark.parametrize("slug", SLUGS)
def test_every_declared_kind_has_a_sample_and_no_sample_has_another(slug: str) -> None:
    source = all_sources()[slug]
    seen = {event.kind for case in cases().get(slug, ()) for event in told(slug, case)}
    assert source.quiet <= source.kinds
    assert seen, "a source without samples cannot be tried"
    if not source.open_kinds:
        assert seen == source.kinds


@pytest.mark.parametrize("story", STORIES)
def test_the_events_of_a_story_find_one_conversation(story: str) -> None:
    slug, chapters = STORIES[story]
    if not set(chapters) <= set(cases().get(slug, ())):
        pytest.skip(f"{slug} has no samples for it")
    events = [event for case in chapters for event in told(slug, case)]
    names = {events[0].conversation}
    for event in events:
        assert event.conversation in names, event.title
        names |= set(event.aliases)
    assert len({event.fingerprint for event in events}) == 1


def inbound(taken: Sample, headers: dict[str, str], body: bytes) -> Inbound:
    return Inbound(headers=taken.headers | headers, body=body, url="https://example.org/x", received_at=NOW)


def refused(scheme: Scheme, request: Inbound, secrets: Sequence[str]) -> bool:
    try:
        scheme.verify(request, secrets)
    except RejectedDelivery as refusal:
        return bool(refusal.reason)
    return False


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if cases().get(slug)])
def test_only_a_rightly_signed_delivery_is_accepted(slug: str) -> None:
    scheme = all_sources()[slug].scheme
    taken = sample(slug, cases()[slug][0], NOW)
    proof = dict(scheme.sign(inbound(taken, {}, taken.body), SECRET))
    signed = inbound(taken, proof, taken.body)
    scheme.verify(signed, [SECRET])
    scheme.verify(signed, ["the one before", SECRET])
    assert refused(scheme, signed, ["another"])
    assert refused(scheme, signed, [""])
    assert refused(scheme, signed, [])
    unkeyed = dict(scheme.sign(inbound(taken, {}, taken.body), ""))
    assert refused(scheme, inbound(taken, unkeyed, taken.body), [""]), "an empty secret lets everybody in"
    for name in proof:
        rest = {key: value for key, value in proof.items() if key != name}
        assert refused(scheme, inbound(taken, rest, taken.body), [SECRET])
        assert refused(scheme, inbound(taken, proof | {name: ""}, taken.body), [SECRET])
        assert refused(scheme, inbound(taken, proof | {name: proof[name] + "é"}, taken.body), [SECRET])


def covers_the_body(slug: str) -> bool:
    """Whether the sender proves what it says, and not only who it is."""
    scheme, taken = all_sources()[slug].scheme, sample(slug, cases()[slug][0], NOW)
    proofs = [dict(scheme.sign(inbound(taken, {}, body), SECRET)) for body in (taken.body, b"another")]
    return proofs[0] != proofs[1]


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if cases().get(slug) and covers_the_body(slug)])
def test_a_signature_that_covers_the_body_covers_every_byte_of_it(slug: str) -> None:
    scheme = all_sources()[slug].scheme
    taken = sample(slug, cases()[slug][0], NOW)
    proof = dict(scheme.sign(inbound(taken, {}, taken.body), SECRET))
    for place in range(0, len(taken.body), max(1, len(taken.body) // 200)):
        body = bytearray(taken.body)
        body[place] ^= 1
        assert refused(scheme, inbound(taken, proof, bytes(body)), [SECRET]), place
    assert refused(scheme, inbound(taken, proof, taken.body + b"\n"), [SECRET])
    assert refused(scheme, inbound(taken, proof, b""), [SECRET])


def odd(dice: random.Random) -> object:
    """A value out of place: of the list, or words of any letters."""
    if dice.random() < 0.7:
        return dice.choice(ODD)
    return "".join(
        chr(dice.choice((dice.randrange(1, 0x250), dice.randrange(0xE000, 0x110000)))) for _ in range(9)
    )


def damaged(taken: Sample, dice: random.Random) -> bytes:
    """The body without one of its parts, or with another there."""
    whole = json.loads(taken.body)
    path = dice.choice(list(paths(whole)))
    node = whole
    for key in path[:-1]:
        node = node[key]
    if dice.random() < 0.3:
        del node[path[-1]]
    else:
        node[path[-1]] = odd(dice)
    return json.dumps(whole).encode()


def anything(dice: random.Random) -> bytes:
    """A body that no sender means: bytes, or JSON that is no object of theirs."""
    return dice.choice((dice.randbytes(dice.randrange(50)), json.dumps(odd(dice)).encode()))


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if cases().get(slug)])
@quickly
@given(dice=st.randoms(use_true_random=True))
def test_a_damaged_body_and_any_other_bytes_give_events_or_are_refused_as_such(
    slug: str, dice: random.Random
) -> None:
    for _ in range(AT_ONCE):
        taken = sample(slug, dice.choice(cases()[slug]), NOW)
        form = {"content-type": "application/x-www-form-urlencoded"} if dice.random() < 0.5 else {}
        for headers, body in (({}, damaged(taken, dice)), (form, anything(dice))):
            note(repr(body))
            with suppress(BadPayload):
                check_sound(all_sources()[slug].parse(taken.headers | headers, body))
