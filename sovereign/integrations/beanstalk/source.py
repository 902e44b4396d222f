"""Beanstalk: pushes and commits of its repositories, by its classic webhooks and by the modular ones.

https://support.beanstalkapp.com/article/958-modular-webhooks-json-examples

Nothing is signed: put the secret into the address as the password, `https://beanstalk:SECRET@…`, which
comes as HTTP basic. A classic hook sends JSON or a form whose field `payload`, of Subversion `commit`, is
JSON. A repository is called by account and name where an address tells the account. Confirmed are the
bodies of pushes and commits, and the states of a release by the documentation of the API. Not confirmed
is where a modular hook puts the name of a branch or a tag, the words of a comment and what of a
release; a trigger that is not known is told by its name.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations import _forms
from sovereign.integrations._json import is_form
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret
from sovereign.integrations.beanstalk._common import event_of, place_of
from sovereign.integrations.beanstalk.pushes import REFS, commit, push, ref
from sovereign.integrations.beanstalk.releases import OTHER, RELEASES, comment, release


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = _read(headers, body)
    trigger, found = line(payload, "trigger"), payload
    if trigger:
        found = payload.at("payload")
    found.require_object()
    if trigger in REFS:
        return [ref(found, *REFS[trigger])]
    if trigger == "deploy":
        return [release(found)]
    if trigger == "comment":
        return [comment(found)]
    if found.get("ref") or found.get("commits"):
        return [push(found)]
    if found.get("revision") or trigger == "commit":
        return [commit(found)]
    if not trigger:
        raise BadPayload("$.ref", "is missing")
    return [event_of(found, "repository.updated", f"reported {words(trigger)} in {place_of(found)}")]


def _read(headers: Headers, body: bytes) -> Payload:
    if not is_form(headers, body):
        return Payload.from_json(body)
    form = _forms.read(headers, body)
    packed = form.text_at("payload") or form.text_at("commit")
    if not packed:
        raise BadPayload("$.payload", "is missing")
    return Payload.from_json(packed.encode())


SOURCE = Source(
    slug="beanstalk",
    title="Beanstalk",
    docs="https://support.beanstalkapp.com/article/958-modular-webhooks-json-examples",
    home="dev-feed",
    secret="env://BEANSTALK_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=frozenset(
        {
            *("branch.created", "branch.updated", "branch.deleted", "repository.updated", "commit.commented"),
            *("tag.created", "tag.updated", "tag.deleted"),
            *(kind for kind, _, _ in (*RELEASES.values(), OTHER)),
        }
    ),
)
