"""That runs of build servers find the change they are about, and none is lost or told twice."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.errors import BadSignature
from sovereign.core.samples import sample
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._builds import Build, event_of, hosted
from sovereign.integrations._source import Inbound, source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA = "a3aa654042513c4fcf913865db9ce6f8f29d7d68"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def events(slug: str, case: str) -> list[Event]:
    taken = sample(slug, case, NOW)
    return list(source(slug).parse(taken.headers, taken.body))


def key(slug: str, case: str, **changed: object) -> str:
    """What names the transmission of a sample in whose build, run or eventData these values stand."""
    taken = sample(slug, case, NOW)
    body = json.loads(taken.body)
    body[{"appveyor": "eventData"}.get(slug, "build")].update(changed)
    return source(slug).transmission(taken.headers, json.dumps(body).encode()).key


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/acme/shop", ("github", "acme/shop")),
        ("https://github.com/acme/shop.git", ("github", "acme/shop")),
        ("https://ada:word@github.com/acme/shop.git", ("github", "acme/shop")),
        ("git@github.com:acme/shop.git", ("github", "acme/shop")),
        ("ssh://git@gitlab.acme.example:2222/acme/web/shop.git", ("gitlab", "acme/web/shop")),
        ("https://bitbucket.org/acme/shop/commits/1", ("bitbucket", "acme/shop")),
        ("https://git.acme.example/acme/shop", ("", "acme/shop")),
        ("/srv/git/shop.git", ("", "")),
        ("https://github.com/acme", ("", "")),
        ("", ("", "")),
    ],
)
def test_an_address_of_a_repository_tells_host_and_name(address: str, expected: tuple[str, str]) -> None:
    assert hosted(address) == expected


@given(st.text(max_size=60))
def test_no_address_is_too_odd_to_be_looked_at(address: str) -> None:
    host, path = hosted(address)
    assert not host or path


@pytest.mark.parametrize(
    ("address", "pull", "conversation", "aliases"),
    [
        ("https://github.com/acme/shop", "", f"github:acme/shop@{SHA}", ()),
        ("https://github.com/acme/shop", "42", "github:acme/shop#42", (f"github:acme/shop@{SHA}",)),
        ("https://gitlab.com/acme/shop", "42", "gitlab:acme/shop!42", (f"gitlab:acme/shop@{SHA}",)),
        ("https://bitbucket.org/acme/shop", "", f"bitbucket:acme/shop@{SHA[:12]}", ()),
    ],
)
def test_a_run_goes_by_the_name_that_the_code_host_gives_its_change(
    address: str, pull: str, conversation: str, aliases: tuple[str, ...]
) -> None:
    build = Build(
        source="jenkins", name="shop", id="1", status=Status.FAILED, address=address, sha=SHA, pull=pull
    )
    event = event_of(build)
    assert (event.conversation, event.aliases, event.check) == (conversation, aliases, "shop")


@pytest.mark.parametrize(
    ("slug", "case", "host"),
    [
        ("github", "pull_request.opened", "github.com"),
        ("gitlab", "merge_request.open", "gitlab.example"),
        ("bitbucket", "pullrequest.created", "bitbucket.org"),
    ],
)
def test_a_run_on_the_head_of_a_change_is_found_under_the_names_of_the_change(
    slug: str, case: str, host: str
) -> None:
    change = events(slug, case)[0]
    sha = change.aliases[0].rpartition("@")[2].ljust(40, "0")  # Bitbucket tells no more than 12 digits
    address = f"git@{host}:{change.repo}.git"
    run = event_of(Build(source="jenkins", name="shop", status=Status.FAILED, address=address, sha=sha))
    assert run.conversation in change.aliases


def test_the_trial_of_a_merge_is_not_taken_for_the_head_of_the_change() -> None:
    build = Build(
        source="jenkins",
        name="shop",
        status=Status.FAILED,
        address="https://github.com/acme/shop",
        sha=SHA,
        head=False,
        pull="42",
    )
    assert event_of(build).aliases == ()


def test_a_run_of_an_unknown_repository_has_a_conversation_of_its_own() -> None:
    new, finished = events("buildbot", "new")[0], events("buildbot", "finished")[0]
    assert new.conversation == finished.conversation
    assert new.check is None


def test_a_broken_default_branch_is_worse_than_a_broken_change() -> None:
    assert events("buildkite", "build.failed")[0].severity is Severity.MEDIUM
    assert events("semaphore", "failed_pull_request")[0].severity is Severity.LOW


@pytest.mark.parametrize(
    ("slug", "case", "path"),
    [
        ("jenkins", "failed", ("build", "status")),
        ("circleci", "workflow.failed", ("workflow", "status")),
        ("travis", "failed", ("state",)),
        ("buildkite", "build.failed", ("build", "state")),
        ("teamcity", "broken", ("build", "buildResult")),
        ("semaphore", "passed", ("pipeline", "result")),
        ("gocd", "stage.failed", ("data", "pipeline", "stage", "state")),
        ("buildbot", "finished", ("results",)),
        ("codeship", "error", ("build", "status")),
    ],
)
def test_a_word_that_nobody_knows_neither_passes_nor_fails(
    slug: str, case: str, path: tuple[str, ...]
) -> None:
    taken = sample(slug, case, NOW)
    body = json.loads(taken.body)
    node = body
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = "wobbling"
    (event,) = source(slug).parse(taken.headers, json.dumps(body).encode())
    assert (event.status, event.kind in source(slug).kinds) == (Status.UNKNOWN, True)


def test_jenkins_tells_one_end_once_and_another_end_again() -> None:
    completed = key("jenkins", "failed", phase="COMPLETED", timestamp=1)
    assert key("jenkins", "failed", phase="FINALIZED", timestamp=2) == completed
    assert key("jenkins", "failed", phase="FINALIZED", status="SUCCESS") != completed
    assert key("jenkins", "failed", phase="STARTED") != completed
    assert key("jenkins", "failed", queue_id=9) != completed


def test_the_status_beside_a_start_is_that_of_the_run_before() -> None:
    assert events("jenkins", "started")[0].status is Status.RUNNING


def test_a_repeated_delivery_of_circleci_and_heroku_is_known_by_its_number() -> None:
    for slug, case in (("circleci", "workflow.failed"), ("heroku", "release.failed")):
        taken, other = sample(slug, case, NOW), sample(slug, case, NOW + timedelta(hours=3))
        first = source(slug).transmission({}, taken.body)
        assert first == source(slug).transmission({}, other.body)
        assert first.window is None


def test_a_change_that_is_closed_twice_is_told_twice() -> None:
    harness = source("harness_code")
    closed, reopened = (
        sample("harness_code", f"pullreq_{word}", NOW).body for word in ("closed", "reopened")
    )
    group = harness.transmission({}, closed).group
    assert group
    assert group == harness.transmission({}, reopened).group
    assert group != harness.transmission({}, sample("harness_code", "branch_created", NOW).body).group


def test_travis_and_heroku_are_read_from_forms() -> None:
    taken = sample("travis", "failed", NOW)
    form = urlencode({"payload": taken.body.decode()}).encode()
    assert source("travis").parse(FORM, form) == source("travis").parse({}, taken.body)
    hook = {
        "app": "acme-shop",
        "user": "ada@example.com",
        "head": SHA[:7],
        "release": "v9",
        "git_log": "  * Ada",
    }
    (event,) = source("heroku").parse(FORM, urlencode(hook).encode())
    assert (event.kind, event.title) == ("service.deployed", "ada@example.com released acme-shop v9")


def refusal(headers: dict[str, str], secret: str, *, at: datetime = NOW, body: bytes = b"{}") -> str:
    inbound = Inbound(headers=headers, body=body, url="https://example.org/x", received_at=at)
    try:
        source("buildkite").scheme.verify(inbound, [secret])
    except BadSignature as refused:
        return refused.reason
    return ""


def test_buildkite_signs_time_and_body_and_both_count() -> None:
    time = str(int(NOW.timestamp()))
    signature = hmac.new(b"correct horse", f"{time}.{{}}".encode(), hashlib.sha256).hexdigest()
    signed = {"x-buildkite-signature": f"timestamp={time}, signature={signature}"}
    assert refusal(signed, "correct horse") == ""
    assert refusal(signed, "another") == "wrong_signature"
    assert refusal(signed, "correct horse", body=b"[]") == "wrong_signature"
    assert refusal(signed, "correct horse", at=NOW + timedelta(minutes=6)) == "stale_timestamp"
    later = {"x-buildkite-signature": f"timestamp={int(time) + 1},signature={signature}"}
    assert refusal(later, "correct horse") == "wrong_signature"
    assert refusal({"x-buildkite-signature": signature}, "correct horse") == "wrong_scheme"
    assert refusal({"x-buildkite-token": "correct horse"}, "correct horse") == ""
    assert refusal({}, "correct horse") == "missing_signature"


@pytest.mark.parametrize("prefix", ["", "sha256="])
def test_semaphore_may_write_its_signature_either_way(prefix: str) -> None:
    signature = hmac.new(b"correct horse", b"{}", hashlib.sha256).hexdigest()
    headers = {"x-semaphore-signature-256": prefix + signature}
    inbound = Inbound(headers=headers, body=b"{}", url="https://example.org/x", received_at=NOW)
    source("semaphore").scheme.verify(inbound, ["correct horse"])


def test_circleci_is_believed_for_its_own_version_of_signature_alone() -> None:
    signature = hmac.new(b"correct horse", b"{}", hashlib.sha256).hexdigest()
    verify = source("circleci").scheme.verify
    inbound = Inbound(
        headers={"circleci-signature": f"v2={'0' * 64},v1={signature}"},
        body=b"{}",
        url="https://example.org/x",
        received_at=NOW,
    )
    verify(inbound, ["correct horse"])
    with pytest.raises(BadSignature):
        verify(inbound, ["another"])
