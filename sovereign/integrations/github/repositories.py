"""Repositories as such: their life, their rules, what is built from them, who likes them."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.integrations.github._common import Readers
from sovereign.integrations.github.plain import Row, kinds_of

POLICY = "policy.changed"

ROWS: Mapping[str, Row] = {
    "repository": Row(
        kind="repository.modified",
        kinds={"created": "repository.created", "deleted": "repository.deleted"},
        says="{did} the repository {place}",
        sentences={
            "edited": "changed the settings of {place}",
            "renamed": "renamed the repository {more} to {place}",
            "transferred": "transferred {place} from {more}",
            "publicized": "made {place} public",
            "privatized": "made {place} private",
        },
        needs="repository",
        more=(
            "changes.repository.name.from",
            "changes.owner.from.user.login",
            "changes.owner.from.organization.login",
        ),
        text=("repository.description",),
        at=("repository.updated_at",),
        fields={"Visibility": "repository.visibility", "Default branch": "repository.default_branch"},
    ),
    "public": Row(kind="repository.modified", says="made {place} public", needs="repository"),
    "repository_import": Row(
        kind="repository.imported",
        says="imported {place} (result: {more})",
        needs="repository",
        more=("status",),
        status=("status",),
    ),
    "repository_dispatch": Row(
        kind="dispatch.requested",
        says="sent the dispatch {name} to {place}",
        name=("action",),
        fields={"Branch": "branch"},
    ),
    "repository_ruleset": Row(
        kind=POLICY,
        says="{did} the ruleset {name} of {place}",
        needs="repository_ruleset",
        name=("repository_ruleset.name",),
        url=("repository_ruleset._links.html.href",),
        at=("repository_ruleset.updated_at", "repository_ruleset.created_at"),
        fields={"Enforcement": "repository_ruleset.enforcement", "Target": "repository_ruleset.target"},
    ),
    "branch_protection_rule": Row(
        kind=POLICY,
        says="{did} the branch protection rule {name} of {place}",
        needs="rule",
        name=("rule.name",),
        at=("rule.updated_at", "rule.created_at"),
    ),
    "branch_protection_configuration": Row(kind=POLICY, says="{did} all branch protections of {place}"),
    "custom_property": Row(
        kind=POLICY,
        says="{did} the custom property {name} of {place}",
        needs="definition",
        name=("definition.property_name",),
        text=("definition.description",),
    ),
    "custom_property_values": Row(kind=POLICY, says="changed the custom properties of {place}"),
    "security_and_analysis": Row(kind=POLICY, says="changed the security settings of {place}"),
    "secret_scanning_scan": Row(
        kind="vulnerability.scanned",
        says="{did} a secret scan ({more}) of {place}",
        more=("type",),
        at=("completed_at",),
    ),
    "workflow_dispatch": Row(
        kind="dispatch.requested",
        says="started the workflow {name} of {place} on {more}",
        name=("workflow",),
        more=("ref",),
    ),
    "page_build": Row(
        kind="page.built",
        says="built the pages of {place}",
        needs="build",
        text=("build.error.message",),
        at=("build.updated_at",),
        status=("build.status",),
    ),
    "star": Row(
        kind="repository.starred",
        says="starred {place}",
        sentences={"deleted": "took back the star of {place}"},
        at=("starred_at",),
    ),
    "watch": Row(kind="repository.starred", says="starred {place}"),
    "fork": Row(
        kind="repository.forked",
        says="forked {place} to {name}",
        needs="forkee",
        name=("forkee.full_name",),
        url=("forkee.html_url",),
        at=("forkee.created_at",),
    ),
}
READERS: Readers = {type: row.read for type, row in ROWS.items()}
KINDS = kinds_of(ROWS)
