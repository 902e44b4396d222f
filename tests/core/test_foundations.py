"""The small things that everything stands on: identifiers, redaction, locks, samples, supervised work."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core import clock, ids, samples, tasks
from sovereign.core.errors import NotFound
from sovereign.core.lockfile import AlreadyLocked, locked, read_facts
from sovereign.core.redaction import MASK, redact

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLDEST, NEWEST = NOON.replace(year=1970, tzinfo=None), NOON.replace(year=2200, tzinfo=None)


@given(st.lists(st.text()), st.lists(st.text()))
def test_digests_of_different_tuples_differ(one: list[str], other: list[str]) -> None:
    assert (ids.digest(*one) == ids.digest(*other)) == (one == other)


def test_a_short_name_is_stable_and_short_enough_for_a_nonce() -> None:
    assert ids.short("head:1") == ids.short("head:1") != ids.short("head:2")
    assert len(f"{ids.short('x')}-99") <= 25


@given(st.datetimes(timezones=st.just(UTC), min_value=OLDEST, max_value=NEWEST))
def test_times_survive_being_stored(moment: datetime) -> None:
    assert clock.from_micros(clock.micros(moment)) == moment


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1" * 18, "github_pat_" + "b2" * 20, "glpat-" + "c3" * 10, "xoxb-123456789012-abc",
        "sk-" + "d4" * 12, "AKIA" + "E5" * 8, "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    ],
)  # fmt: skip
def test_what_looks_like_a_credential_is_masked(secret: str) -> None:
    shown = redact(f"before {secret} after")
    assert secret not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("password=hunter22", "hunter22"),
        ('"api_key": "abcdef123"', "abcdef123"),
        ("Authorization: Bearer abcdef123456", "abcdef123456"),
        ("postgres://user:hunter22@db/shop", "hunter22"),
        ("ToKeN = hunter22", "hunter22"),
        ("pa\u017f\u017fword: hunter22", "hunter22"),
        ("bas\u0131c aHVudGVyMjI=", "aHVudGVyMjI="),
        ("discord.com/api/webhooks/1234567890/hunter22-hunter22-hunter22", "hunter22"),
        ("hooks.slack.com/services/T00000/B00000/hunter22", "hunter22"),
    ],
)
def test_what_is_called_a_secret_is_masked(text: str, gone: str) -> None:
    assert gone not in redact(text)
    assert MASK in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "endpoints[/git].secret: env://OLD_KEY → env://NEW_KEY",
        "secret: [env://NEW, env://OLD] → file:///run/secrets/git",
        "secret: vault://kv/data/git#key → store://git",
    ],
)
def test_where_a_secret_is_may_be_shown_on_both_sides_of_a_change(text: str) -> None:
    assert redact(text) == text


def test_what_only_looks_like_a_reference_is_masked_like_any_secret() -> None:
    for value in ("env://$(hunter22)", "env://x:hunter22@db", "environment-hunter22", "file://a?hunter22"):
        assert "hunter22" not in redact(f"secret: {value}")


def test_plain_words_are_left_alone() -> None:
    text = "The token bucket of the basic plan is full; see https://example.com/a?b=c"
    assert redact(text) == text


HOLD = """
import sys
from pathlib import Path
from sovereign.core.lockfile import locked
with locked(Path(sys.argv[1]), {"gateway": "http://x"}):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_has_the_folder_and_gets_it_when_that_dies(tmp_path: Path) -> None:
    path = tmp_path / "it.lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(AlreadyLocked, match=str(holder.pid)), locked(path):
        pass
    assert read_facts(path)["gateway"] == "http://x"
    holder.kill()
    holder.communicate()
    with locked(path):
        assert "gateway" not in read_facts(path)
    assert read_facts(path) == {}


def test_samples_happen_about_now() -> None:
    body = json.loads(samples.sample("alertmanager", "firing", NOON).body)
    assert body["alerts"][0]["startsAt"] == "2026-03-01T11:55:00Z"


def test_an_unknown_sample_is_answered_with_what_there_is() -> None:
    with pytest.raises(NotFound, match="firing"):
        samples.sample("alertmanager", "nope", NOON)
    with pytest.raises(NotFound, match=r"Near it: alertmanager.* lists all"):
        samples.sample("alertmanger", "firing", NOON)
    with pytest.raises(NotFound, match=r"samples of 'xyzzy'\. `sovereign send` lists all"):
        samples.sample("xyzzy", "firing", NOON)


async def test_a_worker_that_fails_is_started_again() -> None:
    runs = asyncio.Event()
    count = 0

    async def work() -> None:
        nonlocal count
        count += 1
        if count == 3:
            runs.set()
            await asyncio.sleep(60)
        raise ValueError("on purpose")

    task = asyncio.ensure_future(tasks.supervise("test", work, first_pause=0.001))
    async with asyncio.timeout(5):
        await runs.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert tasks.restarts["test"] == 2


async def test_a_crew_runs_one_errand_for_each_key_and_no_more_than_its_size() -> None:
    gate, ended = asyncio.Event(), []
    async with tasks.Crew(2, lambda: ended.append(1)) as crew:
        for key in ("a", "b"):
            crew.start(key, _wait(gate))
        assert crew.busy == {"a", "b"}
        assert not crew.has_room()
        gate.set()
        await asyncio.sleep(0.01)
        assert crew.has_room()
        assert len(ended) == 2
        crew.start("never ends", asyncio.sleep(60))


async def _wait(gate: asyncio.Event) -> None:
    await gate.wait()


@pytest.mark.parametrize(
    "piece", ["a-", "token-", "_-", "secret ", "eyJaaaaaaaa-", "://a:", "bearer ", "-----BEGIN "]
)
def test_hostile_text_is_redacted_in_no_time(piece: str) -> None:
    began = time.thread_time()
    redact("key " + piece * 20_000)
    assert time.thread_time() - began < 2.0
