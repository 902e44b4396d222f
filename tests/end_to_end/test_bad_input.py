"""What strangers send: a clear status, never a 500, never a stuck worker, nothing harmful shown."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from sovereign.core import clock
from sovereign.integrations._source import Inbound
from sovereign.integrations._verify import hmac_sha256
from sovereign.store.sqlite import Connection
from tests.end_to_end.world import World, bots, text

SIGNED = {"x-github-event": "pull_request"}
BOMB = gzip.compress(b"0" * 50_000_000, mtime=0)
SEVERAL = gzip.compress(b"{", mtime=0) + gzip.compress(b"}", mtime=0)


async def test_a_wrong_or_missing_signature_is_401_and_counted_in_one_row(everything: World) -> None:
    for _ in range(3):
        assert (
            await everything.send("github", b"{}", {"x-hub-signature-256": "sha256=" + "0" * 64}, sign=False)
            == 401
        )
    assert await everything.send("github", b"{}", sign=False) == 401
    assert await everything.send("alertmanager", b"{}", {"authorization": "Bearer no"}, sign=False) == 401

    def counts(tx: Connection) -> dict[tuple[str, str], int]:
        rows = tx.execute("SELECT endpoint, reason, SUM(count) AS n FROM refusals GROUP BY 1, 2")
        return {(row["endpoint"], row["reason"]): row["n"] for row in rows}

    assert everything.bot is not None
    found = await everything.bot.services.gateway._database.read(counts)
    assert found == {
        ("github", "wrong_signature"): 3,
        ("github", "missing_signature"): 1,
        ("alertmanager", "wrong_signature"): 1,
    }


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"not json", SIGNED, 202),
        (b"[]", SIGNED, 202),
        (b"", SIGNED, 202),
        (b"[" * 1000 + b"]" * 1000, SIGNED, 202),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, SIGNED, 202),
        (b"\xff\xfe\x80", SIGNED, 202),
        (b'{"number": ' + b"9" * 10_000 + b"}", SIGNED, 202),
        (b'{"sender": {"login": "\\ud800"}, "zen": "x"}', {"x-github-event": "ping"}, 202),
        (b"{}", {"x-github-event": "never_heard_of"}, 202),
        (b"x" * 10_000_000, SIGNED, 413),
        (b"{}", SIGNED | {"content-encoding": "br"}, 415),
        (b"{}", SIGNED | {"content-encoding": "gzip"}, 415),
        (BOMB, SIGNED | {"content-encoding": "gzip"}, 413),
        (SEVERAL, SIGNED | {"content-encoding": "gzip"}, 415),
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
async def test_every_body_gets_a_clear_status_and_the_next_one_is_worked_off(
    everything: World, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert await everything.send("github", body, headers) == status
    assert await everything.sample("github", "pull_request.opened") == 202
    await everything.until("prs", lambda found: any("ada opened PR #42" in text(one) for one in found))


async def test_a_compressed_body_is_read_as_it_was_signed(everything: World) -> None:
    body = json.dumps({"title": "compressed"}).encode()
    inbound = Inbound(headers={}, body=body, url="", received_at=clock.now())
    signature = hmac_sha256("x-sig").sign(inbound, "sandbox")
    for packed, name in ((gzip.compress(body), "gzip"), (zlib.compress(body), "deflate")):
        headers = {"content-encoding": name, "x-delivery-id": name, **signature}
        assert await everything.send("generic", packed, headers, sign=False) == 202
    await everything.until("cluster-status", lambda found: len(bots(found)) == 2)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/hooks/nobody", 404),
        ("POST", "/nowhere", 404),
        ("GET", "/git", 405),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
    ],
)
async def test_paths_and_methods_are_answered_in_words(
    everything: World, method: str, path: str, status: int
) -> None:
    body = b"{}" if method == "POST" else None
    async with everything.http.request(method, everything.gateway + path, data=body) as answer:
        assert answer.status == status
        assert await answer.json()


@pytest.mark.parametrize(("method", "path"), [("POST", "/foo"), ("GET", "/foo"), ("POST", "/hooks/a/b")])
async def test_a_path_that_there_is_not_is_answered_with_those_that_there_are(
    everything: World, method: str, path: str
) -> None:
    async with everything.http.request(method, everything.gateway + path) as answer:
        assert answer.status == 404
        error = (await answer.json())["error"]
    assert f"Nothing listens at {path}." in error
    assert "/git, /alert, /event, /hooks/<source>" in error


async def test_a_slash_at_the_end_of_a_path_reaches_the_same_endpoint(everything: World) -> None:
    body, gateway = b'{"title": "by another name"}', everything.gateway
    inbound = Inbound(headers={}, body=body, url="", received_at=clock.now())
    signed = {**hmac_sha256("x-sig").sign(inbound, "sandbox"), "x-delivery-id": "slash"}
    for path, said in (("/event/", "accepted"), ("/event", "repeat"), ("/hooks/generic/", "repeat")):
        async with everything.http.post(gateway + path, data=body, headers=signed) as answer:
            assert (answer.status, await answer.json()) == (202, {"status": said})
    async with everything.http.post(f"{gateway}/alert/", data=b"{}") as answer:
        assert answer.status == 401, "the proof is asked for there, too"
    async with everything.http.head(f"{gateway}/git/") as answer:
        assert answer.status == 200


NASTY = (
    "@everyone <@&1> [free money](https://evil.example) `` ``` **bold** ||x||\n# big\n"
     "Z" + "\u0351\u0343" * 200 + "\u202e" + "A" * 5000
)  # fmt: skip


async def test_hostile_text_is_shown_harmlessly_and_within_limits(everything: World) -> None:
    body = {
        "action": "opened", "number": 1, "repository": {"full_name": "acme/shop"}, "sender": {"login": NASTY},
        "pull_request": {"number": 1, "title": NASTY, "body": NASTY * 3, "html_url": "javascript:alert(1)",
                         "state": "open", "user": {"login": NASTY}, "labels": [{"name": NASTY}] * 20,
                         "head": {"sha": "c" * 40, "ref": NASTY}, "base": {"ref": NASTY}},
    }  # fmt: skip
    assert await everything.send("github", json.dumps(body).encode(), SIGNED) == 202
    plain = {"title": NASTY, "text": NASTY * 20}
    assert await everything.send("generic", json.dumps(plain).encode()) == 202
    alert = {
        "status": "firing",
        "labels": {"alertname": NASTY, "severity": NASTY},
        "fingerprint": "f",
        "annotations": {"summary": NASTY, "description": NASTY},
        "startsAt": "2026-03-01T12:00:00Z",
    }
    assert await everything.send("alertmanager", json.dumps({"alerts": [alert]}).encode()) == 202
    for channel in ("prs", "cluster-status", "alerts"):
        (message,) = await everything.until(channel, bots)
        shown = text(message)
        assert message["embeds"], "shown as a card, not as the plain last resort"
        assert "@everyone" not in shown
        assert not message["mention_everyone"]
        assert "](https://evil" not in shown.replace("\\]", "")
        assert "javascript:" not in json.dumps(message)
        assert len(message["embeds"][0]["title"]) <= 256
        assert shown.count("\u0351") < 40
    (head,) = await everything.messages("alerts")
    lines = await everything.thread(head)
    assert "@everyone" not in text(lines[0])


async def test_a_full_disk_is_503_and_room_made_later_is_used_without_a_restart(everything: World) -> None:
    assert everything.bot is not None
    writer = everything.bot.services.gateway._database._writer
    async with writer.execute("PRAGMA page_count") as cursor:
        (pages,) = await cursor.fetchone() or (0,)
    await writer.execute(f"PRAGMA max_page_count = {pages + 5}")
    large = json.dumps({"title": "large", "text": "x" * 400_000}).encode()
    assert await everything.send("generic", large) == 503
    await writer.execute("PRAGMA max_page_count = 1000000")
    assert await everything.send("generic", large) == 202
    await everything.until("cluster-status", bots)
