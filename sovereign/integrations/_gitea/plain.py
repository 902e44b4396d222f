"""What is handed out, and repositories as such: releases, packages, forks, wikis."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._gitea._common import Delivery, Readers
from sovereign.integrations._reading import count, line, link, prose, shown, when, words

RELEASES = {
    "published": ("published", "published {it}"),
    "updated": ("updated", "edited {it}"),
    "deleted": ("deleted", "deleted {it}"),
}
OTHER_RELEASE = ("updated", "changed {it}")
REPOSITORIES = {"created": "repository.created", "deleted": "repository.deleted"}
WIKIS = {"created": "wrote", "edited": "edited", "deleted": "deleted"}
PACKAGES = {"created": ("published", "published"), "deleted": ("deleted", "deleted")}


def release(delivery: Delivery) -> Event:
    found = delivery.body.at("release")
    tag, name = line(found, "tag_name", "name", "id"), line(found, "name")
    if not tag:
        raise BadPayload("$.release.tag_name", "is missing")
    kind, template = RELEASES.get(delivery.action, OTHER_RELEASE)
    did = template.format(it=f"release {tag} of {delivery.place}")
    assets = len(found.list_at("assets"))
    fields = {
        "Tag": tag,
        "From": line(found, "target_commitish"),
        "Pre-release": "yes" if found.flag("prerelease") else "",
        "Draft": "yes" if found.flag("draft") else "",
        "Assets": count(assets, "file") if assets else "",
    }
    event = delivery.event(f"release.{kind}", f"{did}: {name}" if name and name != tag else did)
    return replace(
        event,
        subject=f"{delivery.place} {tag}",
        name=name or tag,
        text=prose(found, "body"),
        url=link(found, "html_url") or event.url,
        fields=shown(fields),
        occurred_at=when(found, "published_at", "created_at"),
        conversation=delivery.thread(f"/releases/{line(found, 'id') or tag}"),
    )


def fork(delivery: Delivery) -> Event:
    """`repository` is the new copy, `forkee` what it is a copy of."""
    forked = line(delivery.body.at("forkee"), "full_name", "name") or "a repository"
    return replace(delivery.event("repository.forked", f"forked {forked} to {delivery.place}"), name=forked)


def repository(delivery: Delivery) -> Event:
    delivery.body.at("repository")
    kind = REPOSITORIES.get(delivery.action, "repository.modified")
    did = words(delivery.action) or "changed"
    event = delivery.event(kind, f"{did} the repository {delivery.place}")
    return replace(event, text=prose(delivery.body, "repository.description"))


def wiki(delivery: Delivery) -> Event:
    page = line(delivery.body, "page") or "without a name"
    did = WIKIS.get(delivery.action, words(delivery.action) or "changed")
    event = delivery.event("wiki.updated", f"{did} the wiki page {page} in {delivery.place}")
    return replace(event, name=page, text=prose(delivery.body, "comment"))


def package(delivery: Delivery) -> Event:
    found = delivery.body.at("package")
    name, version = line(found, "name") or "without a name", line(found, "version")
    kind, did = PACKAGES.get(delivery.action, ("updated", words(delivery.action) or "changed"))
    what = f"{name} {version}".strip()
    return replace(
        delivery.event(f"artifact.{kind}", f"{did} package {what} in {delivery.place}"),
        subject=f"{delivery.place} {what}",
        name=name,
        url=link(found, "html_url") or link(delivery.body, "repository.html_url"),
        fields=shown({"Version": version, "Type": line(found, "type")}),
        occurred_at=when(found, "created_at") if kind == "published" else None,
    )


READERS: Readers = {
    "release": release,
    "fork": fork,
    "repository": repository,
    "wiki": wiki,
    "package": package,
}
KINDS = (
    frozenset(f"release.{kind}" for kind, _ in RELEASES.values())
    | frozenset(REPOSITORIES.values())
    | {"repository.forked", "wiki.updated", "artifact.published", "artifact.deleted"}
)
