"""How the smaller code hosts prove themselves, and what of a secret in a body is kept: nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

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
