"""The webhook itself, the apps that are installed, and what is paid for."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._reading import count, line, link, when
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.plain import Row, kinds_of

INSTALLATION = Row(
    kind="app.updated",
    kinds={"created": "app.installed", "deleted": "app.removed"},
    says="{did} the app {name} on {place}",
    sentences={
        "created": "installed the app {name} on {place}",
        "deleted": "removed the app {name} from {place}",
        "suspend": "suspended the app {name} on {place}",
        "unsuspend": "took up the app {name} on {place} again",
        "new_permissions_accepted": "gave the app {name} new permissions on {place}",
    },
    needs="installation",
    name=("installation.app_slug", "installation.app_id"),
    url=("installation.html_url",),
    at=("installation.updated_at",),
    fields={"Repositories": "installation.repository_selection", "Asked for by": "requester.login"},
)
ROWS: Mapping[str, Row] = {
    "ping": Row(
        kind="ping.received", says="tried the webhook of {place}", text=("zen",), at=("hook.updated_at",)
    ),
    "meta": Row(kind="hook.deleted", says="deleted the webhook of {place}", needs="hook"),
    "installation": INSTALLATION,
    "integration_installation": INSTALLATION,
    "installation_target": Row(
        kind="app.updated",
        says="renamed the account {more} to {place}",
        needs="account",
        more=("changes.login.from", "changes.slug.from"),
    ),
    "marketplace_purchase": Row(
        kind="marketplace.changed",
        says="{did} the marketplace plan {name} for {place}",
        sentences={
            "changed": "changed to the marketplace plan {name} for {place}",
            "pending_change": "will change to the marketplace plan {name} for {place}",
            "pending_change_cancelled": "keeps the marketplace plan {name} for {place}",
        },
        needs="marketplace_purchase",
        name=("marketplace_purchase.plan.name",),
        at=("effective_date",),
    ),
    "sponsorship": Row(
        kind="sponsorship.changed",
        says="changed the sponsorship of {place} ({did})",
        sentences={
            "created": "sponsors {place} with {name}",
            "cancelled": "ended the sponsorship of {place}",
            "pending_cancellation": "will end the sponsorship of {place}",
            "tier_changed": "changed the sponsorship of {place} to {name}",
            "pending_tier_change": "will change the sponsorship of {place}",
        },
        needs="sponsorship",
        name=("sponsorship.tier.name",),
        url=("sponsorship.sponsorable.html_url",),
        fields={"From": "changes.tier.from.name", "Effective": "effective_date"},
    ),
}


def installation_repositories(delivery: Delivery) -> Event:
    body = delivery.body
    app = line(body.at("installation"), "app_slug", "app_id")
    added, removed = body.list_at("repositories_added"), body.list_at("repositories_removed")
    moved = added or removed
    many = count(len(moved), "repository", "repositories")
    did = f"gave the app {app} access to {many}" if added else f"took access to {many} from the app {app}"
    return replace(
        delivery.event("app.updated", f"{did} on {delivery.place}"),
        text="\n".join(name for one in moved if (name := line(one, "full_name", "name"))),
        url=link(body, "installation.html_url"),
        occurred_at=when(body, "installation.updated_at"),
    )


INSTALLATION_REPOSITORIES = ("installation_repositories", "integration_installation_repositories")
"""The name of today, and the one that older servers send."""

READERS: Readers = {
    **{type: row.read for type, row in ROWS.items()},
    **dict.fromkeys(INSTALLATION_REPOSITORIES, installation_repositories),
}
KINDS = kinds_of(ROWS)
