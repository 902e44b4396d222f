"""What is particular to a tracker: proofs, transmissions, and the life of one ticket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.errors import BadPayload, BadSignature
from sovereign.core.samples import sample
from sovereign.domain.conversations import fold, opened_by
from sovereign.domain.events import Event, Status
from sovereign.integrations._source import Inbound, Options, Source, source
from sovereign.integrations._tickets import MOST_NAMED, Change, Ticket, edit, listed
from sovereign.integrations._xml import from_xml

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "correct horse"

LIVES = {
    "asana": ("task.added", "task.commented", "task.deleted", "task.undeleted"),
    "basecamp": ("todo.created", "comment.created", "todo.completed", "todo.uncompleted"),
    "jira": ("issue.created", "issue.moved", "comment.created", "issue.done", "issue.reopened"),
    "linear": ("issue.create", "issue.started", "comment.create", "issue.done", "issue.reopened"),
    "pivotal": ("story.create", "story.started", "comment.create", "story.accepted", "story.rejected_again"),
    "shortcut": ("story.create", "story.started", "story.commented", "story.done", "story.reopened"),
    "taiga": ("issue.create", "issue.status", "issue.comment", "issue.closed", "issue.reopened"),
    "trello": ("card.created", "card.moved", "card.commented", "card.archived", "card.reopened"),
    "wekan": ("card.created", "card.moved", "card.commented", "card.archived", "card.restored"),
}
"""What happens to one ticket: the last but one closes it, the last opens it again."""


def first_of(slug: str, case: str) -> Event:
    taken = sample(slug, case, NOW)
    return source(slug).parse(taken.headers, taken.body)[0]


def parsed(slug: str, body: object) -> list[Event]:
    return list(source(slug).parse({}, json.dumps(body).encode()))


def key_of(slug: str, body: object) -> tuple[str, str | None]:
    transmission = source(slug).transmission({}, json.dumps(body).encode())
    return transmission.key, transmission.group


def reason(
    sender: Source, headers: Mapping[str, str], body: bytes, *, at: datetime = NOW, url: str = "https://x/"
) -> str:
    """Why a delivery is refused; empty where it is accepted."""
    try:
        sender.scheme.verify(Inbound(headers=headers, body=body, url=url, received_at=at), [SECRET])
    except BadSignature as refusal:
        return refusal.reason
    return ""


@pytest.mark.parametrize("slug", LIVES)
def test_a_ticket_is_one_conversation_which_ends_when_it_is_closed_and_goes_on_when_it_is_reopened(
    slug: str,
) -> None:
    events = [first_of(slug, case) for case in LIVES[slug]]
    assert len({event.conversation for event in events}) == 1
    conversation, states = opened_by(events[0]), []
    for event in events[1:]:
        conversation = fold(conversation, event)
        states.append(conversation.status)
    assert Status.CLOSED not in states[:-2]
    assert states[-2:] == [Status.CLOSED, Status.OPEN]
    assert conversation.text in (events[0].text, events[-1].text), "a comment is not the ticket's own text"


def test_linear_signs_a_body_that_says_when_it_was_sent() -> None:
    linear = source("linear")
    body = b'{"type": "Issue", "webhookTimestamp": %d}' % int(NOW.timestamp() * 1000)
    signed = {"linear-signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}
    assert reason(linear, signed, body) == ""
    for late in (timedelta(seconds=59), timedelta(seconds=-59)):
        assert reason(linear, signed, body, at=NOW + late) == ""
    for late in (timedelta(seconds=61), timedelta(seconds=-61), timedelta(days=400)):
        assert reason(linear, signed, body, at=NOW + late) == "stale_timestamp"
    assert reason(linear, signed, body + b" ") == "wrong_signature"
    assert reason(linear, {}, body) == "missing_signature"


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"nothing", b'{"webhookTimestamp": {}}', b'{"webhookTimestamp": 1e99}']
)
def test_linear_s_signature_is_not_enough_without_a_time(body: bytes) -> None:
    signed = {"linear-signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}
    assert reason(source("linear"), signed, body) == "stale_timestamp"


def test_a_repeat_of_a_linear_request_is_known_by_its_signature_whatever_its_other_headers_say() -> None:
    taken = sample("linear", "issue.create", NOW)
    scheme = source("linear").scheme
    request = Inbound(headers={}, body=taken.body, url="https://x/", received_at=NOW)
    signed = dict(scheme.sign(request, SECRET))
    names = {
        scheme.once(Inbound(headers=signed | more, body=taken.body, url="https://x/", received_at=NOW))
        for more in ({"linear-delivery": "1"}, {"linear-delivery": "2"})
    }
    assert len(names) == 1
    assert None not in names


def test_jira_signs_like_a_hub_or_brings_the_secret_in_its_address() -> None:
    body = sample("jira", "issue.created", NOW).body
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert reason(source("jira"), {"x-hub-signature": signature}, body) == ""
    assert reason(source("jira"), {"x-hub-signature": signature}, body + b" ") == "wrong_signature"
    assert reason(source("jira"), {}, body, url="https://x/hooks/jira?token=correct%20horse") == ""


def test_trello_signs_the_body_and_the_address() -> None:
    body, url = sample("trello", "card.created", NOW).body, "https://ops.example/hooks/trello"
    digest = hmac.new(SECRET.encode(), body + url.encode(), hashlib.sha1).digest()
    signed = {"x-trello-webhook": base64.b64encode(digest).decode()}
    assert reason(source("trello"), signed, body, url=url) == ""
    assert reason(source("trello"), signed, body, url=f"{url}2") == "wrong_signature"


def test_the_same_action_of_trello_is_told_once_whichever_of_two_webhooks_sends_it() -> None:
    body = json.loads(sample("trello", "card.created", NOW).body)
    assert key_of("trello", body) == key_of("trello", body | {"webhook": {"id": "another"}})
    other = body | {"action": body["action"] | {"id": "another"}}
    assert key_of("trello", body) != key_of("trello", other)


def test_wekan_has_no_times_so_a_card_that_goes_there_and_back_is_told_apart_by_its_group() -> None:
    body = json.loads(sample("wekan", "card.moved", NOW).body)
    there, back = key_of("wekan", body), key_of("wekan", body | {"listId": "lIsT1", "oldListId": "lIsT2"})
    assert there[0] != back[0]
    assert there[1] == back[1] is not None
    assert there[1] != key_of("wekan", body | {"cardId": "another"})[1]


def test_figma_s_passcode_lets_it_in_and_is_not_kept() -> None:
    figma, body = source("figma"), b'{"event_type": "PING", "passcode": "correct horse", "webhook_id": "1"}'
    assert reason(figma, {}, body) == ""
    assert reason(figma, {}, body.replace(b"horse", b"mouse")) == "wrong_signature"
    assert SECRET.encode() not in figma.stored(body)
    assert figma.parse({}, figma.stored(body))[0].kind == "ping.received"


def test_a_retry_of_figma_s_is_a_repeat_and_another_part_of_a_publication_is_not() -> None:
    body = json.loads(sample("figma", "library.published", NOW).body)
    assert key_of("figma", body) == key_of("figma", body | {"retries": 2})
    assert key_of("figma", body) != key_of("figma", body | {"created_components": []})
    assert key_of("figma", body) != key_of("figma", body | {"timestamp": "2026-03-01T12:00:01Z"})


def test_asana_s_heartbeat_tells_nothing_and_never_counts_as_the_repeat_of_another() -> None:
    asana = source("asana")
    assert parsed("asana", {"events": []}) == parsed("asana", {}) == []
    assert asana.transmission({}, b'{"events": []}').window is not None
    assert asana.transmission({}, sample("asana", "task.added", NOW).body).window is None


def test_asana_hands_over_its_secret_only_while_the_endpoint_is_open_for_it() -> None:
    asana, asked = source("asana"), {"x-hook-secret": "b537207f20cbfa02357cf448134da559"}
    shut = Inbound(headers=asked, body=b"{}", url="https://x/", received_at=NOW)
    opened = Inbound(
        headers=asked, body=b"{}", url="https://x/", received_at=NOW, options=Options(handshake=True)
    )
    assert asana.greet(shut) is None
    greeting = asana.greet(opened)
    assert greeting is not None
    assert {name.lower(): value for name, value in greeting.headers.items()} == asked
    assert greeting.remember == asked["x-hook-secret"]


XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<activity>
  <id type="integer">99</id>
  <event_type>story_update</event_type>
  <occurred_at type="datetime">2026/03/01 12:00:00 UTC</occurred_at>
  <author>ada</author>
  <project_id type="integer">5</project_id>
  <description>ada accepted &quot;Checkout hangs&quot;</description>
  <stories type="array">
    <story><id type="integer">7</id><current_state>accepted</current_state></story>
  </stories>
</activity>
"""


def test_pivotal_s_old_xml_tells_the_same_as_its_json() -> None:
    (event,) = source("pivotal").parse({"content-type": "application/xml"}, XML)
    assert event.title == "ada accepted story 7 in project 5: Checkout hangs"
    assert (event.kind, event.status, event.occurred_at) == ("ticket.closed", Status.CLOSED, NOW)
    assert event.conversation == "pivotal:story/7"


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><activity>&b;</activity>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><activity/>',
        b"<activity>",
        b"<" + b"a>" * 50,
        b"<a>" * 50 + b"</a>" * 50,
        b'<?xml version="1.0" encoding="nonsense"?><activity/>',
        b"<activity/>",
    ],
)
def test_xml_that_nobody_should_send_is_refused_as_a_bad_body(body: bytes) -> None:
    with pytest.raises(BadPayload):
        source("pivotal").parse({}, body)


def test_elements_of_xml_are_read_by_name_and_arrays_as_lists() -> None:
    read = from_xml(b'<a><b>one</b><c type="array"><d>1</d><d>2</d></c><e/></a>')
    assert read.raw == {"a": {"b": "one", "c": ["1", "2"], "e": ""}}


@given(place=st.integers(0, len(XML) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_damaged_xml_gives_events_or_is_refused_as_such(place: int, byte: int, cut: bool) -> None:
    damaged = XML[:place] + (b"" if cut else bytes([byte])) + XML[place + 1 :]
    with suppress(BadPayload):
        assert source("pivotal").parse({}, damaged)


names = st.text(st.characters(categories=("L", "N", "Zs", "Cc")), min_size=1, max_size=100)
changes = st.lists(
    st.builds(Change, field=names, old=names | st.just(""), new=names | st.just("")), max_size=8
)


@given(changes)
def test_whatever_changed_is_told_in_one_line_with_the_ticket_in_it(found: list[Change]) -> None:
    ticket = Ticket(
        source="jira", id="7", called="bug SHOP-7", subject="SHOP-7", place="Shop", name="Checkout"
    )
    event = ticket.event("updated", edit(ticket.it, found), "ada")
    assert len(event.title.splitlines()) == 1
    assert event.title.startswith("ada ")
    assert "bug SHOP-7 in Shop" in event.title
    assert event.title.endswith(": Checkout")


@pytest.mark.parametrize("count", range(8))
def test_a_list_names_the_first_and_counts_the_rest(count: int) -> None:
    told = listed([f"field {i}" for i in range(count)])
    assert told.count("field") == min(count, MOST_NAMED)
    assert (f"{count - MOST_NAMED} more" in told) == (count > MOST_NAMED)


def test_jira_tells_a_state_of_an_unknown_category_and_name_as_unknown() -> None:
    body = json.loads(sample("jira", "old.commented", NOW).body) | {"comment": None}
    states = []
    for name in ("To Do", "Done", "Somewhere"):
        body["issue"]["fields"]["status"] = {"name": name}
        states += [event.status for event in parsed("jira", body)]
    assert states == [Status.OPEN, Status.CLOSED, Status.UNKNOWN]


@pytest.mark.parametrize(
    ("slug", "case"),
    [
        ("asana", "task.assigned"),
        ("jira", "issue.ranked"),
        ("linear", "issue.reordered"),
        ("pivotal", "story.moved"),
        ("shortcut", "story.reordered"),
        ("trello", "card.reordered"),
    ],
)
def test_a_new_place_in_a_list_and_a_mere_note_are_quiet_and_leave_the_head_message_alone(
    slug: str, case: str
) -> None:
    taken = sample(slug, case, NOW)
    event = source(slug).parse(taken.headers, taken.body)[-1]
    assert event.kind in source(slug).quiet
    before = opened_by(first_of(slug, LIVES[slug][0]))
    assert fold(before, event) == before
