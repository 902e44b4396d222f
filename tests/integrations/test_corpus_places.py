"""
Over all bodies that others have gathered: a title says where it happened, and who did it or what is wrong.

What a body calls its places and people is looked up in the body itself, not in what its source made of it.
`test_corpus_names.py` asks the same of each sender by the name of the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from sovereign.domain.events import Event
from tests.integrations.corpus import Body, check, needed, says, texts

pytestmark = needed

PLACES = """
    account affectedservice agent alertpolicy app application artifact board bucket check cluster component
    container dashboard database definition device enterprise entity folder function grafanafolder group host
    image impactedentitie incidentservice instance inventory job monitor namespace node organization page
    pipeline pod policy product project queue registry repo repository resource server service site space
    sponsorable stage stream subproject table target team topicarn workspace
"""
"""What bodies call places, in lower case, without signs between words and without the `s` of many."""
KINDS_OF_PLACE = frozenset(PLACES.split())
NAMES = ("fullname", "fullpath", "key", "login", "name", "names", "path", "slug", "summary", "title", "url")
"""How the name of a place is called: as a key in it, or as the end of its key."""
WITHIN = frozenset(
    {("event", "source"), ("hook", "appid"), ("owner", "login"), ("package", "name"), ("", "path")}
    | {("", "fullpath")}
)
"""Keys that name a place only in something else: Graylog's `source` is a host, others' whatever they like."""
ADDRESSES = ("externalurl", "generatorurl", "permalink", "ruleurl", "url")
"""Keys of addresses whose host is where it happened, or which server says so."""
ABOUT = (
    *("name", "names", "title", "message", "summary", "subject", "rule", "detailtype", "image", "url"),
    *("memo", "reminder"),
)
"""How the keys end under which bodies name people, what is wrong and what was built."""

SAY_LITTLE = {
    "cloudevents/ce.structured_pubsub.json",
    "newrelic/z.missing_essential_fields_default_payload.json",
    "newrelic/zulipold.incident_default_fields_new.json",
    "newrelic/zulipold.incident_default_fields_old.json",
}
"""Bodies that name nothing."""
SAY_NO_PLACE = {
    *("datadog/doc.default_template_plus3.json", "github/github_app_authorization.revoked.json"),
    *("homeassistant/z.reqwithtitle.json", "papertrail/z.incorrect_post.json"),
    *("canarytoken/z.canarytoken_new.json", "thinkst/z.canarytoken_msword.json"),
}


def names_place(key: str, above: str) -> bool:
    start = next((key.removesuffix(name) for name in NAMES if key.endswith(name)), "")
    return (
        key.rstrip("s") in KINDS_OF_PLACE
        or start in KINDS_OF_PLACE
        or (above.rstrip("s") in KINDS_OF_PLACE and key in NAMES)
        or (above, key) in WITHIN
    )


def places_in(body: Body) -> Iterator[str]:
    for text, key, above in texts(body):
        if names_place(key, above):
            yield from (text, *text.split(","), *re.split("[/:]", text)[-1:])
        if key in ADDRESSES:
            yield urlsplit(text).hostname or ""


def says_where(body: Body, event: Event) -> bool:
    """A body that names no place at all leaves but its sender to tell."""
    if event.repo:
        return says(event.title, event.repo) or says(event.title, event.repo.rpartition("/")[2])
    found = {event.service or "", *places_in(body)} - {""}
    return any(says(event.title, place) for place in found or {body.source.title.split()[0]})


def says_who_or_what(body: Body, event: Event) -> bool:
    """An alert by its name, whoever reported it; what nobody is said to have done, by what was done it to."""
    alert = event.kind.startswith("incident.")
    if event.actor and not alert:
        return event.actor in event.title
    about = [text for text, key, _ in texts(body) if key.endswith(ABOUT)]
    if any(says(event.title, name.rstrip(".")) for name in (event.actor or "", *about)):
        return True
    return not alert and says_where(body, event)


def test_a_title_says_where() -> None:
    check(says_where, but=SAY_LITTLE | SAY_NO_PLACE)


def test_a_title_says_who_did_it_or_what_is_wrong() -> None:
    check(says_who_or_what, but=SAY_LITTLE)


def test_a_title_has_the_whole_name_of_the_repository() -> None:
    check(lambda _, event: event.repo is None or event.repo in event.title)


def test_a_title_has_the_name_of_the_service() -> None:
    """These two say it in a field: their titles name the inventory and the address that is checked."""
    others = ("ansibletower", "freshping")
    check(lambda body, event: (event.service or "") in event.title or body.slug in others)
