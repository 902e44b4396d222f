"""Over all bodies that others have gathered: what holds for every event, whoever sent it."""

from __future__ import annotations

import json
from collections import Counter
from urllib.parse import urlencode

import pytest

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event, Status
from sovereign.integrations._source import source
from tests.integrations.corpus import Body, bodies, check, needed, of, the

pytestmark = needed

SEVERAL = {
    "alertmanager/z.alert.json": 2,
    "bitbucket-cloud/z.push_more_than_one_tag.json": 2,
    "bitbucket-cloud/zulip2020.push_more_than_one_tag.json": 2,
    "pagerduty/z.acknowledge_without_trigger_summary_data.json": 2,
    "shortcut/z.story_update_add_github_multiple_pull_requests_with_comment.json": 2,
    "shortcut/z.story_update_everything_at_once.json": 3,
    "shortcut/z.story_update_everything_at_once_skip_removed_labels.json": 3,
    "updown/z.check_multiple_events.json": 2,
}
"""How many events a body gives that gives more than one."""
NUMBERED_BY_HAND = {
    *("aws_eventbridge", "azuredevops", "basecamp", "freshstatus", "pagerduty", "shortcut", "taiga"),
    *("teamcity", "travis", "trello"),
}
"""Senders some of whose bodies were made of one another: they share its number, or all that counts."""
SAY_NO_PLACE = {
    *("linear/z.comment_remove.json", "pivotal/z.v5_bad_request.json", "taiga/z.webhook_test.json"),
    *("shortcut/z.epic_archive.json", "shortcut/z.epic_update_add_comment.json"),
    *("shortcut/z.epic_update_change_title.json", "shortcut/z.epic_update_remove_description.json"),
    *("shortcut/z.story_delete.json", "shortcut/zulipold.epic_archive.json"),
}
"""Bodies of trackers that name neither project nor board nor workspace."""


def test_the_corpus_is_there_in_full() -> None:
    count = Counter(body.slug for body in bodies())
    assert len(count) >= 72
    assert sum(count.values()) > 870
    assert count["github"] > 250
    assert count["gitlab"] > 80


def test_every_body_is_read() -> None:
    unread: list[str] = []
    for body in bodies():
        try:
            found = len(body.events())
        except BadPayload as refusal:
            unread.append(f"{body.name}: {refusal}")
        except Exception as crash:  # noqa: BLE001 - all of them are to be listed
            unread.append(f"{body.name}: {crash!r}")
        else:
            if found != SEVERAL.get(body.name, 1):
                unread.append(f"{body.name}: {found} events")
    assert not unread, "\n" + "\n".join(unread)


def test_every_kind_is_declared() -> None:
    """A CloudEvent names its own."""
    check(lambda body, event: event.kind in body.source.kinds, but={"cloudevents/ce.structured_pubsub.json"})


def test_a_title_is_one_line() -> None:
    check(lambda _, event: len(event.title.splitlines()) == 1)


def test_no_event_shows_more_than_six_fields() -> None:
    check(lambda _, event: len(event.fields) <= 6)


def test_only_what_fires_or_resolves_is_an_alert() -> None:
    """All of that is, but for weaknesses of code and images: they have no end that somebody waits for."""

    def one(_: Body, event: Event) -> bool:
        ends = event.status in (Status.FIRING, Status.RESOLVED)
        return (event.fingerprint is None) != ends or (
            event.fingerprint is None and event.kind.startswith("vulnerability.")
        )

    check(one)


def test_an_event_of_a_tracker_or_a_cloud_says_of_which_project_or_service() -> None:
    trackers = {"basecamp", "jira", "linear", "pivotal", "shortcut", "taiga", "trello", "wekan"}
    clouds = {"aws_eventbridge", "cloudwatch_raw", "pubsub", "sns"}
    places = {"Topic", "Project", "Subscription", "Group", "Pipeline"}

    def somewhere(body: Body, event: Event) -> bool:
        if body.slug in clouds:
            return bool(event.service or event.repo or places & {name for name, _ in event.fields})
        return bool(event.service) or body.slug not in trackers

    check(somewhere, but=SAY_NO_PLACE)


def test_gits_two_largest_hosts_say_who_did_it() -> None:
    """GitHub always, GitLab wherever there is a project, but for what happens by itself."""
    nobody = {"release", "access_token"}

    def by_somebody(body: Body, event: Event) -> bool:
        if body.slug == "gitlab":
            whole = json.loads(body.raw)
            return bool(event.actor) or "project" not in whole or whole.get("object_kind") in nobody
        return bool(event.actor) or body.slug != "github"

    check(by_somebody)


def test_an_event_of_gitlabs_has_a_repository_or_is_about_a_group_or_the_instance() -> None:
    others = ("group", "storecloud", "gitlab")

    def somewhere(body: Body, event: Event) -> bool:
        named = bool(event.repo) or any(word in event.title.lower() for word in others)
        return named or body.slug != "gitlab"

    check(somewhere)


def test_a_body_gives_the_same_transmission_again_and_another_one_for_another_body() -> None:
    keys: dict[tuple[str, str], Body] = {}
    wrong: list[str] = []
    for body in bodies():
        again, taken = (body.source.transmission(body.headers, body.source.stored(body.raw)) for _ in "12")
        first = keys.setdefault((body.slug, taken.key), body)
        if again != taken or not taken.key:
            wrong.append(f"{body.name}: {taken}, then {again}")
        if first.raw != body.raw and body.slug not in NUMBERED_BY_HAND:
            wrong.append(f"{body.name} and {first.name}: {taken.key}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_no_secret_of_a_body_is_kept() -> None:
    """The hosts that once put it there."""
    kept = {body.name: json.loads(body.source.stored(body.raw)) for body in of("gitea", "forgejo", "gogs")}
    assert [name for name, whole in kept.items() if whole.get("secret")] == []


@pytest.mark.parametrize("slug", ["librato", "papertrail"])
def test_a_body_in_a_form_is_read_as_the_body_alone(slug: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body in of(slug):
        wrapped = urlencode({"payload": body.raw.decode()}).encode()
        assert list(source(slug).parse(form, wrapped)) == body.events(), body.name


def test_a_form_of_traviss_and_the_json_in_it_say_the_same() -> None:
    assert the("travis/form.z.pull_request.form").events() == the("travis/z.pull_request.json").events()


def test_the_forms_in_which_one_alarm_of_amazons_comes_give_the_same() -> None:
    (signed,) = (body for body in of("sns") if "single-metric" in body.name)
    (raw,) = of("cloudwatch_raw")
    (one,), (other,) = signed.events(), raw.events()
    assert (one.title, one.status, one.labels) == (other.title, other.status, other.labels)
