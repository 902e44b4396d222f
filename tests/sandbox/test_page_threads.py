"""Threads and pins on the page, in a real Chromium: started, found, renamed, put away, read again."""

from __future__ import annotations

import asyncio

import pytest

from sovereign.sandbox.guild import CHANNELS
from sovereign.sandbox.server import Running, SandboxOptions
from tests.sandbox.chromium import Browser
from tests.sandbox.conftest import Person
from tests.sandbox.page import WIDE, opened, post

THREADS = ".pane:not(.side-pane) .tool[aria-label=Threads]"

SLOW_STATE = """
const plain = window.fetch;
window.fetch = async (path, ...rest) => {
  const answer = await plain(path, ...rest);
  if (String(path).includes("/sandbox/state")) await new Promise((resolve) => setTimeout(resolve, 400));
  return answer;
};
0
"""
"""The guild takes longer to come than the page waits before it asks anew for a change."""


@pytest.fixture
def options() -> SandboxOptions:
    return WIDE


async def test_a_thread_is_started_on_a_message_and_named_after_it(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    await post(person, "prs", content="Retries **fail**")
    page = await opened(browser, sandbox, "emil/prs")
    await page.hover("li.message .said")
    await page.click(".toolbar button[aria-label='Start a thread']")
    await page.until("document.querySelector('dialog input')?.value === 'Retries fail'")
    await page.press("Enter")
    await page.until("document.querySelector('.side-pane h2')?.innerText.trim() === 'Retries fail'")
    await page.click(".side-pane .composer textarea")
    await page.type("why")
    await page.press("Enter")
    await page.until("document.querySelector('.thread-row')?.innerText.includes('1 message')")
    [thread] = (await person.get("state"))["threads"]
    assert thread["name"] == "Retries fail"
    assert page.complaints == []


async def test_a_thread_is_started_in_a_channel_renamed_archived_and_found_again(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    page = await opened(browser, sandbox, "gus/retro")
    await page.click(THREADS)
    await page.click(".menu button", "Start a thread")
    await page.press("Enter")
    assert "Thread name: " in await page.text("dialog .trouble:not([hidden])")
    await page.type("Keep")
    await page.press("Enter")
    await page.until("document.querySelector('.side-pane h2')?.innerText.trim() === 'Keep'")
    await page.until(
        "document.querySelector('.message.system')?.innerText.includes('started a thread: Keep')"
    )
    await page.click(".side-pane .tool[aria-label^=About]")
    await page.click(".menu button", "Rename")
    await page.evaluate("document.querySelector('dialog input').select()")
    await page.type("Kept")
    await page.press("Enter")
    await page.until("document.querySelector('.side-pane h2').innerText.trim() === 'Kept'")
    await page.click(".side-pane .tool[aria-label^=About]")
    await page.click(".menu button", "Archive")
    await page.until("document.querySelector('.side-pane .topic').innerText === 'Archived'")
    await page.click(".side-pane .tool[aria-label^=Close]")
    await page.until("!document.querySelector('.places .threads')")
    await page.click(THREADS)
    await page.until("document.querySelector('.menu').innerText.includes('Archived')")
    await page.click(".menu button", "Kept")
    await page.until("document.querySelector('.side-pane h2').innerText.trim() === 'Kept'")
    assert page.complaints == []


async def test_a_thread_opens_when_the_guild_changed_while_it_was_fetched(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    page = await opened(browser, sandbox, "gus/retro")
    await page.evaluate(SLOW_STATE)
    await page.click(THREADS)
    await page.click(".menu button", "Start a thread")
    await page.until("document.querySelector('dialog input')")
    await page.type("Keep")
    await page.press("Enter")
    await page.until("document.querySelector('.side-pane h2')?.innerText.trim() === 'Keep'")
    assert page.complaints == []


async def test_a_press_is_not_lost_when_the_message_changes_under_it(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    head = await post(person, "prs", content="Retries")
    await person.act("emil", "prs", "thread", message=head["id"], name="talk")
    await person.act("emil", "talk", "say", content="one")
    page = await opened(browser, sandbox, "ada/prs")
    x, y = await page.hover(".thread-row")
    at = {"x": x, "y": y, "button": "left", "clickCount": 1}
    await page.call("Input.dispatchMouseEvent", type="mousePressed", **at)
    await person.act("emil", "talk", "say", content="two")
    await person.act("emil", "prs", "say", content="meanwhile")
    await post(person, "alerts", content="heard last")
    await page.until(f"document.querySelector('li.unread a[data-place=\"{CHANNELS['alerts']}\"]')")
    await asyncio.sleep(0.2)  # the page fetches what is new a moment after it hears of it
    await page.call("Input.dispatchMouseEvent", type="mouseReleased", **at)
    await page.until("document.querySelector('.side-pane')?.innerText.includes('two')")
    await page.until("document.querySelector('.thread-row').innerText.includes('2 messages')")
    await page.until("document.querySelector('.rows').innerText.includes('meanwhile')")


async def test_who_may_start_no_thread_is_not_offered_any(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    await post(person, "announcements", content="News")
    page = await opened(browser, sandbox, "kit/announcements")
    await page.click(THREADS)
    assert (await page.text(".menu")).strip() == "No threads yet"
    await page.press("Escape")
    await page.hover("li.message .said")
    await page.until("document.querySelector('.toolbar button')")
    assert not await page.evaluate("document.querySelector('.toolbar [aria-label=\"Start a thread\"]')")


async def test_what_is_pinned_is_listed_and_shown_where_it_stands(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    first = await post(person, "general", content="The **rules**")
    for number in range(60):
        await post(person, "general", content=f"line {number}")
    page = await opened(browser, sandbox, "ada/general")
    await page.click(".tool[aria-label^=Pinned]")
    await page.until("document.querySelector('.pins')?.innerText.includes('Nothing is pinned here')")
    await page.press("Escape")
    await person.act("ada", "general", "pin", message=first["id"])
    await page.click(".tool[aria-label^=Pinned]")
    await page.until("document.querySelector('.pin-list button')?.innerText.includes('The rules')")
    await page.press("Enter")
    await page.until(f"document.activeElement?.dataset.id === '{first['id']}'")
    assert page.complaints == []
