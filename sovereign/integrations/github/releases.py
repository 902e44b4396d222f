"""What is handed out: releases and packages."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._reading import count, line, link, prose, shown, when
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.numbered import OTHER_ACTION, Actions, told, words

RELEASES: Actions = {
    "published": ("published", "published {it}"),
    "unpublished": ("unpublished", "took back {it}"),
    "deleted": ("deleted", "deleted {it}"),
    # GitHub sends these beside `published`, or for a draft that nobody else can see.
    "created": ("updated", "drafted {it}"),
    "edited": ("updated", "edited {it}"),
    "prereleased": ("updated", "marked {it} as a pre-release"),
    "released": ("updated", "marked {it} as a full release"),
}


def release(delivery: Delivery) -> Event:
    found = delivery.body.at("release")
    tag = line(found, "tag_name", "name", "id")
    if not tag:
        raise BadPayload("$.release.tag_name", "is missing")
    name = line(found, "name")
    kind, template = RELEASES.get(delivery.action, OTHER_ACTION)
    did = told(delivery, template, f"release {tag} of {delivery.place}")
    named = f": {name}" if name and name != tag else ""
    assets = len(found.list_at("assets"))
    fields = {
        "Tag": tag,
        "From": line(found, "target_commitish"),
        "Pre-release": "yes" if found.flag("prerelease") else "",
        "Assets": count(assets, "file") if assets else "",
    }
    return replace(
        delivery.event(f"release.{kind}", f"{did}{named}"),
        subject=f"{delivery.place} {tag}",
        name=name or tag,
        text=prose(found, "body"),
        url=link(found, "html_url"),
        fields=shown(fields),
        occurred_at=when(found, "published_at" if kind == "published" else "updated_at", "created_at"),
        conversation=delivery.thread(f"/releases/{line(found, 'id') or tag}"),
    )


def package(delivery: Delivery) -> Event:
    found = delivery.body.at(delivery.type)
    version = found.get("package_version")
    number = line(version, "container_metadata.tag.name", "version", "name")
    name = line(found, "name") or "without a name"
    what = f"{name} {number}".strip()
    published = delivery.action == "published"
    did = "published" if published else words(delivery.action) or "changed"
    fields = {
        "Version": number,
        "Type": line(found, "package_type", "ecosystem").lower(),
        "Digest": line(version, "container_metadata.tag.digest"),
    }
    return replace(
        delivery.event(
            "artifact.published" if published else "artifact.updated",
            f"{did} package {what} in {delivery.place}",
        ),
        subject=f"{delivery.place} {what}",
        name=name,
        url=link(version, "html_url") or link(found, "html_url"),
        fields=shown(fields),
        occurred_at=when(version, "updated_at", "created_at") or when(found, "updated_at", "created_at"),
    )


READERS: Readers = {"release": release, "package": package, "registry_package": package}
KINDS = frozenset(f"release.{kind}" for kind, _ in RELEASES.values()) | {
    "artifact.published",
    "artifact.updated",
}
