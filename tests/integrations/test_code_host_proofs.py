"""How the smaller code hosts prove themselves, and what of a secret in a body is kept: nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.errors import BadSignature
from sovereign.core.samples import sample
from sovereign.integrations._source import Inbound, source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "correct horse"
FAMILY = ("gitea", "forgejo", "gogs")

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def inbound(body: bytes, **headers: str) -> Inbound:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Inbound(headers=named, body=body, url="https://example.org/hooks/x", received_at=NOW)


def refused(slug: str, request: Inbound) -> bool:
    try:
        source(slug).scheme.verify(request, [SECRET])
    except BadSignature:
        return True
    return False


def mac(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("slug", FAMILY)
def test_the_signature_covers_the_json_also_where_it_travels_as_a_form(slug: str) -> None:
    told = json.dumps({"ref": "refs/heads/main", "commits": [], "note": "a+b & ü"}).encode()
    form = urlencode({"payload": told}).encode()
    kind = "application/x-www-form-urlencoded"
    header = f"x-{slug}-signature"
    assert not refused(slug, inbound(told, **{header: mac(told)}))
    assert not refused(slug, inbound(told, **{"x-hub-signature-256": f"sha256={mac(told)}"}))
    assert not refused(slug, inbound(form, **{header: mac(told), "content-type": kind}))
    assert refused(slug, inbound(form, **{header: mac(form), "content-type": kind}))
    assert refused(slug, inbound(form, **{header: mac(told)}))


@pytest.mark.parametrize("slug", FAMILY)
def test_the_secret_in_the_body_counts_only_where_nothing_is_signed(slug: str) -> None:
    body = json.dumps({"secret": SECRET, "ref": "refs/heads/main", "commits": []}).encode()
    wrong = json.dumps({"secret": "another", "ref": "refs/heads/main", "commits": []}).encode()
    header = f"x-{slug}-signature"
    assert not refused(slug, inbound(body))
    assert not refused(slug, inbound(body, **{header: "", "x-hub-signature-256": "sha256="}))
    assert refused(slug, inbound(wrong))
    assert refused(slug, inbound(b'{"secret":"","commits":[]}'))
    assert refused(slug, inbound(body, **{header: mac(wrong)}))
    form = urlencode({"payload": body}).encode()
    assert not refused(slug, inbound(form, **{"content-type": "application/x-www-form-urlencoded"}))
    assert not refused(slug, inbound(form, **{"content-type": "Application/X-WWW-Form-URLencoded"}))


@pytest.mark.parametrize("slug", FAMILY)
def test_the_secret_in_the_body_is_not_kept_and_all_else_is(slug: str) -> None:
    sender = source(slug)
    body = b'{"secret": "correct \\"horse\\"", "ref": "refs/heads/main", "n": 9007199254740993}'
    kept = sender.stored(body)
    assert b"horse" not in kept
    assert json.loads(kept) == {"secret": "", "ref": "refs/heads/main", "n": 9007199254740993}
    form = urlencode({"payload": body}).encode()
    assert b"horse" not in sender.stored(form)
    named = {f"x-{slug}-event": "push", "content-type": "application/x-www-form-urlencoded"}
    assert sender.parse(named, sender.stored(form)) == sender.parse(named, form)
    assert sender.stored(b"\xff\x00 no json") == b"\xff\x00 no json"


@given(
    rest=st.dictionaries(st.text(max_size=5), anything, max_size=3),
    secret=st.text(max_size=50),
    plain=st.booleans(),
    form=st.booleans(),
)
def test_whatever_the_secret_is_only_it_is_taken_out(
    rest: dict[str, object], secret: str, plain: bool, form: bool
) -> None:
    body = json.dumps(rest | {"secret": secret}, ensure_ascii=plain).encode(errors="replace")
    given_body = urlencode({"payload": body}).encode() if form else body
    kept = source("gitea").stored(given_body)
    if form:
        kept = parse_qs(kept.decode())["payload"][0].encode()
    assert json.loads(kept) == json.loads(body) | {"secret": ""}


def test_bitbucket_cloud_refuses_what_is_not_signed() -> None:
    body = sample("bitbucket", "pullrequest.created", NOW).body
    assert not refused("bitbucket", inbound(body, **{"x-hub-signature": f"sha256={mac(body)}"}))
    assert refused("bitbucket", inbound(body))
    assert refused("bitbucket", inbound(body, **{"x-hub-signature": mac(body)}))


def test_data_center_takes_a_signature_or_a_password() -> None:
    body = sample("bitbucket_server", "pr.opened", NOW).body
    assert not refused("bitbucket_server", inbound(body, **{"x-hub-signature": f"sha256={mac(body)}"}))
    assert not refused("bitbucket_server", inbound(body, authorization="Basic YWRhOmNvcnJlY3QgaG9yc2U="))
    assert refused("bitbucket_server", inbound(body, authorization="Basic YWRhOndyb25n"))
    assert refused("bitbucket_server", inbound(body))


def of_gitee(sent: datetime, body: bytes = b"{}") -> Inbound:
    time = str(int(sent.timestamp() * 1000))
    made = hmac.digest(SECRET.encode(), f"{time}\n{SECRET}".encode(), "sha256")
    return inbound(body, x_gitee_token=b64encode(made).decode(), x_gitee_timestamp=time)


def test_gitee_signs_the_time_and_holds_for_an_hour() -> None:
    assert not refused("gitee", of_gitee(NOW))
    assert not refused("gitee", of_gitee(NOW - timedelta(minutes=59)))
    for off in (timedelta(minutes=61), timedelta(minutes=-61)):
        assert refused("gitee", of_gitee(NOW - off))
    signed = dict(of_gitee(NOW).headers)
    assert not refused(
        "gitee", inbound(b"{}", **(signed | {"x-gitee-token": quote(signed["x-gitee-token"])}))
    )
    assert refused("gitee", inbound(b"{}", **(signed | {"x-gitee-timestamp": "1772366400001"})))
    assert not refused("gitee", inbound(b"{}", x_gitee_token=SECRET))
    assert refused("gitee", inbound(b"{}", x_gitee_token="wrong"))
    assert refused("gitee", inbound(b'{"password": "correct horse"}'))


def test_what_gitee_sent_at_one_time_never_counts_twice() -> None:
    """Its proof covers no byte of the body, and holds for longer than the same bytes are remembered."""
    name = source("gitee").transmission
    one, other, later = (
        name(request.headers, request.body)
        for request in (of_gitee(NOW), of_gitee(NOW, b"[]"), of_gitee(NOW + timedelta(seconds=1)))
    )
    assert len({one.key, other.key, later.key}) == 3
    assert one.window is None
    assert name({}, b"{}").window is not None


@pytest.mark.parametrize("field", ["password", "sign"])
def test_nothing_of_gitees_secrets_is_kept_of_json_or_of_a_form(field: str) -> None:
    body = json.dumps({"hook_name": "push_hooks", field: SECRET, "ref": "refs/heads/main"}).encode()
    stored = source("gitee").stored
    assert json.loads(stored(body)) == {**json.loads(body), field: ""}
    form = urlencode({"hook": body}).encode()
    assert json.loads(parse_qs(stored(form).decode())["hook"][0]) == {**json.loads(body), field: ""}
    for same in (b"hook=\xff", b"hook", b"hook=%7B%7D", b"", b"[]"):
        assert stored(same) == same


def test_rhodecode_proves_itself_by_its_token_or_a_header_and_no_token_is_kept() -> None:
    body = json.dumps({"token": SECRET, "event": {"name": "repo-push"}}).encode()
    stored = source("rhodecode").stored(body)
    assert not refused("rhodecode", inbound(body))
    assert refused("rhodecode", inbound(stored))
    assert not refused("rhodecode", inbound(stored, authorization="Basic YWRhOmNvcnJlY3QgaG9yc2U="))
    assert refused("rhodecode", inbound(stored, authorization="Basic YWRhOndyb25n"))
    assert json.loads(stored) == {"token": "", "event": {"name": "repo-push"}}
