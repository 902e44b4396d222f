"""The governance section: sinks say what their type lacks, and older fragments still load."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sovereign.config.loader import parse
from sovereign.config.models import Discovery
from sovereign.config.problems import ConfigProblems
from sovereign.integrations._source import all_sources


def read(text: str) -> Discovery:
    return parse(text, "discovery.yml", sources=all_sources().keys()).discovery


def test_everything_has_a_default_and_other_keys_are_kept() -> None:
    found = read("governance: {retention_days: 365}").governance
    assert found.audit.channel is None
    assert found.every == timedelta(hours=1)
    assert found.manifest is None
    assert found.model_extra == {"retention_days": 365}


def test_a_sink_is_called_by_its_type_unless_it_has_a_name() -> None:
    sinks = read(
        "governance: {audit: {sinks: [{type: file, path: a}, {type: file, name: other, path: b}]}}"
    ).governance.audit.sinks
    assert [sink.called for sink in sinks] == ["file", "other"]


@pytest.mark.parametrize(
    ("sink", "words"),
    [
        ("{type: file}", "has no path"),
        ("{type: stdout, path: a}", "has the key 'path'"),
        ("{type: loki, url: loki}", "http://"),
        ("{type: loki, url: 'http://u:p@loki'}", "without credentials"),
        ("{type: loki, url: 'http://l', labels: {1x: y}}", "names '1x'"),
        ("{type: cloudwatch, group: g, access_key: 'env://A'}", "one of two keys"),
        ("{type: smoke}", "cloudwatch, file, loki or stdout"),
        ("{type: stdout}, {type: stdout}", "two sinks 'stdout'"),
        ("{type: loki, url: 'http://l', token: sesame}", "is not a reference"),
    ],
)
def test_a_wrong_sink_is_told_in_words(sink: str, words: str) -> None:
    with pytest.raises(ConfigProblems) as refused:
        read(f"governance: {{audit: {{sinks: [{sink}]}}}}")
    assert words in str(refused.value)
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{checkpoints: {every: 2d}}", "from 1m to 1d"),
        ("{checkpoints: {records: 0}}", "at least 1"),
        ("{channel: 'not a channel'}", "a channel"),
    ],
)
def test_wrong_values_of_the_audit_are_told(text: str, words: str) -> None:
    with pytest.raises(ConfigProblems, match=words):
        read(f"governance: {{audit: {text}}}")


def test_a_manifest_needs_a_whole_hash() -> None:
    with pytest.raises(ConfigProblems, match="64 hexadecimal digits"):
        read("governance: {manifest: {path: a, sha256: abc}}")
    found = read(f"governance: {{manifest: {{path: a, sha256: {'AB' * 32}}}}}").governance.manifest
    assert found is not None
    assert found.sha256 == "ab" * 32
