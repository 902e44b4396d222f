"""The two main stories, from a signed request to what people read: a pull request, an alert."""

from __future__ import annotations

from sovereign.render.tones import Tone
from tests.end_to_end.world import World, bots, text, texts


async def test_a_pull_request_is_one_message_and_one_thread_from_opening_to_merge(everything: World) -> None:
    assert await everything.sample("github", "pull_request.opened") == 202
    (head,) = await everything.until("prs", bots)
    assert "ada opened PR #42 in acme/shop" in text(head)
    assert head["embeds"][0]["color"] == Tone.RUNNING.colour

    for case in ("pull_request_review.approved", "check_run.completed", "pull_request.merged"):
        assert await everything.sample("github", case) == 202
    lines = texts(
        await everything.until(head["id"], lambda found: any("merged" in text(one) for one in found))
    )
    assert sum("approved" in line for line in lines) == 1
    assert sum("build passed" in line for line in lines) == 1
    assert sum("merged" in line for line in lines) == 1
    (head,) = await everything.until(
        "prs", lambda found: found[0]["embeds"][0]["color"] == Tone.OK.colour and "Merged" in text(found[0])
    )
    assert "approved by bela" in text(head)
    assert "check passed" in text(head)


async def test_the_colour_tells_a_failed_check_and_requested_changes(everything: World) -> None:
    await everything.sample("github", "pull_request.opened")
    await everything.sample("github", "check_run.failed")
    await everything.until(
        "prs", lambda found: found and found[0]["embeds"][0]["color"] == Tone.FAILING.colour
    )


async def test_an_alert_calls_on_call_is_acknowledged_and_closes_with_its_duration(everything: World) -> None:
    await everything.sample("alertmanager", "firing")
    (head,) = await everything.until("alerts", bots)
    assert "PodCrashLooping firing" in text(head)
    assert head["mention_roles"], "the On-Call role was called"
    (button,) = head["components"][0]["components"]
    assert button["label"] == "Acknowledge"

    answer = await everything.act("chen", "alerts", "click", message=head["id"], button="Acknowledge")
    assert answer["result"] == "message"
    assert "is yours" in text(answer["messages"][0])
    await everything.until("alerts", lambda found: "Acknowledged" in text(found[0]))

    await everything.sample("alertmanager", "resolved")
    (head,) = await everything.until("alerts", lambda found: "resolved after" in text(found[0]))
    assert head["embeds"][0]["color"] == Tone.OK.colour
    assert not head["components"]
    lines = texts(
        await everything.until(head["id"], lambda found: any("Resolved" in text(one) for one in found))
    )
    assert any("Acknowledged by Chen" in line for line in lines)
