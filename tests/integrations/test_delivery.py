"""What is subtle in the senders that check, keep and deliver code: proofs, transmissions, states."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from sovereign.core.errors import BadSignature
from sovereign.core.samples import sample
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._source import Inbound, all_sources, source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://sovereign.example/hooks/rundeck?job=7"
BODY = b'{"share": 1.0, "who": "J\xc3\xb3zsi", "newIssues": []}'

NUMBERED = sorted(
    slug for slug, one in all_sources().items() if one.delivery_header and slug != "cloudevents"
)
"""An event of CloudEvents is named by its source as well."""
NEEDED: Mapping[str, dict[str, object]] = {
    "falco": {"rule": "A shell was started", "priority": "Critical", "output": "in shop"},
    "pubsub": {"message": {"messageId": "7", "data": ""}, "subscription": "here"},
    "sns": {"Type": "Notification", "Message": "x"},
}
"""What a body must say before its number counts."""


def reason(slug: str, headers: Mapping[str, str], secret: str, *, body: bytes = BODY, url: str = URL) -> str:
    """Why a delivery is refused; empty where it is accepted."""
    inbound = Inbound(headers=headers, body=body, url=url, received_at=NOW)
    try:
        source(slug).scheme.verify(inbound, [secret])
    except BadSignature as refusal:
        return refusal.reason
    return ""


def told(slug: str, case: str, **changed: object) -> list[Event]:
    """The events of a sample, with some of its top-level fields changed."""
    taken = sample(slug, case, NOW)
    body = json.dumps(json.loads(taken.body) | changed).encode()
    return list(source(slug).parse(taken.headers, body))


def test_rundeck_signs_address_trigger_and_execution_but_not_the_body() -> None:
    text = f"{URL}success42key"
    headers = {
        "x-rundeck-notification-trigger": "success",
        "x-rundeck-notification-execution-id": "42",
        "x-rundeck-notification-sha256-digest": hashlib.sha256(text.encode()).hexdigest(),
    }
    assert reason("rundeck", headers, "key") == ""
    assert reason("rundeck", headers, "key", body=b"another") == ""
    assert reason("rundeck", headers, "key", url=URL + "8") == "wrong_signature"
    assert reason("rundeck", headers | {"x-rundeck-notification-trigger": "failure"}, "key")
    assert reason("rundeck", {name: headers[name] for name in list(headers)[1:]}, "key")
    password = base64.b64encode(b"rundeck:key").decode()
    assert reason("rundeck", {"authorization": f"Basic {password}"}, "key") == ""


def test_review_board_signs_with_sha1() -> None:
    signature = "sha1=" + hmac.new(b"key", BODY, hashlib.sha1).hexdigest()
    assert reason("reviewboard", {"x-hub-signature": signature}, "key") == ""
    assert reason("reviewboard", {"x-hub-signature": signature}, "key", body=BODY + b" ") == "wrong_signature"
    assert reason("reviewboard", {"x-hub-signature": signature.removeprefix("sha1=")}, "key")


@pytest.mark.parametrize(
    "signed", [BODY, '{"share":1,"who":"Józsi","newIssues":[]}'.encode()], ids=["raw", "stringified"]
)
def test_snyk_signs_the_bytes_or_what_javascript_makes_of_them(signed: bytes) -> None:
    signature = "sha256=" + hmac.new(b"key", signed, hashlib.sha256).hexdigest()
    assert reason("snyk", {"x-hub-signature": signature}, "key") == ""
    assert reason("snyk", {"x-hub-signature": signature}, "another") == "wrong_signature"
    assert reason("snyk", {"x-hub-signature": signature}, "key", body=b"{}") == "wrong_signature"


@pytest.mark.parametrize(
    ("slug", "header", "prefix"),
    [
        ("sonarqube", "x-sonar-webhook-hmac-sha256", ""),
        ("codacy", "x-codacy-signature", "sha256="),
        ("flux", "x-signature", "sha256="),
        ("sentry", "sentry-hook-signature", ""),
    ],
)
def test_a_signature_or_else_the_secret_itself_will_do(slug: str, header: str, prefix: str) -> None:
    signature = prefix + hmac.new(b"key", BODY, hashlib.sha256).hexdigest()
    assert reason(slug, {header: signature}, "key") == ""
    assert reason(slug, {header: signature}, "key", body=BODY + b" ") == "wrong_signature"
    assert reason(slug, {"authorization": "Bearer key"}, "key") == ""
    assert reason(slug, {}, "key", url="https://sovereign.example/hooks/x?token=key") == ""
    assert reason(slug, {}, "key") == "missing_signature"


@pytest.mark.parametrize(
    ("slug", "cases"),
    [
        ("argocd", ("health.degraded", "health.healthy")),
        ("flux", ("kustomization.failed", "kustomization.succeeded")),
        ("rundeck", ("started", "failed")),
        ("ansibletower", ("job.running", "job.failed")),
        ("harbor", ("artifact.pushed", "scan.vulnerable")),
        ("reviewboard", ("review_request_published", "review_request_closed.submitted")),
        ("snyk", ("project_snapshot.new", "project_snapshot.removed")),
        ("argocd", ("sync.running", "sync.succeeded")),
        ("sonarqube", ("gate.failed", "gate.passed")),
    ],
)
def test_what_is_said_of_one_thing_is_one_conversation(slug: str, cases: tuple[str, str]) -> None:
    (before,), (after,) = (told(slug, case) for case in cases)
    assert before.conversation
    assert before.conversation == after.conversation
    assert before.fingerprint == after.fingerprint


@pytest.mark.parametrize(
    ("slug", "case", "changed"),
    [
        ("dockerhub", "pushed", {"callback_url": "https://registry.hub.docker.com/another/"}),
        ("falco", "critical", {"output": "in other words"}),
        ("docker_registry", "push", {"sent": "again"}),
        ("harbor", "artifact.deleted", {"requestid": "another"}),
        ("rundeck", "failed", {"retried": True}),
    ],
)
def test_a_transmission_is_known_by_what_the_sender_numbers(
    slug: str, case: str, changed: dict[str, object]
) -> None:
    taken, named = sample(slug, case, NOW), source(slug).transmission
    again = json.dumps(json.loads(taken.body) | changed).encode()
    assert named(taken.headers, taken.body).key == named(taken.headers, again).key


@pytest.mark.parametrize("slug", NUMBERED)
def test_numbers_that_differ_at_their_ends_alone_are_two(slug: str) -> None:
    sender = source(slug)
    header, long = str(sender.delivery_header), "n" * 300
    keys = [
        sender.transmission({header: number}, b"{}").key for number in (long + "1", long + "2", "n", long)
    ]
    assert len(set(keys)) == 4
    assert keys[2] == "id:n", "a short one is kept as it is"
    assert max(map(len, keys)) < 300


@pytest.mark.parametrize(
    ("slug", "paths"),
    [
        ("aws_eventbridge", ["id"]),
        ("falco", ["uuid"]),
        ("harbor", ["id"]),
        ("pagerduty", ["messages", 0, "id"]),
        ("pubsub", ["message", "messageId"]),
        ("pubsub", ["subscription"]),
        ("sns", ["MessageId"]),
    ],
)
def test_numbers_in_a_body_that_differ_at_their_ends_alone_are_two(slug: str, paths: list[str | int]) -> None:
    def named(number: str) -> str:
        found: object = number
        for step in reversed(paths):
            found = {step: found} if isinstance(step, str) else [found]
        assert isinstance(found, dict)
        whole = NEEDED.get(slug, {}) | found
        return source(slug).transmission({}, json.dumps(whole).encode()).key

    long = "n" * 300
    assert named(long + "1") != named(long + "2")
    assert named(long) == named(long)
    assert not named(long).startswith("body:")


def test_the_same_gate_again_after_another_verdict_is_no_repeat() -> None:
    failed, passed = (sample("sonarqube", case, NOW) for case in ("gate.failed", "gate.passed"))
    named = source("sonarqube").transmission
    groups = {named(taken.headers, taken.body).group for taken in (failed, passed)}
    assert len(groups) == 1
    assert None not in groups


@pytest.mark.parametrize(
    ("slug", "case", "changed"),
    [
        ("ansibletower", "job.running", {"status": "levitating"}),
        ("codacy", "branch.failure", {"status": "levitating"}),
        ("codeclimate", "pull_request.pending", {"state": "levitating"}),
        ("falco", "critical", {"priority": "levitating"}),
        ("sonarqube", "analysis.failed", {"status": "levitating"}),
    ],
)
def test_a_word_that_nobody_knows_is_unknown_and_fires_nothing(
    slug: str, case: str, changed: dict[str, object]
) -> None:
    (event,) = told(slug, case, **changed)
    assert event.status is Status.UNKNOWN
    assert event.fingerprint is None


def test_snyk_is_silent_about_what_somebody_ignores() -> None:
    (taken,) = told("snyk", "project_snapshot.new")
    assert "TINYROUTE-1000003" not in taken.text
    issues = json.loads(sample("snyk", "project_snapshot.new", NOW).body)["newIssues"]
    (event,) = told("snyk", "project_snapshot.new", newIssues=[one for one in issues if one["isIgnored"]])
    assert event.kind in source("snyk").quiet


def test_snyk_tells_what_is_gone_before_what_is_new() -> None:
    new = json.loads(sample("snyk", "project_snapshot.new", NOW).body)["newIssues"]
    ended, found = told("snyk", "project_snapshot.removed", newIssues=new)
    assert (ended.kind, found.kind) == ("vulnerability.resolved", "vulnerability.detected")
    assert found.severity is Severity.CRITICAL


def test_an_application_that_synced_and_is_ill_is_ill() -> None:
    taken = json.loads(sample("argocd", "sync.succeeded", NOW).body)
    taken["app"]["status"]["health"] = {"status": "Degraded"}
    (event,) = told("argocd", "sync.succeeded", app=taken["app"])
    assert event.status is Status.FIRING


def test_a_review_board_form_is_read_like_json() -> None:
    taken = sample("reviewboard", "review_published.ship_it", NOW)
    form = urlencode({"payload": taken.body.decode()}).encode()
    headers = {**taken.headers, "content-type": "application/x-www-form-urlencoded"}
    (event,) = source("reviewboard").parse(headers, form)
    assert event.status is Status.APPROVED


def test_a_commit_that_codacy_names_by_its_page_finds_its_pull_request() -> None:
    (event,) = told("codacy", "commit.analysed")
    assert event.repo == "acme/shop"
    assert event.conversation == "github:acme/shop@5e1f0c2a9b7d4e6f8a1b3c5d7e9f0a2b4c6d8e0f"
