"""The pacer: below every limit, urgent messages keep a place, and rising refusals slow everything down."""

import asyncio

from sovereign.clients.discord_pacing import BUCKET, GLOBAL_PER_SECOND, SHUT, THREADS, Pacer
from sovereign.services.announce import ALERT, FIRST, NORMAL, PAGE


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def free(pacer: Pacer, bucket: str | None, priority: int = NORMAL) -> bool:
    return pacer._pause(bucket, priority) <= 0


async def take(pacer: Pacer, bucket: str | None, priority: int = NORMAL) -> None:
    async with asyncio.timeout(0.01):
        await pacer.turn(bucket, priority)


async def test_a_channel_takes_its_messages_and_then_waits_for_the_window_to_slide() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    for _ in range(BUCKET[0] - 1):
        await take(pacer, "post:1")
    assert not free(pacer, "post:1")
    assert free(pacer, "post:2")
    clock.time += BUCKET[1] + 0.01
    assert free(pacer, "post:1")


async def test_an_urgent_message_finds_a_place_where_others_wait() -> None:
    pacer = Pacer(Clock())
    for _ in range(BUCKET[0] - 1):
        await take(pacer, "post:1")
    await take(pacer, "post:1", PAGE)
    assert not free(pacer, "post:1", PAGE)


async def test_pages_leave_a_place_for_the_message_that_names_all_of_them() -> None:
    pacer = Pacer(Clock())
    while free(pacer, "post:1", ALERT):
        await take(pacer, "post:1", ALERT)
    while free(pacer, "post:1", PAGE):
        await take(pacer, "post:1", PAGE)
    assert not free(pacer, "post:1", NORMAL)
    assert (
        len(pacer._buckets["post:1"]) == BUCKET[0] - 2
    )  # the last place would hold it until the window ends
    await take(pacer, "post:1", FIRST)
    assert free(pacer, "post:1", FIRST)


async def test_all_requests_together_stay_below_the_global_limit() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    for number in range(GLOBAL_PER_SECOND):
        await take(pacer, f"post:{number}")
    assert not free(pacer, None)
    clock.time += 1.01
    assert free(pacer, None)


async def test_rising_invalid_answers_slow_everything_down_and_are_forgotten_after_ten_minutes() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    await take(pacer, None)
    for _ in range(1000):
        pacer.answered(403)
    assert not free(pacer, None)
    clock.time += 601
    assert pacer.invalid == 0
    assert free(pacer, None)


def test_threads_of_a_channel_wait_for_the_window_to_slide_and_nobody_is_held_meanwhile() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    assert [pacer.until_thread(1) for _ in range(THREADS[0])] == [0.0] * THREADS[0]
    assert pacer.until_thread(1) == THREADS[1]
    assert pacer.until_thread(2) == 0.0
    clock.time += THREADS[1] + 0.01
    assert pacer.until_thread(1) == 0.0


def test_where_discord_lets_a_thread_wait_none_is_started_for_a_while() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    pacer.no_threads(1)
    assert pacer.until_thread(1) == SHUT
    clock.time += SHUT + 0.01
    assert pacer.until_thread(1) == 0.0
