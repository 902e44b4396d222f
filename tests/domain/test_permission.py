"""Who may do what: nothing is allowed that no grant covers, and a refusal names the roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.errors import NotAllowed
from sovereign.domain.permission import Actor, Capability, Grant, Role, allows, bind, require

ROLES = [
    Role(id=number, name=name) for number, name in enumerate(["Owner", "DevOps", "On-Call", "QA"], start=1)
]
names = st.sampled_from([role.name for role in ROLES])
grants = st.lists(
    st.builds(
        Grant,
        role=names,
        capabilities=st.frozensets(st.sampled_from(["all", *Capability]), min_size=1),
        environments=st.frozensets(st.sampled_from(["all", "dev", "prod"]), min_size=1),
    ),
    max_size=5,
)
actors = st.builds(
    Actor, id=st.just(1), name=st.just("ada"), roles=st.lists(st.sampled_from(ROLES)).map(tuple)
)
places = st.sampled_from([None, "dev", "prod"])


@given(grants, actors, st.sampled_from(Capability), places)
def test_a_member_may_what_a_grant_of_one_of_the_roles_covers_and_nothing_else(
    given_grants: list[Grant], actor: Actor, capability: Capability, place: str | None
) -> None:
    bound, unbound = bind(given_grants, ROLES)
    assert not unbound
    held = {role.name for role in actor.roles}
    covered = [
        grant
        for grant in given_grants
        if grant.role in held
        and grant.capabilities & {"all", capability.value}
        and grant.environments & {"all", place}
    ]
    assert allows(bound, actor, capability, place) == bool(covered)
    if not covered:
        with pytest.raises(NotAllowed) as refused:
            require(bound, actor, capability, place)
        for role in {grant.role for grant in given_grants if grant.covers(capability, place)}:
            assert role in refused.value.public


def grant(role: str) -> Grant:
    return Grant(role=role, capabilities=frozenset({"all"}), environments=frozenset({"all"}))


def test_two_roles_of_one_name_grant_nothing() -> None:
    twins = [Role(id=1, name="DevOps"), Role(id=2, name="DevOps")]
    bound, unbound = bind([grant("DevOps")], twins)
    assert not bound
    assert "2 roles are called so" in unbound["DevOps"]


def test_a_role_of_the_same_name_that_comes_later_gains_nothing() -> None:
    bound, _ = bind([grant("DevOps")], [Role(id=1, name="DevOps")])
    later = Actor(id=5, name="eve", roles=(Role(id=99, name="DevOps"),))
    assert not allows(bound, later, Capability.ALERTS_ACKNOWLEDGE, None)


def test_the_refusal_reads_as_a_sentence() -> None:
    bound, _ = bind([grant("DevOps"), grant("On-Call")], ROLES)
    kit = Actor(id=1, name="kit", roles=(Role(id=9, name="Contractors"),))
    with pytest.raises(NotAllowed) as refused:
        require(bound, kit, Capability.ALERTS_ACKNOWLEDGE, "prod")
    assert refused.value.public == (
        "Acknowledging alerts in prod needs one of the roles DevOps or On-Call. You have Contractors."
    )
