"""Who a member is for a cluster: the roles that the configuration names, told apart by their ids."""

from __future__ import annotations

from sovereign.domain.permission import Actor, Grant, Role
from sovereign.services.permissions import Permissions


def grant(role: str) -> Grant:
    return Grant(role=role, capabilities=frozenset({"all"}), environments=frozenset({"all"}))


def test_a_role_that_only_bears_the_name_of_another_gives_no_group() -> None:
    permissions = Permissions([grant("Owner"), grant("DevOps"), grant("DevOps")])
    permissions.bind([Role(id=1, name="Owner"), Role(id=2, name="DevOps"), Role(id=3, name="Guests")])
    held = (Role(id=9, name="Owner"), Role(id=2, name="DevOps"), Role(id=3, name="Guests"))
    mallory = Actor(id=7, name="Mallory", roles=held)
    found = permissions.identity(mallory)
    assert (found.user, found.groups) == ("discord:7", ("sovereign:DevOps",))
