"""People and what they may do: members, teams, organisations, keys and tokens."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.integrations.github._common import Readers
from sovereign.integrations.github.plain import Row, kinds_of

ACCESS = "access.changed"
ACCESS_REQUEST = "personal_access_token_request"

ROWS: Mapping[str, Row] = {
    "member": Row(
        kind="member.updated",
        kinds={"added": "member.added", "removed": "member.removed"},
        says="changed the rights of {name} in {place}",
        sentences={"added": "added {name} to {place}", "removed": "removed {name} from {place}"},
        needs="repository",
        name=("member.login",),
        nameless="somebody",
        fields={"Permission": "changes.permission.to"},
    ),
    "membership": Row(
        kind="member.updated",
        kinds={"added": "member.added", "removed": "member.removed"},
        says="{did} {name} in the team {more} of {place}",
        sentences={
            "added": "added {name} to the team {more} of {place}",
            "removed": "removed {name} from the team {more} of {place}",
        },
        needs="organization",
        name=("member.login",),
        nameless="somebody",
        more=("team.name",),
        url=("team.html_url",),
    ),
    "organization": Row(
        kind="organization.changed",
        kinds={
            "member_added": "member.added",
            "member_removed": "member.removed",
            "member_invited": "member.invited",
        },
        says="{did} the organisation {place}",
        sentences={
            "member_added": "added {name} to {place}",
            "member_removed": "removed {name} from {place}",
            "member_invited": "invited {name} to {place}",
            "renamed": "renamed the organisation {more} to {place}",
        },
        needs="organization",
        name=("membership.user.login", "user.login", "invitation.login", "invitation.email"),
        nameless="somebody",
        more=("changes.login.from",),
        fields={"Role": "membership.role", "Invited as": "invitation.role"},
    ),
    "org_block": Row(
        kind=ACCESS,
        says="{did} {name} in {place}",
        needs="organization",
        name=("blocked_user.login",),
        nameless="somebody",
    ),
    "team": Row(
        kind="team.updated",
        kinds={"created": "team.created", "deleted": "team.deleted"},
        says="{did} the team {name} in {place}",
        sentences={
            "added_to_repository": "gave the team {name} access to {place}",
            "removed_from_repository": "ended the access of the team {name} to {place}",
        },
        needs="team",
        name=("team.name",),
        text=("team.description",),
        url=("team.html_url",),
        fields={"Privacy": "team.privacy", "Permission": "team.permission"},
    ),
    "team_add": Row(
        kind="team.updated",
        says="gave the team {name} access to {place}",
        needs="team",
        name=("team.name",),
        text=("team.description",),
        url=("team.html_url",),
        fields={"Permission": "team.permission"},
    ),
    "user": Row(
        kind="member.updated",
        kinds={"created": "member.added", "deleted": "member.removed"},
        says="{did} the account {name} on {place}",
        needs="user",
        name=("user.login",),
        url=("user.html_url",),
    ),
    "deploy_key": Row(
        kind=ACCESS,
        says="{did} the deploy key {name} of {place}",
        needs="key",
        name=("key.title",),
        at=("key.created_at",),
        fields={"Read only": "key.read_only"},
    ),
    ACCESS_REQUEST: Row(
        kind=ACCESS,
        says="{did} the request for an access token {name} in {place}",
        sentences={"created": "asks for an access token {name} in {place}"},
        needs=ACCESS_REQUEST,
        name=(f"{ACCESS_REQUEST}.token_name",),
        at=(f"{ACCESS_REQUEST}.created_at",),
        fields={
            "Owner": f"{ACCESS_REQUEST}.owner.login",
            "Repositories": f"{ACCESS_REQUEST}.repository_selection",
        },
    ),
    "github_app_authorization": Row(kind=ACCESS, says="{did} the authorisation of the app for {place}"),
}
READERS: Readers = {type: row.read for type, row in ROWS.items()}
KINDS = kinds_of(ROWS)
