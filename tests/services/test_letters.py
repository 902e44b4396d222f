"""Letters that never arrived: who may look, who may have them sent again; asking twice does no harm."""

from __future__ import annotations

import json

import pytest

from sovereign.core.errors import NotAllowed, NotFound
from sovereign.domain.permission import Actor, Capability, Grant, Role
from sovereign.services import letters as service
from sovereign.services.letters import Letters
from sovereign.services.permissions import Permissions
from sovereign.store import audit
from sovereign.store import letters as store
from sovereign.store.database import Database
from sovereign.store.forwarding import Owed
from sovereign.store.letters import Sought
from tests.services.conftest import Works
from tests.services.test_forwarding import Office, Target, office, target

__all__ = ["office", "target"]
ROLES = (Role(id=1, name="Ops"), Role(id=2, name="Guests"))
OPERATOR = Actor(id=7, name="ada", roles=ROLES[:1])
GUEST = Actor(id=8, name="kit", roles=ROLES[1:])


def letters_of(office: Office) -> Letters:
    permissions = Permissions(
        [Grant(role="Ops", capabilities=frozenset({"all"}), environments=frozenset({"all"}))]
    )
    permissions.bind(ROLES)
    return Letters(office.database, permissions, office.forwarding.targets, office.forwarding.wake)


async def given_up(office: Office, title: str = "lost") -> int:
    """The number of an event that its target has refused for good."""
    office.target.answers = [410]
    await office.happens(title)
    await office.until_settled()
    (one,) = await office.database.read(lambda tx: store.listed(tx, Sought(state="dead"), 10))
    return one.number


async def test_a_dead_letter_is_sent_again_under_its_own_id_and_audited(office: Office) -> None:
    number, it = await given_up(office), letters_of(office)
    (listed,) = await it.listed(OPERATOR, Sought(target="audit"))
    assert (listed.title, listed.state, listed.problem) == ("lost", "dead", "it answers 410")
    assert (await it.show(OPERATOR, number)).event == json.loads(office.target.got[0][1])
    again = await it.retry(OPERATOR, number)
    assert ([one.target for one in again.letters], list(again.unknown)) == (["audit"], [])
    assert await office.until_settled() == Owed()
    assert [headers["webhook-id"] for headers, _ in office.target.got] == [f"evt_{number}"] * 2
    rows = await office.works.rows("SELECT actor_name, action, subject, result FROM audit")
    assert rows == [
        {
            "actor_name": "ada",
            "action": "forwards.retry",
            "subject": f"letter {number} to audit",
            "result": "done",
        }
    ]
    with pytest.raises(NotFound, match="that any target lacks"):  # it has arrived
        await it.retry(OPERATOR, number)


async def test_asking_twice_sends_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    number, it = await given_up(office), letters_of(office)
    monkeypatch.setattr(office.forwarding, "_start", lambda crew: None)
    first = await it.retry(OPERATOR, number)
    second = await it.retry(OPERATOR, number)
    assert [one.state for one in (*first.letters, *second.letters)] == ["dead", "waiting"]
    monkeypatch.undo()
    await office.until_settled()
    assert len(office.target.got) == 2


async def test_without_the_capability_nothing_is_shown_or_sent_and_the_attempt_is_kept(
    office: Office,
) -> None:
    number, it = await given_up(office), letters_of(office)
    for attempt in (it.listed(GUEST, Sought()), it.show(GUEST, number), it.retry(GUEST, number)):
        with pytest.raises(NotAllowed, match="needs the role Ops"):
            await attempt
    assert await it.suggestions(GUEST, "") == []
    assert [one.number for one in await it.suggestions(OPERATOR, "aud")] == [number]
    (row,) = await office.works.rows("SELECT actor_name, result FROM audit")
    assert row == {"actor_name": "kit", "result": "refused"}
    assert len(office.target.got) == 1
    assert Capability.FORWARDS_RETRY.deed


async def test_the_shell_sends_all_dead_letters_of_a_target_and_none_where_one_is_unknown(
    office: Office, database: Database, works: Works, target: Target
) -> None:
    number = await given_up(office)
    with pytest.raises(NotFound):
        await database.write(
            lambda tx: service.retry_from_shell(tx, [number, 5], None, "root", ["audit", "other"])
        )
    assert (await office.forwarding.owed()).dead == 1
    assert (
        await database.write(lambda tx: service.retry_from_shell(tx, [], "other", "root", ["audit", "other"]))
        == []
    )
    assert (
        len(
            await database.write(
                lambda tx: service.retry_from_shell(tx, [], "audit", "root", ["audit", "other"])
            )
        )
        == 1
    )
    office.forwarding.wake()
    await office.until_settled()
    assert len(target.got) == 2
    (record,) = await database.read(lambda tx: audit.search(tx, audit.Sought(action="forwards.retry"), 5))
    assert record.entry.actor is not None
    assert (record.entry.actor.name, record.entry.details) == ("root", "from the command line")


async def test_a_target_that_there_is_not_is_told_with_those_that_there_are(office: Office) -> None:
    number, it = await given_up(office), letters_of(office)
    with pytest.raises(NotFound, match=r"There is no target 'adit'\. There are: audit\."):
        await it.listed(OPERATOR, Sought(target="adit"))
    with pytest.raises(NotFound, match="There is no target 'adit'"):
        await it.retry(OPERATOR, number, "adit")
