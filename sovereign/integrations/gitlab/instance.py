"""People, projects and groups as such, as the hooks of groups and of the instance tell of them."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.integrations.gitlab.plain import Row, kinds, readers

PERSON = ("user_username", "user_name", "username", "name")
"""Whom an instance's or a group's hook speaks of. Who did it, those hooks do not say."""

OLD_PATH = "old_path_with_namespace"
ASKED = "{name} asks for access to {place}"
DENIED = "{name} was denied access to {place}"
CHANGED = "{name} has other rights in {place}"


def _person(kind: str, says: str, more: tuple[str, ...] = (), **fields: str) -> Row:
    return Row(kind=kind, says=says, needs="event_name", name=PERSON, more=more, told_of=True, fields=fields)


def _project(kind: str, says: str, more: tuple[str, ...] = ()) -> Row:
    needs = "path_with_namespace"
    return Row(
        kind=kind,
        says=says,
        needs=needs,
        more=more,
        told_of=True,
        fields={"Visibility": "project_visibility"},
    )


def _group(kind: str, says: str, more: tuple[str, ...] = ()) -> Row:
    return Row(kind=kind, says=says, needs="event_name", name=("name",), more=more, told_of=True)


ROWS: Mapping[str, Row] = {
    "user_add_to_team": _person("member.added", "{name} was added to {place}", Role="access_level"),
    "user_update_for_team": _person("member.updated", CHANGED, Role="access_level"),
    "user_remove_from_team": _person("member.removed", "{name} was removed from {place}"),
    "user_add_to_group": _person("member.added", "{name} was added to {place}", Role="group_access"),
    "user_update_for_group": _person("member.updated", CHANGED, Role="group_access"),
    "user_remove_from_group": _person("member.removed", "{name} was removed from {place}"),
    "user_access_request_to_group": _person("member.requested", ASKED),
    "user_access_request_denied_for_group": _person("member.requested", DENIED),
    "user_access_request_to_project": _person("member.requested", ASKED),
    "user_access_request_denied_for_project": _person("member.requested", DENIED),
    "user_create": _person("access.changed", "the user {name} was created in {place}"),
    "user_destroy": _person("access.changed", "the user {name} was deleted from {place}"),
    "user_rename": _person("access.changed", "the user {more} is called {name} now", ("old_username",)),
    "user_failed_login": _person("access.changed", "a login as {name} failed ({more})", ("state",)),
    "key_create": _person("access.changed", "a key of {name} was added to {place}"),
    "key_destroy": _person("access.changed", "a key of {name} was removed from {place}"),
    "project_create": _project("repository.created", "project {place} was created"),
    "project_destroy": _project("repository.deleted", "project {place} was deleted"),
    "project_rename": _project("repository.modified", "project {more} was renamed to {place}", (OLD_PATH,)),
    "project_transfer": _project("repository.modified", "project {more} was moved to {place}", (OLD_PATH,)),
    "project_update": _project("repository.modified", "project {place} was changed"),
    "group_create": _group("group.changed", "group {place} was created"),
    "group_destroy": _group("group.changed", "group {place} was deleted"),
    "group_rename": _group(
        "group.changed", "group {more} was renamed to {place}", ("old_full_path", "old_path")
    ),
    "subgroup_create": _group("group.changed", "subgroup {place} was created"),
    "subgroup_destroy": _group("group.changed", "subgroup {place} was deleted"),
}
READERS = readers(ROWS)
KINDS = kinds(ROWS)
