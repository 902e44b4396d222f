"""How Amazon SNS signs: RSA over the parts of a message that count, by a certificate on its own site.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from sovereign.core.errors import BadPayload, BadSignature
from sovereign.integrations._keys import LARGEST_READ, Hash, key_at, key_of_certificate, plain, signed
from sovereign.integrations._payload import Payload
from sovereign.integrations._source import Headers, Inbound, Scheme

NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED: Mapping[str, Sequence[str]] = {
    "Notification": NOTIFICATION,
    "SubscriptionConfirmation": CONFIRMATION,
    "UnsubscribeConfirmation": CONFIRMATION,
}
"""What is signed, in this order; a part that is not there is left out."""
HASHES: Mapping[str, Hash] = {"1": "sha1", "2": "sha256"}

_CERTIFICATE = re.compile(
    r"https://sns\.[a-z]{2}(?:-[a-z]+){1,3}-[0-9]\.amazonaws\.com(?:\.cn)?"
    r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem"
)
_TOPIC = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z0-9-]{1,40}):[0-9]+:[\w.-]+"
)


def keys(inbound: Inbound) -> Sequence[str]:
    """Where the certificate lies. Raises BadSignature for a topic that the endpoint does not take."""
    return (_certificate(_message(inbound)),)


def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
    """Everybody may have SNS sign what they publish, to topics of their own: the topic counts as well."""
    message = _message(inbound)
    key = key_of_certificate(key_at(inbound, _certificate(message)), inbound.received_at)
    hash = HASHES.get(message.get("SignatureVersion", ""))
    if hash is None:
        raise BadSignature("wrong_scheme", "The SignatureVersion is neither 1 nor 2.")
    parts = [(name, message[name]) for name in SIGNED[message["Type"]] if name in message]
    text = "".join(f"{name}\n{value}\n" for name, value in parts).encode(errors="surrogatepass")
    if not signed(key, plain(message.get("Signature", "")), text, hash):
        raise BadSignature("wrong_signature", "The Signature does not match the message.")


def confirmation(inbound: Inbound) -> str | None:
    """Where a subscription is confirmed: at the topic's own region, whatever `SubscribeURL` says."""
    try:
        message = _message(inbound)
    except BadSignature:
        return None
    topic = _TOPIC.fullmatch(message["TopicArn"])
    if message["Type"] != "SubscriptionConfirmation" or topic is None or not message.get("Token"):
        return None
    domain = "amazonaws.com.cn" if topic["partition"] == "aws-cn" else "amazonaws.com"
    asked = f"Action=ConfirmSubscription&TopicArn={quote(topic[0], safe=':')}"
    return f"https://sns.{topic['region']}.{domain}/?{asked}&Token={quote(message['Token'], safe='')}"


def _message(inbound: Inbound) -> Mapping[str, str]:
    """The texts of the envelope; nothing of it is believed yet."""
    if not inbound.options.topics:
        raise BadSignature("missing_signature", "No topic is named in the configuration of the endpoint.")
    if len(inbound.body) > LARGEST_READ:
        raise BadSignature("wrong_signature", f"A signed body is read up to {LARGEST_READ} bytes.")
    try:
        found = Payload.from_json(inbound.body).raw
    except BadPayload:
        found = None
    raw = found if isinstance(found, dict) else {}
    texts = {key: value for key, value in raw.items() if isinstance(value, str)}
    if texts.get("Type") not in SIGNED or "Signature" not in texts:
        raise BadSignature("missing_signature", "The body is no message that SNS signs.")
    if any(raw.get(name) is not None and name not in texts for name in SIGNED[texts["Type"]]):
        raise BadSignature("wrong_signature", "A part of the message that is signed is no text.")
    if texts.get("TopicArn") not in inbound.options.topics:
        raise BadSignature("wrong_signature", "The topic is none of those that the configuration names.")
    return texts


def _certificate(message: Mapping[str, str]) -> str:
    url = message.get("SigningCertURL", "")
    if not _CERTIFICATE.fullmatch(url):
        raise BadSignature("wrong_signature", "The SigningCertURL is not on a site of SNS.")
    return url


def sign(inbound: Inbound, secret: str) -> Headers:
    return {}  # only SNS can


SIGNATURE = Scheme(
    verify=verify,
    sign=sign,
    keys=keys,
    secret=lambda options: not options.topics,
    name="signature by a published key",
)
