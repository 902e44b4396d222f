"""Proofs that are more than a signed body: public keys, secrets inside bodies, signed addresses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import quote, quote_plus, urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.errors import BadSignature, Unavailable
from sovereign.integrations._authorization import basic, bearer
from sovereign.integrations._inside import passcode_in_body, without
from sovereign.integrations._keys import TRAVIS, travis_signature
from sovereign.integrations._source import Inbound, Options, Scheme, source
from sovereign.integrations._timed import slack
from sovereign.integrations._verify import any_of, hmac_sha1_of_body_and_url, static_secret
from sovereign.integrations.pubsub._token import GOOGLE, TOKEN
from sovereign.integrations.sns._signature import SIGNATURE, SIGNED, confirmation

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://hooks.acme.example/hooks/x"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alarms"
CERTIFICATE = f"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{'0' * 32}.pem"
ACCOUNT, AUDIENCE = "push@acme-prod.iam.gserviceaccount.com", "sovereign"


def reason(scheme: Scheme, inbound: Inbound, *secrets: str) -> str:
    """Why it is refused; empty where it is accepted."""
    try:
        scheme.keys(inbound)
        scheme.verify(inbound, secrets)
    except BadSignature as refusal:
        return refusal.reason
    return ""


def coming(body: bytes = b"{}", headers: Mapping[str, str] = {}, **more: object) -> Inbound:
    return replace(Inbound(headers=headers, body=body, url=URL, received_at=NOW), **more)  # type: ignore[arg-type]


@cache
def key(number: int) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(number: int = 0, starts: datetime = NOW - timedelta(days=1)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key(number).public_key(),
        serial_number=1,
        not_valid_before=starts,
        not_valid_after=starts + timedelta(days=30),
    )
    return made.sign(key(number), SHA256()).public_bytes(Encoding.PEM)


def sns(version: str = "2", **more: str) -> dict[str, str]:
    """A message as SNS signs it, by the rules of its guide."""
    parts = {
        "Message": "Disk full\non shop",
        "MessageId": "m-1",
        "Subject": "ALARM",
        "Timestamp": "2026-03-01T12:00:00.000Z",
        "TopicArn": TOPIC,
        "Type": "Notification",
        **more,
    }
    if parts["Type"] != "Notification":
        del parts["Subject"]
    text = "".join(f"{name}\n{parts[name]}\n" for name in sorted(parts)).encode()
    signature = key(0).sign(text, PKCS1v15(), SHA256() if version == "2" else SHA1())
    return parts | {
        "SignatureVersion": version,
        "Signature": base64.b64encode(signature).decode(),
        "SigningCertURL": CERTIFICATE,
    }


def from_sns(message: Mapping[str, object], *topics: str, pem: bytes | None = None) -> Inbound:
    options = Options(topics=frozenset(topics or (TOPIC,)))
    keys = {CERTIFICATE: pem or certificate()}
    return coming(json.dumps(message).encode(), options=options, keys=keys)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_message_that_sns_signs_for_a_named_topic_is_accepted(version: str) -> None:
    inbound = from_sns(sns(version))
    assert SIGNATURE.keys(inbound) == (CERTIFICATE,)
    assert reason(SIGNATURE, inbound) == ""
    assert reason(source("sns").scheme, inbound) == "", "and it needs no secret"
    assert not source("sns").scheme.secret(inbound.options)


@pytest.mark.parametrize(
    "change",
    [{"Message": "Disk full"}, {"MessageId": "m-2"}, {"Subject": "OK"}, {"Timestamp": "2026-03-01T12:00:01Z"},
     {"Type": "SubscriptionConfirmation"}, {"TopicArn": TOPIC + "2"}, {"SignatureVersion": "1"},
     {"SignatureVersion": "3"}, {"Signature": "eHg="}, {"Signature": "no base64"}, {"Signature": ""},
     {"Subject": 5}, {"Subject": None}, {"TopicArn": [TOPIC]},
     {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem"}],
    ids=str,
)  # fmt: skip
def test_any_change_of_what_sns_signs_is_refused(change: dict[str, object]) -> None:
    assert reason(SIGNATURE, from_sns(sns() | change, TOPIC, TOPIC + "2"))


@given(part=st.sampled_from(SIGNED["Notification"]), place=st.integers(0, 100), mask=st.integers(1, 127))
def test_no_letter_of_what_sns_signs_may_be_another(part: str, place: int, mask: int) -> None:
    message = sns()
    letters = list(message[part])
    letters[place % len(letters)] = chr(ord(letters[place % len(letters)]) ^ mask)
    assert reason(SIGNATURE, from_sns(message | {part: "".join(letters)}))


def test_nothing_that_was_not_signed_may_stand_where_a_subject_was_not() -> None:
    unsigned = {name: value for name, value in sns().items() if name != "Subject"}
    text = "".join(f"{name}\n{unsigned[name]}\n" for name in sorted(unsigned) if name[:4] != "Sign").encode()
    unsigned["Signature"] = base64.b64encode(key(0).sign(text, PKCS1v15(), SHA256())).decode()
    assert reason(SIGNATURE, from_sns(unsigned)) == ""
    assert reason(SIGNATURE, from_sns(unsigned | {"Subject": "forged"})) == "wrong_signature"
    assert reason(SIGNATURE, from_sns({**unsigned, "Subject": 5})) == "wrong_signature"
    forged = {**unsigned, "Records": [{"Sns": {"Message": "forged"}}], "MessageAttributes": {"x": 1}}
    raw = {"x-amz-sns-rawdelivery": "true", "x-amz-sns-message-id": "another"}
    body = json.dumps(forged).encode()
    assert reason(SIGNATURE, from_sns(forged)) == ""
    (event,) = source("sns").parse(raw, body)
    assert "forged" not in event.title + event.text
    assert source("sns").transmission(raw, body).key == "id:m-1"


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com:444/SimpleNotificationService-0.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0.pem",
        "https://bucket.s3.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com/../x/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem?x",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem\n",
        "",
    ],
)
def test_a_certificate_on_any_other_site_is_not_asked_for(url: str) -> None:
    with pytest.raises(BadSignature):
        SIGNATURE.keys(from_sns(sns() | {"SigningCertURL": url}))


def test_a_topic_that_nobody_named_is_refused_before_anything_is_fetched() -> None:
    with pytest.raises(BadSignature):
        SIGNATURE.keys(from_sns(sns(), TOPIC + "-other"))
    with pytest.raises(BadSignature):
        SIGNATURE.keys(coming(json.dumps(sns()).encode()))


def test_the_certificate_must_be_the_signers_and_valid_now() -> None:
    assert reason(SIGNATURE, from_sns(sns(), pem=certificate(1))) == "wrong_signature"
    for starts in (NOW - timedelta(days=60), NOW + timedelta(days=1)):
        assert reason(SIGNATURE, from_sns(sns(), pem=certificate(0, starts))) == "wrong_signature"
    with pytest.raises(Unavailable):
        SIGNATURE.verify(from_sns(sns(), pem=b"no certificate"), [])


def test_a_subscription_is_confirmed_at_the_region_of_a_named_topic_wherever_the_body_points() -> None:
    asked = sns(Type="SubscriptionConfirmation", Token="t+1", SubscribeURL="https://evil.example/?x")
    visited = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    assert confirmation(from_sns(asked)) == f"{visited}&TopicArn={TOPIC}&Token=t%2B1"
    assert confirmation(from_sns(asked, "arn:aws:sns:eu-west-1:111122223333:other")) is None
    assert confirmation(from_sns(sns())) is None
    assert confirmation(coming(b"[]", options=Options(topics=frozenset({TOPIC})))) is None


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def token(header: Mapping[str, object] = {}, signer: int = 0, **changed: object) -> str:
    claims = {
        "aud": AUDIENCE,
        "email": ACCOUNT,
        "email_verified": True,
        "iss": "https://accounts.google.com",
        "iat": int(NOW.timestamp()) - 10,
        "exp": int(NOW.timestamp()) + 3600,
        **changed,
    }
    whole = {"alg": "RS256", "kid": "k0", "typ": "JWT", **header}
    text = ".".join(encoded(json.dumps(part).encode()) for part in (whole, claims))
    return f"{text}.{encoded(key(signer).sign(text.encode(), PKCS1v15(), SHA256()))}"


def from_pubsub(jwt: str, *, account: str = ACCOUNT, audience: str = AUDIENCE) -> Inbound:
    numbers = key(0).public_key().public_numbers()
    modulus, exponent = numbers.n.to_bytes(256, "big"), numbers.e.to_bytes(3, "big")
    jwks = {"keys": [{"kty": "RSA", "kid": "k0", "n": encoded(modulus), "e": encoded(exponent)}]}
    given = Options(service_account=account, audience=audience)
    headers = {"authorization": f"Bearer {jwt}"}
    return coming(headers=headers, options=given, keys={GOOGLE: json.dumps(jwks).encode()})


def test_a_token_of_the_named_account_for_us_is_accepted() -> None:
    inbound = from_pubsub(token())
    assert TOKEN.keys(inbound) == (GOOGLE,)
    assert reason(TOKEN, inbound) == ""
    assert reason(source("pubsub").scheme, inbound) == ""
    assert not source("pubsub").scheme.secret(inbound.options)


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"aud": "another"}, "wrong_signature"), ({"email": "x@evil.example"}, "wrong_signature"),
     ({"email_verified": False}, "wrong_signature"), ({"iss": "https://evil.example"}, "wrong_signature"),
     ({"exp": int(NOW.timestamp()) - 120}, "stale_timestamp"),
     ({"iat": int(NOW.timestamp()) + 120}, "stale_timestamp"),
     ({"exp": "never"}, "wrong_scheme"), ({"aud": [AUDIENCE]}, "wrong_scheme"),
     ({"email": None}, "wrong_signature"), ({"header": {"kid": "k1"}}, "wrong_signature"),
     ({"header": {"alg": "none"}}, "wrong_signature"), ({"header": {"alg": "HS256"}}, "wrong_signature"),
     ({"signer": 1}, "wrong_signature")],
    ids=str,
)  # fmt: skip
def test_a_token_that_says_anything_else_is_refused(changed: dict[str, object], why: str) -> None:
    assert reason(TOKEN, from_pubsub(token(**changed))) == why  # type: ignore[arg-type]


def test_without_an_account_and_an_audience_no_token_proves_anything() -> None:
    assert reason(TOKEN, from_pubsub(token(email=""), account="")) == "missing_signature"
    assert reason(TOKEN, from_pubsub(token(aud=""), audience="")) == "missing_signature"


@given(place=st.integers(0, 10_000), mask=st.integers(1, 255))
def test_no_byte_of_a_token_may_be_another(place: int, mask: int) -> None:
    right = token()
    damaged = bytearray(right.encode())
    damaged[place % len(damaged)] ^= mask
    given = damaged.decode("latin-1")
    if given.partition(".")[0] == right.partition(".")[0] and _same_token(given, right):
        return  # the last letter of base64 has bits that count for nothing
    assert reason(TOKEN, from_pubsub(given))


def _same_token(one: str, other: str) -> bool:
    try:
        return (
            all(
                base64.b64decode(a + "==", b"-_", validate=True)
                == base64.b64decode(b + "==", b"-_", validate=True)
                for a, b in zip(one.split("."), other.split("."), strict=True)
            )
            and one.rpartition(".")[0] == other.rpartition(".")[0]
        )
    except ValueError:
        return False


PAYLOAD = json.dumps({"number": "7", "repository": {"name": "shop", "owner_name": "Acme"}, "note": "é +&"})


def from_travis(body: bytes, *, repos: Sequence[str] = ("acme/*",), number: int = 0) -> Inbound:
    signature = key(0).sign(PAYLOAD.encode(), PKCS1v15(), SHA1())
    pem = key(number).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    page = {"config": {"notifications": {"webhook": {"public_key": pem}}}}
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "signature": base64.b64encode(signature).decode(),
    }
    keys = {TRAVIS: json.dumps(page).encode()}
    return coming(body, headers, options=Options(repos=tuple(repos)), keys=keys)


def test_travis_signs_the_payload_of_the_form_and_counts_for_named_repositories_only() -> None:
    scheme, body = travis_signature(), urlencode({"payload": PAYLOAD}).encode()
    assert scheme.keys(from_travis(body)) == (TRAVIS,)
    assert reason(scheme, from_travis(body)) == ""
    assert reason(scheme, from_travis(body, repos=["acme/pay*"])) == "wrong_signature"
    assert reason(scheme, from_travis(body, repos=[])) == "wrong_signature"
    assert reason(scheme, from_travis(body, number=1)) == "wrong_signature"
    changed = urlencode({"payload": PAYLOAD.replace('"7"', '"8"')}).encode()
    assert reason(scheme, from_travis(changed)) == "wrong_signature"
    assert (
        reason(scheme, from_travis(urlencode({"payload": "{}"}).encode() + b"&" + body)) == "wrong_signature"
    )
    assert reason(scheme, from_travis(PAYLOAD.encode())) == "wrong_signature"
    with pytest.raises(Unavailable):
        scheme.verify(replace(from_travis(body), keys={TRAVIS: b"{}"}), [])


def trello(body: bytes, url: str, secret: str = "horse") -> str:
    return base64.b64encode(hmac.new(secret.encode(), body + url.encode(), hashlib.sha1).digest()).decode()


@given(place=st.integers(0, 1000), mask=st.integers(1, 255))
def test_no_byte_of_what_travis_signs_may_be_another(place: int, mask: int) -> None:
    damaged = bytearray(PAYLOAD.encode())
    damaged[place % len(damaged)] ^= mask
    assert reason(travis_signature(), from_travis(urlencode({"payload": bytes(damaged)}).encode()))


@given(body=st.binary(max_size=60), place=st.integers(0, 100), mask=st.integers(1, 255))
def test_a_signature_over_body_and_address_covers_every_byte_of_both(
    body: bytes, place: int, mask: int
) -> None:
    scheme, header = hmac_sha1_of_body_and_url("x-trello-webhook"), "x-trello-webhook"
    signed = coming(body, {header: trello(body, URL)})
    assert reason(scheme, signed, "mule", "horse") == ""
    damaged = bytearray(body + b"x")
    damaged[place % len(damaged)] ^= mask
    assert reason(scheme, replace(signed, body=bytes(damaged)), "horse") == "wrong_signature"
    assert reason(scheme, replace(signed, url=URL + "?again=1"), "horse") == "wrong_signature"
    assert reason(scheme, replace(signed, url=URL.replace("/x", "/y")), "horse") == "wrong_signature"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"passcode": "horse", "event_type": "PING"}', ""),
        (b'{"event_type": "PING", "passcode" : "h\\u006frse"}', ""),
        (b'{"passcode": "mule"}', "wrong_signature"),
        (b'{"passcode": ""}', "wrong_signature"),
        (b'{"passcode": 5}', "missing_signature"),
        (b'{"passcode": "hors', "missing_signature"),
        (b'{"text": "\\"passcode\\": \\"horse\\""}', "missing_signature"),
        (b'{"passcode": "\\ud800"}', "wrong_signature"),
        (b"\xff" * 100, "missing_signature"),
        (b'"passcode"' * 100_000, "missing_signature"),
        (b'"passcode":"\\' * 100_000, "wrong_signature"),
        (b'"passcode":"' + b"x" * 5_000_000, "missing_signature"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_secret_inside_the_body_is_found_without_reading_the_rest(body: bytes, why: str) -> None:
    assert reason(passcode_in_body("passcode"), coming(body), "mule-before", "horse") == why
    assert reason(passcode_in_body("passcode"), coming(body), "") != ""


@given(secret=st.text(max_size=40), others=st.dictionaries(st.text(max_size=5), st.integers() | st.text()))
def test_what_is_kept_of_a_body_is_the_body_without_its_secret(
    secret: str, others: dict[str, object]
) -> None:
    body = {**others, "passcode": secret, "big": 2**60, "nested": {"passcode": secret}}
    kept = json.loads(without("passcode")(json.dumps(body).encode()))
    assert kept == {**others, "passcode": "", "big": 2**60, "nested": {"passcode": ""}}


def test_a_body_without_a_secret_is_kept_byte_for_byte() -> None:
    body = b'{ "a":1, "a":2, "text": "\\"passcode\\": \\"x\\"", "n": 12345678901234567890 }'
    assert without("passcode")(body) == body


def test_authorization_is_basic_or_bearer_as_the_endpoint_wants_it() -> None:
    def given(kind: str, value: str) -> Inbound:
        coded = base64.b64encode(value.encode()).decode() if kind == "Basic" else value
        return coming(headers={"authorization": f"{kind} {coded}"})

    assert reason(basic(), given("Basic", "anybody:horse"), "horse") == ""
    assert reason(basic(), given("Basic", "ada:horse"), "ada:horse") == ""
    assert reason(basic(), given("Basic", "bela:horse"), "ada:horse") == "wrong_signature"
    assert reason(basic(), given("Bearer", "horse"), "horse") == "wrong_scheme"
    assert reason(basic(), coming(headers={"authorization": "Basic é"}), "horse") == "wrong_scheme"
    assert reason(bearer(), given("bearer", "horse"), "mule", "horse") == ""
    assert reason(bearer(), given("Basic", "x:horse"), "horse") == "wrong_scheme"
    assert reason(bearer(), coming(), "horse") == "missing_signature"
    for scheme in (basic(), bearer()):
        assert reason(scheme, coming(headers=scheme.sign(coming(), "horse")), "horse") == ""
        assert reason(scheme, coming(headers=scheme.sign(coming(), "")), "") == "wrong_signature"


ODD_SECRET = "a+b/c==%41 wörter:ß"


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_a_password_may_have_any_letters_in_either_charset(charset: str) -> None:
    both = base64.b64encode(f"anybody:{ODD_SECRET}".encode(charset)).decode()
    sent = coming(headers={"authorization": f"Basic {both}"})
    for scheme in (basic(), static_secret()):
        assert reason(scheme, sent, ODD_SECRET) == ""
        assert reason(scheme, sent, ODD_SECRET + "s") == "wrong_signature"


@pytest.mark.parametrize(
    "written", [quote(ODD_SECRET, safe=""), quote_plus(ODD_SECRET), quote(ODD_SECRET, safe="+/=")]
)
def test_a_secret_in_the_address_may_stand_there_as_people_paste_it(written: str) -> None:
    sent = coming(url=f"{URL}?a=b&token={written}")
    assert reason(static_secret(), sent, ODD_SECRET) == ""
    assert reason(static_secret(), sent, ODD_SECRET + "s") == "wrong_signature"
    assert reason(static_secret(), coming(url=f"{URL}?token=no&token={written}"), ODD_SECRET) != ""


def test_slack_signs_version_time_and_body() -> None:
    time, body = str(int(NOW.timestamp())), b'{"type": "event_callback"}'
    mac = hmac.new(b"horse", b"v0:" + time.encode() + b":" + body, hashlib.sha256).hexdigest()
    signed = coming(body, {"x-slack-request-timestamp": time, "x-slack-signature": f"v0={mac}"})
    assert reason(slack(), signed, "horse") == ""
    assert reason(slack(), replace(signed, body=body + b" "), "horse") == "wrong_signature"
    assert (
        reason(slack(), replace(signed, received_at=NOW + timedelta(minutes=6)), "horse") == "stale_timestamp"
    )
    assert slack().once(signed) == f"v0={mac}"
    assert any_of(static_secret(), slack()).once(signed) == f"v0={mac}"
    assert any_of(static_secret(), slack()).once(coming()) is None


def jws(claims: object, header: object = {"alg": "HS256"}, secret: str = "right") -> str:
    text = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{encoded(hmac.digest(secret.encode(), text.encode(), 'sha256'))}"


BODY = b'{"state": "ready"}'
CLAIMS = {"iss": "netlify", "sha256": hashlib.sha256(BODY).hexdigest()}


def netlify(token: str) -> Inbound:
    return Inbound(headers={"x-webhook-signature": token}, body=BODY, url=URL, received_at=NOW)


def test_netlify_signs_the_hash_of_the_body_in_a_web_signature() -> None:
    source("netlify").scheme.verify(netlify(jws(CLAIMS)), ["before", "right"])


@pytest.mark.parametrize(
    "token",
    [
        jws(CLAIMS, secret="wrong"),
        jws(CLAIMS, {"alg": "none"}),
        jws(CLAIMS, {"alg": "none"}).rpartition(".")[0] + ".",
        jws(CLAIMS, {"alg": "HS512"}),
        jws(CLAIMS | {"iss": "somebody"}),
        jws(CLAIMS | {"sha256": hashlib.sha256(b"another").hexdigest()}),
        jws({"iss": "netlify"}),
        jws([]),
        jws(CLAIMS, ["HS256"]),
        jws(CLAIMS) + ".x",
        jws(CLAIMS).partition(".")[2],
        "..",
        "é.é.é",
        "x" * 5000,
    ],
)
def test_netlify_is_refused_for_any_other_algorithm_issuer_body_or_secret(token: str) -> None:
    with pytest.raises(BadSignature):
        source("netlify").scheme.verify(netlify(token), ["right"])
