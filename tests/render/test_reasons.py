"""Why a message is here, as it is shown: a reason once for all that share it, and many events as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sovereign.domain.conversations import opened_by
from sovereign.domain.events import Event
from sovereign.render import reasons
from sovereign.services.conversations import Why
from sovereign.store.belonging import Belonging, Reason
from sovereign.store.conversations import Stored

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHANGE = Event(source="github", kind="change.created", subject="acme/shop#42", title="ada opened PR #42")


def event(why: str | None, **more: Any) -> Belonging:
    given: dict[str, Any] = {
        "source": "github",
        "title": "build failed",
        "rule": "the default",
        "earlier": False,
    }
    return Belonging(delivery_id=1, at=NOON, environment=None, why=why, **given | more)


def why(*events: Belonging, ways: tuple[Reason, ...] = ()) -> Why:
    stored = Stored(
        id=3,
        key="k",
        channel="prs",
        facts=opened_by(CHANGE),
        head_id=1,
        channel_id=1,
        message_id=1,
        thread_id=None,
    )
    return Why(conversation=stored, incident=None, events=events, reasons=ways, total=len(events))


def test_a_reason_stands_once_under_the_events_that_share_it() -> None:
    body = reasons.why(why(event("key"), event("key"), event("the commit"))).embed.description or ""
    assert [line for line in body.splitlines() if line.startswith("-#")] == ["-# key", "-# the commit"]


def test_many_events_come_as_a_file_with_a_count_of_the_ways() -> None:
    ways = (Reason(why="key", count=19), Reason(why="rule", count=1))
    answer = reasons.why(why(*(event("key", title=f"event {n}") for n in range(20)), ways=ways))
    assert "The last 6 of 20" in str(answer.embed.description)
    assert answer.embed.fields[0].value == "19x key\n1x rule"
    ((name, text),) = answer.files
    assert (name, len(text.splitlines())) == ("events.txt", 20)


def test_the_channel_is_that_of_the_conversation_and_not_of_what_it_took_in() -> None:
    answer = reasons.why(why(event("a", rule="the default for taskrun.finished", earlier=True), event("b")))
    assert [field.value for field in answer.embed.fields] == ["#prs: the default"]
    assert "told apart at first" in str(answer.embed.description)


def test_words_from_outside_stay_words() -> None:
    told = event("rule X: team=@everyone **now**", title="[click](https://evil.example)")
    body = reasons.why(why(told)).embed.description or ""
    assert "@everyone" not in body
    assert "**now**" not in body
    assert "](https" not in body.replace("\\](https", "")


def test_a_message_whose_events_are_gone_says_so() -> None:
    assert "not kept any more" in str(reasons.why(why()).embed.description)
