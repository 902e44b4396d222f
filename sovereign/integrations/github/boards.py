"""What work is sorted by and written down in: labels, milestones, projects, the wiki."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._reading import count, line, link
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.plain import Row, kinds_of

ROWS: Mapping[str, Row] = {
    "label": Row(
        kind="label.changed",
        says="{did} the label {name} in {place}",
        needs="label",
        name=("label.name",),
        text=("label.description",),
    ),
    "milestone": Row(
        kind="milestone.changed",
        says="{did} the milestone {name} in {place}",
        needs="milestone",
        name=("milestone.title",),
        text=("milestone.description",),
        url=("milestone.html_url",),
        at=("milestone.updated_at",),
        fields={
            "Due": "milestone.due_on",
            "Open": "milestone.open_issues",
            "Closed": "milestone.closed_issues",
        },
    ),
    "project": Row(
        kind="project.changed",
        says="{did} the project {name} in {place}",
        needs="project",
        name=("project.name",),
        text=("project.body",),
        url=("project.html_url",),
        at=("project.updated_at",),
    ),
    "projects_v2": Row(
        kind="project.changed",
        says="{did} the project {name} in {place}",
        needs="projects_v2",
        name=("projects_v2.title",),
        text=("projects_v2.short_description", "projects_v2.description"),
        at=("projects_v2.updated_at",),
    ),
    "projects_v2_status_update": Row(
        kind="project.changed",
        says="{did} a status update ({more}) of a project in {place}",
        needs="projects_v2_status_update",
        more=("projects_v2_status_update.status",),
        text=("projects_v2_status_update.body",),
        at=("projects_v2_status_update.updated_at",),
    ),
    "project_column": Row(
        kind="project.item_changed",
        says="{did} the project column {name} in {place}",
        needs="project_column",
        name=("project_column.name",),
        at=("project_column.updated_at",),
    ),
    "project_card": Row(
        kind="project.item_changed",
        says="{did} a project card in {place}",
        needs="project_card",
        text=("project_card.note",),
        at=("project_card.updated_at",),
    ),
    "projects_v2_item": Row(
        kind="project.item_changed",
        says="{did} a project item ({more}) in {place}",
        needs="projects_v2_item",
        more=("projects_v2_item.content_type",),
        at=("projects_v2_item.updated_at",),
    ),
}


def wiki(delivery: Delivery) -> Event:
    pages = delivery.body.at("pages")
    edits = [(line(page, "action") or "changed", line(page, "title", "page_name")) for page in pages.each()]
    did = (
        "{} the wiki page {}".format(*edits[0])
        if len(edits) == 1
        else f"changed {count(len(edits), 'wiki page')}"
    )
    return replace(
        delivery.event("wiki.updated", f"{did} in {delivery.place}"),
        text="\n".join(f"{name} ({action})" for action, name in edits) if len(edits) > 1 else "",
        url=next((url for page in pages.each() if (url := link(page, "html_url"))), None),
    )


READERS: Readers = {**{type: row.read for type, row in ROWS.items()}, "gollum": wiki}
KINDS = kinds_of(ROWS) | {"wiki.updated"}
