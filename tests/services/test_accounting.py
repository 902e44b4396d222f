"""Each piece of work ends in one line and in its counts, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from sovereign.core.errors import BadSignature, Unavailable
from sovereign.services import accounting, announce
from sovereign.services.outbox import Outbox
from sovereign.services.ports.discord import Undelivered
from tests.services.conftest import Works
from tests.services.test_outbox import Discord, running


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def errands(works: Works, *failures: Exception) -> list[Mapping[str, Any]]:
    """The lines of the outbox, once it has nothing left to do."""
    discord = Discord()
    discord.failures = list(failures)
    await works.post("generic", {"title": "x"})
    with capture_logs() as lines:
        async with running(works.database, discord) as outbox:
            await _settled(works, outbox)
    return [line for line in lines if line["event"].startswith(("errand", "outbox"))]


async def _settled(works: Works, outbox: Outbox) -> None:
    while await works.rows("SELECT 1 FROM outbox WHERE state = 'waiting'"):
        await outbox.hurry()
        await outbox.flush()


async def test_an_errand_that_is_put_off_and_then_done_leaves_two_lines(works: Works) -> None:
    before = counted("sovereign_outbox_errands_total", op="post", outcome="postponed")
    put_off, done = await errands(works, Undelivered("busy", retry_in=0.01))
    assert (put_off["event"], put_off["outcome"], put_off["problem"]) == ("errand", "postponed", "busy")
    assert put_off["retry_in"] == 0.0
    assert (done["event"], done["outcome"], done["attempts"]) == ("errand", "done", 2)
    assert done["ref"] == put_off["ref"]
    assert counted("sovereign_outbox_errands_total", op="post", outcome="postponed") == before + 1


async def test_an_errand_that_can_never_go_leaves_one_line_with_why(works: Works) -> None:
    (line,) = await errands(works, Undelivered("no such channel", hopeless=True))
    assert (line["outcome"], line["problem"], line["log_level"]) == ("failed", "no such channel", "error")


async def test_a_mistake_of_ours_leaves_one_line_with_its_traceback(works: Works) -> None:
    mistake = RuntimeError("on purpose")
    (line,) = await errands(works, mistake)
    assert (line["outcome"], line["exc_info"]) == ("quarantined", mistake)


async def test_a_quarantined_delivery_leaves_one_line_with_its_traceback(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counted("sovereign_deliveries_unreadable_total", source="generic", state="quarantined")
    monkeypatch.setattr("sovereign.services.announce.notice", _broken_once())
    with capture_logs() as lines:
        await works.post("generic", {"title": "x"})
    (line,) = [line for line in lines if line["event"].startswith("delivery")]
    assert (line["state"], line["log_level"]) == ("quarantined", "error")
    assert "on purpose" in line["exception"]
    assert (
        counted("sovereign_deliveries_unreadable_total", source="generic", state="quarantined") == before + 1
    )


def _broken_once() -> Any:
    whole, broken = announce.notice, [RuntimeError("on purpose")]

    def notice(*given: Any, **named: Any) -> None:
        if broken:
            raise broken.pop()
        whole(*given, **named)

    return notice


@pytest.mark.parametrize(
    ("problem", "verdict"),
    [
        (BadSignature("wrong_signature", "No."), "wrong_signature"),
        (Unavailable("the disk is full"), "unavailable"),
        (RuntimeError("a mistake"), "failed"),
    ],
)
def test_a_request_that_is_not_taken_is_one_line(problem: Exception, verdict: str) -> None:
    before = counted("sovereign_deliveries_total", source="github", verdict=verdict)
    with capture_logs() as lines, pytest.raises(type(problem)), accounting.arrival("github", "github"):
        raise problem
    (line,) = lines
    assert (line["event"], line["verdict"], line["log_level"]) == ("delivery", verdict, "warning")
    assert counted("sovereign_deliveries_total", source="github", verdict=verdict) == before + 1


def test_a_request_that_is_taken_is_told_of_later() -> None:
    for authenticated, verdict in ((True, "verified"), (False, "unauthenticated")):
        before = counted("sovereign_deliveries_total", source="github", verdict=verdict)
        with (
            capture_logs() as lines,
            accounting.arrival("github", "github", authenticated=authenticated) as one,
        ):
            one.has_read(3)
            one.taken(fresh=True)
        assert lines == []
        assert counted("sovereign_deliveries_total", source="github", verdict=verdict) == before + 1


def test_a_command_that_breaks_has_failed() -> None:
    command = accounting.command("alerts list", member=1, guild=2, extras={"ref": "abc"})
    with capture_logs() as lines, pytest.raises(RuntimeError), command:
        raise RuntimeError
    (line,) = lines
    assert (line["outcome"], line["ref"]) == ("failed", "abc")


async def test_a_line_names_few_kinds(works: Works) -> None:
    alerts = [
        {"status": "firing", "labels": {"alertname": f"a{n}"}, "fingerprint": f"f{n}"} for n in range(3)
    ]
    with capture_logs() as lines:
        await works.post("alertmanager", {"alerts": alerts})
    (line,) = lines
    assert (line["events"], line["kinds"], line["channels"]) == (3, ["incident.detected"], ["alerts"])
    assert accounting._few(list("abcdefg")) == ["a", "b", "c", "d", "e", "2 more"]
