"""Messages of single events: who did it is said once, by the sender's words or by ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sovereign.domain.checks import Check
from sovereign.domain.conversations import Topic, ours
from sovereign.domain.events import Status
from sovereign.render.outgoing import messages
from sovereign.store.conversations import to_mapping
from sovereign.store.errands import Errand


def errand(**payload: object) -> Errand:
    return Errand(
        id=1, ref="ref", nonce="nonce", op="line", channel="prs", conversation_id=None, priority=1,
        payloads=[{"at": 0} | payload], mention=(), revision=1, attempts=0, doubt_since=None, parts={},
        channel_id=None, message_id=None, thread_id=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Review started", "Review started · Ada_L"),
        ("Review of ada_l's change started", "Review of ada_l's change started"),
    ],
)
def test_a_line_says_who_where_its_words_do_not(text: str, said: str) -> None:
    (made,) = messages(errand(view="line", text=text, actor="Ada_L"))
    assert made.content == f"<t:0:t> {said}"
    (nobody,) = messages(errand(view="line", text=text, actor=None))
    assert "·" not in nobody.content


@pytest.mark.parametrize(
    ("title", "text", "fields"),
    [("Backup finished", "", [("By", "ada")]), ("ada stopped it", "", []), ("Stopped", "By Ada", [])],
)
def test_a_message_says_who_where_its_words_do_not(
    title: str, text: str, fields: list[tuple[str, str]]
) -> None:
    event = {"source": "generic", "title": title, "text": text, "status": "info", "severity": "info",
             "actor": "ada", "occurred_at": 0}  # fmt: skip
    (made,) = messages(errand(view="notice", event=event))
    assert made.embed is not None
    assert [(field.name, field.value) for field in made.embed.fields] == fields


@pytest.mark.parametrize(
    ("title", "status", "body"),
    [
        ("Review started", Status.INFO, "About acme/shop#42, of which nothing else was told yet"),
        ("bela reviewed PR #42 in acme/shop", Status.INFO, None),
        ("Add retries", Status.OPEN, "**Open**"),
    ],
)
def test_a_remark_on_a_pull_request_that_nobody_knows_says_which_it_is(
    title: str, status: Status, body: str | None
) -> None:
    facts = ours(topic=Topic.CHANGE, subject="acme/shop#42", title=title, status=status)
    (made,) = messages(errand(view="conversation", conversation=to_mapping(facts), incident=None))
    assert made.embed is not None
    assert made.embed.description == body


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([Status.FAILED], "1 check failed"),
        ([Status.FAILED, Status.RUNNING], "1 of 2 checks failed"),
        ([Status.RUNNING], "0 of 1 check done"),
        ([Status.SUCCEEDED, Status.RUNNING], "1 of 2 checks done"),
        ([Status.SUCCEEDED], "1 check passed"),
        ([Status.SUCCEEDED, Status.SKIPPED], "2 checks passed"),
    ],
)
def test_checks_are_counted_in_words(states: list[Status], said: str) -> None:
    facts = ours(topic=Topic.CHANGE, subject="acme/shop#42", title="PR #42", status=Status.OPEN)
    facts = replace(facts, checks={f"check {n}": Check(status=each) for n, each in enumerate(states)})
    (made,) = messages(errand(view="conversation", conversation=to_mapping(facts), incident=None))
    assert made.embed is not None
    assert made.embed.description == f"**Open** · {said}"
