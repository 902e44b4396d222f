"""What the tests of the page share: opening it, and filling the channels that it shows."""

from __future__ import annotations

from typing import Any

from sovereign.sandbox.guild import CHANNELS
from sovereign.sandbox.server import Running, SandboxOptions
from tests.sandbox.chromium import Browser, Page
from tests.sandbox.conftest import Person

WIDE = SandboxOptions(message_bucket=(10_000, 1.0), thread_bucket=(1_000, 1.0), global_per_second=10_000)
"""A test fills channels faster than Discord would allow."""


async def opened(browser: Browser, sandbox: Running, hash_: str, **how: Any) -> Page:
    """The page at an address such as `ada/prs`, once it shows the place."""
    page = await browser.page(f"{sandbox.url}/#/{hash_}", **how)
    await page.until("document.querySelector('.intro, li.message')")
    return page


async def post(person: Person, channel: str, **body: Any) -> dict[str, Any]:
    """A message of the bot."""
    status, answer, _ = await person.rest(
        "POST", f"/channels/{CHANNELS.get(channel, channel)}/messages", body
    )
    assert status == 200, answer
    return dict(answer)


async def thread(person: Person, channel: str, message: str, name: str) -> str:
    place = f"/channels/{CHANNELS[channel]}/messages/{message}/threads"
    status, answer, _ = await person.rest("POST", place, {"name": name})
    assert status == 201, answer
    return str(answer["id"])


async def run(page: Page, command: str) -> None:
    """Runs a command that has no options, by the keyboard."""
    await page.press("/")
    await page.until(f"document.querySelector('.suggestions')?.innerText.includes('/{command}')")
    await page.type(command)
    await page.press("Enter")
    await page.press("Enter")
