"""What pull requests, issues and discussions share: a number, small notes, and comments."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, when
from sovereign.integrations.github._common import Delivery

Actions = Mapping[str, tuple[str, str]]
"""Action → last word of the kind, and what the actor did; `{it}` stands for `PR #42 in acme/shop`."""

COMMON_ACTIONS: Actions = {
    "edited": ("updated", "edited {it}"),
    "assigned": ("assigned", "assigned {whom} to {it}"),
    "unassigned": ("assigned", "unassigned {whom} from {it}"),
    "labeled": ("annotated", "added {label} to {it}"),
    "unlabeled": ("annotated", "removed {label} from {it}"),
    "milestoned": ("annotated", "put {it} into the milestone {milestone}"),
    "demilestoned": ("annotated", "took {it} out of its milestone"),
    "locked": ("annotated", "locked {it}"),
    "unlocked": ("annotated", "unlocked {it}"),
    "pinned": ("annotated", "pinned {it}"),
    "unpinned": ("annotated", "unpinned {it}"),
}
OTHER_ACTION = ("updated", "changed {it} ({did})")


def number_of(thing: Payload) -> str:
    """The number that names a pull request, an issue, a discussion or an alert; BadPayload without one."""
    thing.at("number")
    number = line(thing, "number")
    if not number.isalnum():
        raise BadPayload("$.number", "names nothing")
    return number


def told(delivery: Delivery, template: str, it: str) -> str:
    """What the actor did to `it`, with the names of whom, which label and which milestone filled in."""
    return template.format_map(_Names(delivery, it=it))


class _Names(dict[str, str]):
    """What stands for each name in a template; most templates name nothing but the thing itself."""

    def __init__(self, delivery: Delivery, **known: str) -> None:
        super().__init__(known)
        self._delivery = delivery

    def __missing__(self, name: str) -> str:
        body = self._delivery.body
        if name == "whom":
            return (
                line(body, "assignee.login", "requested_reviewer.login", "requested_team.name") or "somebody"
            )
        if name == "label":
            return f"the label {label}" if (label := line(body, "label.name")) else "a label"
        if name == "milestone":
            return line(body, "milestone.title", "issue.milestone.title", "pull_request.milestone.title")
        if name == "did":
            return words(self._delivery.action) or "changed"
        raise KeyError(name)


def words(action: str) -> str:
    """`added_to_repository` as people write it."""
    return action.replace("_", " ")


def with_comment(about: Event, delivery: Delivery, comment: Payload, it: str) -> Event:
    """`about` is an event of the thing that `comment` belongs to, `it` the thing in words.

    Only a new comment brings its words and its address along: after an edit the thing keeps its own.
    """
    at = when(comment, "updated_at", "created_at") or about.occurred_at
    event = replace(about, status=Status.INFO, occurred_at=at, text="", fields=())
    if delivery.action != "created":
        did = words(delivery.action) or "changed"
        return replace(event, kind="comment.updated", title=f"{delivery.actor} {did} a comment on {it}")
    return replace(
        event,
        kind=about.kind.partition(".")[0] + ".commented",
        title=f"{delivery.actor} commented on {it}",
        text=prose(comment, "body"),
        url=link(comment, "html_url") or about.url,
    )


def labels_of(thing: Payload) -> dict[str, str]:
    """The labels by name; GitHub's labels have no values."""
    return {name: "" for label in thing.list_at("labels") if (name := line(label, "name"))}


def names_of(people: list[Payload]) -> str:
    """The logins of people, or the names of teams, with commas."""
    return ", ".join(name for person in people if (name := line(person, "login", "name")))


def kinds_of(family: str, actions: Actions) -> frozenset[str]:
    """Every kind that this table gives."""
    return frozenset(f"{family}.{word}" for word, _ in (*actions.values(), OTHER_ACTION))
