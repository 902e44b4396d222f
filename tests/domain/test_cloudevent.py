"""What other programs are told: whole CloudEvents, and nothing that redaction would take out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.redaction import redact
from sovereign.domain.cloudevent import Arrived, Facts, Wanted, cloudevent

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
MERGED: Facts = {
    "source": "github",
    "kind": "change.merged",
    "subject": "acme/shop#42",
    "title": "ada merged",
}
SECRETS = (
    ("ghp_" + "a1" * 18, "a1a1"),
    ("password=correct-horse", "correct-horse"),
    ("Bearer abcdef123456", "abcdef"),
    ("https://ada:hunter22@example.com/", "hunter22"),
)
"""A text with a credential, and what of it nobody may read."""


def told(**more: object) -> dict[str, object]:
    return cloudevent(Arrived(sequence=7, occurred_at=AT, facts={**MERGED, **more}))


def test_the_envelope_has_what_cloudevents_asks_for_and_the_event_as_its_data() -> None:
    assert told(service="shop") == {
        "specversion": "1.0",
        "id": "7",
        "source": "/sovereign/github",
        "type": "change.merged",
        "subject": "acme/shop#42",
        "time": "2026-03-01T12:30:00Z",
        "datacontenttype": "application/json",
        "data": {**MERGED, "service": "shop"},
    }


@given(secret=st.sampled_from(SECRETS), words=st.text(max_size=20))
def test_no_text_leaks_a_credential_wherever_in_the_event_it_stands(
    secret: tuple[str, str], words: str
) -> None:
    text = f"{words} {secret[0]} {words}"
    labels, fields = {"note": text, text: "1"}, [["Note", text], [text, "1"]]
    everywhere = told(
        title=text, text=text, url=text, actor=text, labels=labels, fields=fields, aliases=[text]
    )
    assert secret[1] not in json.dumps(everywhere)


def test_the_name_of_a_label_or_field_tells_that_its_value_is_a_secret() -> None:
    data = told(labels={"api_key": "correct-horse", "team": "web"}, fields=[["Password", "correct-horse"]])
    assert data["data"] == {
        **MERGED,
        "labels": {"api_key": "[redacted]", "team": "web"},
        "fields": [["Password", "[redacted]"]],
    }
    assert redact("correct-horse") == "correct-horse"


def test_a_selection_takes_what_fits_one_pattern_of_each_list() -> None:
    selection = Wanted(kinds=("change.*", "incident.*"), sources=("github",))
    assert selection.takes(MERGED)
    assert not selection.takes({**MERGED, "source": "gitlab"})
    assert not selection.takes({**MERGED, "kind": "pipelinerun.finished"})
    assert not Wanted(services=("shop",)).takes(MERGED)
    assert Wanted().takes(MERGED)


PATTERNS = st.lists(st.sampled_from(["*", "change.*", "change.merged", "inc*", "x"]), max_size=3).map(tuple)


@given(ours=PATTERNS, theirs=PATTERNS, kind=st.sampled_from(["change.merged", "incident.detected", "x"]))
def test_what_a_covered_selection_asks_for_the_covering_one_takes(
    ours: tuple[str, ...], theirs: tuple[str, ...], kind: str
) -> None:
    if theirs and Wanted(kinds=ours).covers(Wanted(kinds=theirs)):
        facts = {**MERGED, "kind": kind}
        assert Wanted(kinds=ours).takes(facts) or not Wanted(kinds=theirs).takes(facts)
