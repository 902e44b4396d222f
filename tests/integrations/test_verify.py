"""Each way of proving where a delivery came from, as the senders themselves describe theirs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Inbound, Scheme, source
from sovereign.integrations._timed import SIGNED_WITHIN
from sovereign.integrations._verify import hmac_sha1, hmac_sha256_base64

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = b'{"action": "created", "data": {"share": 1.0, "rate": 0.25, "who": "J\xc3\xb3zsi"}}'
KEY = bytes(range(32))
WHSEC = "whsec_" + base64.b64encode(KEY).decode()


def reason(
    scheme: Scheme,
    headers: Mapping[str, str],
    secrets: Sequence[str],
    *,
    body: bytes = BODY,
    at: datetime = NOW,
) -> str:
    """Why a delivery is refused; empty where it is accepted."""
    inbound = Inbound(headers=headers, body=body, url="https://example.org/x", received_at=at)
    try:
        scheme.verify(inbound, secrets)
    except BadSignature as refusal:
        return refusal.reason
    return ""


def standard(key: bytes, *, name: str = "msg_1", at: datetime = NOW, body: bytes = BODY) -> dict[str, str]:
    time = str(int(at.timestamp()))
    digest = hmac.new(key, f"{name}.{time}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": name, "webhook-timestamp": time, "webhook-signature": signature}


def hexadecimal(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("slug", ["standard_webhooks", "gitlab"])
def test_a_standard_signature_is_accepted_and_covers_id_time_and_body(slug: str) -> None:
    scheme, signed = source(slug).scheme, standard(KEY)
    assert reason(scheme, signed, [WHSEC]) == ""
    assert reason(scheme, signed, ["whsec_" + base64.b64encode(b"another").decode(), WHSEC]) == ""
    assert reason(scheme, signed | {"webhook-id": "msg_2"}, [WHSEC]) == "wrong_signature"
    later = str(int(NOW.timestamp()) + 1)
    assert reason(scheme, signed | {"webhook-timestamp": later}, [WHSEC]) == "wrong_signature"
    assert reason(scheme, signed, [WHSEC], body=BODY + b" ") == "wrong_signature"


def test_any_entry_of_the_list_will_do_while_a_sender_rotates_its_key() -> None:
    scheme, signed = source("standard_webhooks").scheme, standard(KEY)
    others = "v1a,c29tZXRoaW5n v1,bm90IHRoaXMgb25l"
    both = signed | {"webhook-signature": f"{others} {signed['webhook-signature']}"}
    assert reason(scheme, both, [WHSEC]) == ""
    assert reason(scheme, signed | {"webhook-signature": others}, [WHSEC]) == "wrong_signature"


def test_a_key_without_the_prefix_may_be_base64_or_the_text_itself() -> None:
    scheme, secret = source("standard_webhooks").scheme, base64.b64encode(KEY).decode()
    assert reason(scheme, standard(KEY), [secret]) == ""
    assert reason(scheme, standard(secret.encode()), [secret]) == ""
    assert reason(scheme, standard(b"plain words"), ["plain words"]) == ""


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!", ""])
def test_a_key_that_holds_nothing_lets_nobody_in(secret: str) -> None:
    assert reason(source("standard_webhooks").scheme, standard(b""), [secret]) == "wrong_signature"
    assert reason(source("standard_webhooks").scheme, standard(b"whsec_"), [secret]) == "wrong_signature"


def published(private: Ed25519PrivateKey, **more: Any) -> tuple[str, dict[str, str]]:
    """The public key as a sender gives it out, and what it signs with the other half."""
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    headers = standard(b"", **more)
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + BODY
    signature = "v1a," + base64.b64encode(private.sign(text)).decode()
    return "whpk_" + base64.b64encode(public).decode(), headers | {"webhook-signature": signature}


def test_a_sender_may_sign_with_a_private_key_whose_other_half_it_publishes() -> None:
    scheme, (public, signed) = source("standard_webhooks").scheme, published(Ed25519PrivateKey.generate())
    another, _ = published(Ed25519PrivateKey.generate())
    assert reason(scheme, signed, [public]) == ""
    assert reason(scheme, signed, [another, WHSEC, public]) == "", "and while the keys are changed"
    listed = f"v1,bm9uZQ== v1a,bm9uZQ== {signed['webhook-signature']}"
    assert reason(scheme, signed | {"webhook-signature": listed}, [public]) == ""
    assert reason(scheme, signed, [another]) == "wrong_signature"
    assert reason(scheme, signed, [public], body=BODY + b" ") == "wrong_signature"
    for name, other in (("webhook-id", "msg_2"), ("webhook-timestamp", str(int(NOW.timestamp()) + 1))):
        assert reason(scheme, signed | {name: other}, [public]) == "wrong_signature"
    assert reason(scheme, signed, [public], at=NOW + timedelta(hours=1)) == "stale_timestamp"


@pytest.mark.parametrize("change", ["v1,", "v1b,", "v1a,!", "v1a,", ""])
def test_an_entry_of_another_kind_is_no_signature_by_a_published_key(change: str) -> None:
    public, signed = published(Ed25519PrivateKey.generate())
    other = change + signed["webhook-signature"].removeprefix("v1a,")[1 if change == "v1a," else 0 :]
    changed = signed | {"webhook-signature": other}
    assert reason(source("standard_webhooks").scheme, changed, [public]) == "wrong_signature"


@pytest.mark.parametrize("slug", ["standard_webhooks", "gitlab"])
def test_nobody_signs_with_the_text_of_a_key_that_everybody_may_know(slug: str) -> None:
    public, _ = published(Ed25519PrivateKey.generate())
    encoded = public.removeprefix("whpk_")
    for key in (public.encode(), encoded.encode(), base64.b64decode(encoded), b""):
        assert reason(source(slug).scheme, standard(key), [public]) == "wrong_signature"
    short = "whpk_" + base64.b64encode(b"no key").decode()
    for broken in (short, "whpk_", "whpk_!!"):
        assert reason(source(slug).scheme, published(Ed25519PrivateKey.generate())[1], [broken]) != ""


@pytest.mark.parametrize("slug", ["standard_webhooks", "gitlab", "grafana"])
def test_what_was_signed_long_ago_is_refused_as_stale(slug: str) -> None:
    scheme = source(slug).scheme
    inbound = Inbound(headers={}, body=BODY, url="https://example.org/x", received_at=NOW)
    signed = scheme.sign(inbound, WHSEC)
    edge, beyond = SIGNED_WITHIN, SIGNED_WITHIN + timedelta(seconds=1)
    assert reason(scheme, signed, [WHSEC], at=NOW + edge) == ""
    assert reason(scheme, signed, [WHSEC], at=NOW - edge) == ""
    assert reason(scheme, signed, [WHSEC], at=NOW + beyond) == "stale_timestamp"
    assert reason(scheme, signed, [WHSEC], at=NOW - beyond) == "stale_timestamp"


@pytest.mark.parametrize("time", ["", "now", "-1772366400", "1e9", "٣٣٣٣٣٣٣٣٣٣", "9" * 5000])
def test_a_signed_time_that_is_none_is_refused(time: str) -> None:
    digest = hmac.new(KEY, f"msg_1.{time}.".encode() + BODY, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    signed = {"webhook-id": "msg_1", "webhook-timestamp": time, "webhook-signature": signature}
    refusal = reason(source("standard_webhooks").scheme, signed, [WHSEC])
    assert refusal == ("stale_timestamp" if time else "missing_signature")


def test_gitlab_takes_the_token_in_clear_too() -> None:
    scheme = source("gitlab").scheme
    assert reason(scheme, {"x-gitlab-token": "correct horse"}, ["correct horse"]) == ""
    assert reason(scheme, {"x-gitlab-token": "correct horse"}, ["before", "correct horse"]) == ""
    assert reason(scheme, {"x-gitlab-token": "wrong horse"}, ["correct horse"]) == "wrong_signature"
    assert reason(scheme, {}, ["correct horse"]) == "missing_signature"
    assert reason(scheme, standard(KEY) | {"x-gitlab-token": "guess"}, [WHSEC]) == ""


def test_grafana_signs_the_body_or_the_time_and_the_body_or_nothing_but_its_name() -> None:
    scheme, header = source("grafana").scheme, "x-grafana-alerting-signature"
    time = str(int(NOW.timestamp()))
    timed = hexadecimal("horse", f"{time}:".encode() + BODY)
    assert reason(scheme, {header: hexadecimal("horse", BODY)}, ["horse"]) == ""
    for name in ("x-grafana-alerting-signature-timestamp", "x-sent-at"):  # its administrator names the header
        assert reason(scheme, {header: timed, name: time, "x-other": "1000000000"}, ["horse"]) == ""
    assert reason(scheme, {header: timed}, ["horse"]) == "wrong_signature"
    assert reason(scheme, {"authorization": "Bearer horse"}, ["horse"]) == ""
    basic = base64.b64encode(b"grafana:horse").decode()
    assert reason(scheme, {"authorization": f"Basic {basic}"}, ["horse"]) == ""
    assert reason(scheme, {"authorization": "Bearer mule"}, ["horse"]) == "wrong_signature"
    assert reason(scheme, {"authorization": "Digest horse"}, ["horse"]) == "wrong_scheme"
    assert reason(scheme, {}, ["horse"]) == "missing_signature"


def test_sentry_signs_the_raw_body_or_what_javascript_makes_of_it() -> None:
    scheme, header = source("sentry").scheme, "sentry-hook-signature"
    again = '{"action":"created","data":{"share":1,"rate":0.25,"who":"Józsi"}}'.encode()
    assert reason(scheme, {header: hexadecimal("horse", BODY)}, ["horse"]) == ""
    assert reason(scheme, {header: hexadecimal("horse", again)}, ["mule", "horse"]) == ""
    assert reason(scheme, {header: hexadecimal("horse", again)}, ["mule"]) == "wrong_signature"
    changed = BODY.replace(b"created", b"deleted")
    assert reason(scheme, {header: hexadecimal("horse", again)}, ["horse"], body=changed) == "wrong_signature"


@pytest.mark.parametrize(
    "body", [b"", b"not JSON", b"[" * 100_000, b'"\\ud800"', b"1" * 5000, b" " * 2_000_000]
)
def test_a_body_that_cannot_be_written_anew_is_refused_for_its_signature(body: bytes) -> None:
    headers = {"sentry-hook-signature": hexadecimal("horse", b"another")}
    assert reason(source("sentry").scheme, headers, ["horse"], body=body) == "wrong_signature"


def test_every_signature_of_a_sample_secret_is_made_by_the_secrets_own_form() -> None:
    inbound = Inbound(headers={}, body=json.dumps({}).encode(), url="https://example.org/x", received_at=NOW)
    assert set(source("gitlab").scheme.sign(inbound, WHSEC)) == {
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    }
    assert source("gitlab").scheme.sign(inbound, "horse") == {"x-gitlab-token": "horse"}


def test_a_sha1_signature_is_that_of_the_raw_body() -> None:
    proof = hmac.new(b"s3cret", b'{"a": 1}', "sha1").hexdigest()
    inbound = Inbound(headers={"x-s": proof}, body=b'{"a": 1}', url="", received_at=NOW)
    hmac_sha1("x-s").verify(inbound, ["old", "s3cret"])
    with pytest.raises(BadSignature):
        hmac_sha1("x-s").verify(inbound, ["another"])
    with pytest.raises(BadSignature):
        hmac_sha1("x-s", prefix="sha1=").verify(inbound, ["s3cret"])


def test_a_base64_signature_is_no_hexadecimal_one() -> None:
    proof = base64.b64encode(hmac.new(b"s3cret", b"body", "sha256").digest()).decode()
    scheme = hmac_sha256_base64("x-s")
    scheme.verify(Inbound(headers={"x-s": proof}, body=b"body", url="", received_at=NOW), ["s3cret"])
    for wrong in (proof.lower(), hmac.new(b"s3cret", b"body", "sha256").hexdigest()):
        with pytest.raises(BadSignature):
            scheme.verify(Inbound(headers={"x-s": wrong}, body=b"body", url="", received_at=NOW), ["s3cret"])
