"""What an endpoint may say of its sender, and the contradictions that are told with their place."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from sovereign.config.check import problems
from sovereign.config.effective import tree
from sovereign.config.endpoints import Endpoint
from sovereign.config.loader import Loaded, parse
from sovereign.config.problems import ConfigProblems
from sovereign.config.secrets import SecretSource

SOURCES = {slug: f"env://{slug.upper()}" for slug in ("asana", "generic", "pubsub", "sns", "travis")}
SOURCES |= {"github": "env://GITHUB", "alertmanager": "env://ALERTMANAGER"}
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alarms"


def loaded(*entries: str) -> Loaded:
    text = "event_gateway:\n  endpoints:\n" + "".join(f"    - {{{entry}}}\n" for entry in entries)
    return parse(text, "discovery.yml", sources=SOURCES.keys())


def endpoint(entry: str) -> Endpoint:
    (found,) = (one for one in loaded(entry).discovery.event_gateway.resolved_endpoints() if one.index == 0)
    return found


def test_an_endpoint_names_the_networks_that_it_takes_deliveries_from() -> None:
    assert endpoint("path: /git, allow: 192.0.2.7").allow == (ip_network("192.0.2.7/32"),)
    both = endpoint("path: /git, allow: [192.0.2.0/24, '2001:db8::/32']").allow
    assert both == (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))


def test_senders_that_publish_their_keys_need_no_secret() -> None:
    assert not endpoint(f"path: /hooks/sns, topics: '{TOPIC}'").needs_secret
    assert not endpoint("path: /hooks/pubsub, service_account: a@b, audience: c").needs_secret
    assert not endpoint("path: /hooks/travis, repos: acme/*").needs_secret
    assert not endpoint("path: /hooks/asana, handshake: true").needs_secret
    assert endpoint(f"path: /hooks/sns, topics: '{TOPIC}', auth: basic").needs_secret
    assert endpoint("path: /hooks/sns").needs_secret
    assert not endpoint("path: /hooks/sns, auth: none").needs_secret


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("path: /git, allow: 192.0.2.7/24", "expected a network such as 203.0.113.0/24"),
        ("path: /git, allow: here", "expected a network such as 203.0.113.0/24"),
        ("path: /git, allow: [1]", "expected a network such as 203.0.113.0/24"),
        ("path: /git, auth: digest", "expected signature, none, basic, bearer"),
        ("path: /git, auth: header", "both, `auth: header` and `header: X-Name`"),
        ("path: /git, header: X-Key", "both, `auth: header` and `header: X-Name`"),
        ("path: /git, auth: header, header: 'X Key'", "the name of a header"),
        ("path: /git, signature_header: 'X Key'", "the name of a header"),
        ("path: /git, auth: bearer, signature_header: X-Key", "has a signature_header and auth: bearer"),
        ("path: /hooks/sns, topics: alarms", "the ARN of a topic"),
        (f"path: /git, topics: '{TOPIC}'", "has topics, which github does not know"),
        ("path: /git, handshake: true", "has handshake, which github does not know"),
        ("path: /hooks/pubsub, service_account: a@b", "a token must be for us and of them"),
        ("path: /hooks/asana, handshake: 'yes'", "true or false"),
    ],
)
def test_a_slip_is_told_with_its_line_and_what_was_expected(entry: str, says: str) -> None:
    with pytest.raises(ConfigProblems) as caught:
        loaded(entry)
    (problem,) = caught.value.problems
    assert problem.line == 3
    assert says in str(problem)


def test_an_open_handshake_is_warned_of_and_a_secret_is_missed_only_where_it_is_needed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "discovery.yml"
    file.write_text(
        f"event_gateway:\n  endpoints:\n    - path: /hooks/asana\n      handshake: true\n"
        f"    - path: /hooks/sns\n      topics: ['{TOPIC}']\n",
        encoding="utf-8",
    )
    names = ("DISCORD_TOKEN", "GITHUB", "ALERTMANAGER", "GENERIC")
    secrets = SecretSource(environment=dict.fromkeys(names, "x"), folder=tmp_path)
    (problem,) = problems(file, SOURCES, secrets)
    assert (problem.line, problem.severity) == (4, "warning")
    assert "takes a secret from whoever asks first" in problem.problem


def test_what_is_in_effect_says_all_of_it_and_means_the_same_when_it_is_read_back() -> None:
    before = loaded(
        f"path: /hooks/sns, topics: ['{TOPIC}'], allow: ['192.0.2.0/24']",
        "path: /hooks/pubsub, service_account: a@b, audience: c",
        "path: /hooks/travis, repos: [acme/*]",
        "path: /hooks/asana, handshake: true",
        "path: /hooks/forms, source: generic, auth: header, header: X-Key",
        "path: /hooks/signed, source: generic, signature_header: X-Key",
    ).discovery
    given = tree(before)["event_gateway"]
    assert isinstance(given, dict)
    wanted = [one for one in given["endpoints"] if one["path"] not in ("/git", "/alert", "/event")]
    assert wanted[0]["topics"] == [TOPIC]
    assert wanted[0]["allow"] == ["192.0.2.0/24"]
    assert wanted[3]["handshake"] is True
    assert wanted[5]["signature_header"] == "X-Key"
    again = loaded(*(str(one)[1:-1].replace("True", "true") for one in wanted)).discovery
    assert tree(again) == tree(before)
