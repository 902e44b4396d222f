"""Forms on the page, in a real Chromium: every field of a modal, faults in the drawer, names of controls."""

from __future__ import annotations

import pytest

from sovereign.sandbox.server import Running, SandboxOptions
from tests.sandbox.answers import commands
from tests.sandbox.chromium import Browser
from tests.sandbox.conftest import BotMaker, Person
from tests.sandbox.page import WIDE, opened, post, run

FILE = """(() => {
  const files = new DataTransfer();
  files.items.add(new File(["%s"], "%s"));
  const event = new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true});
  document.querySelector(".upload").dispatchEvent(event);
  return true;
})()"""
NAMELESS = """[...document.querySelectorAll("button, input, textarea, select, [role=button], a")]
  .filter((one) => one.getClientRects().length)
  .filter((one) => !(one.innerText?.trim() || one.ariaLabel || one.labels?.length || one.title))
  .map((one) => one.outerHTML.slice(0, 200))"""


@pytest.fixture
def options() -> SandboxOptions:
    return WIDE


async def test_radio_buttons_checkboxes_and_files_of_a_modal_reach_the_bot(
    browser: Browser, sandbox: Running, bot: BotMaker
) -> None:
    async with bot(prepare=commands):
        page = await opened(browser, sandbox, "juno/standup")
        await run(page, "survey")
        await page.until("document.querySelector('dialog strong')?.innerText === 'how'")
        await page.press("Enter")
        assert "How: " in await page.text("dialog .trouble:not([hidden])")
        await page.press("ArrowDown")
        assert (
            await page.evaluate("document.querySelector('.box:has(:checked)').innerText") == "Badly\nIt burns"
        )
        await page.click(".box", "search")
        await page.click(".box", "billing")
        await page.click(".box", "Sure")
        for content, name in (("one", "a.txt"), ("two", "b.txt")):
            await page.evaluate(FILE % (content, name))
        await page.click("dialog .button.primary")
        assert "1 to 2 choices, not 3" in await page.text("dialog .trouble:not([hidden])")
        await page.click(".box", "shop")
        await page.click(".upload .file .tool")
        assert await page.evaluate(NAMELESS) == []
        await page.click("dialog .button.primary")
        await page.until("document.querySelector('li.message')?.innerText.includes('b|se,bi|True|two')")
        assert all("400" in one for one in page.complaints)


async def test_a_long_modal_keeps_its_buttons_in_sight_on_a_phone(
    browser: Browser, sandbox: Running, bot: BotMaker
) -> None:
    async with bot(prepare=commands):
        page = await opened(browser, sandbox, "juno/standup", width=375, height=480)
        await run(page, "survey")
        await page.until("document.querySelector('dialog')")
        fits = "(() => { const at = document.querySelector('dialog .button.primary').getBoundingClientRect();"
        assert await page.evaluate(f"{fits} return at.bottom < innerHeight && at.right < innerWidth }})()")
        assert await page.evaluate("document.documentElement.scrollWidth") == 375
        await page.press("Escape")
        await page.until("!document.querySelector('dialog')")


async def test_faults_are_made_and_cleared_from_the_drawer(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    page = await opened(browser, sandbox, "ada/general")
    await page.click(".tool[aria-label^=Webhooks]")
    await page.click("[role=tab]", "Faults")
    await page.until("document.querySelector('.faults')?.innerText === 'Nothing.'")
    await page.evaluate("document.querySelector('[name=times]').value = 'often'")
    await page.click(".weather .button.primary")
    assert "times is a whole number" in await page.text(".weather .trouble")
    await page.evaluate("document.querySelector('[name=times]').value = '2'")
    await page.click(".weather .button.primary")
    await page.until("document.querySelector('.faults').innerText.includes('500, 2 more')")
    [active] = (await person.get("fault"))["active"]
    assert (active["kind"], active["match"], active["times"]) == ("rest", "POST .*/messages", 2)
    assert await page.evaluate(NAMELESS) == []
    await page.click(".weather .button.secondary")
    await page.until("document.querySelector('.faults').innerText === 'Nothing.'")
    await page.press("Escape")
    await page.until("document.activeElement?.ariaLabel === 'Webhooks and traffic'")
    assert all("400" in one for one in page.complaints)


async def test_every_control_says_what_it_is_to_those_who_do_not_see_it(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    components = [
        {"type": 1, "components": [{"type": 2, "style": 1, "emoji": {"name": "✅"}, "custom_id": "a"}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "b"}]},
    ]
    await post(person, "general", content="||hidden|| <@1>", components=components)
    await person.act("ada", "general", "say", content="files", files=[{"name": "a.txt", "base64": "YQ=="}])
    page = await opened(browser, sandbox, "ada/general")
    await page.hover("li.message")
    await page.until("document.querySelector('.toolbar')")
    assert await page.evaluate(NAMELESS) == []
    await page.click(".tool[aria-label^='Insert an emoji']")
    assert await page.evaluate(NAMELESS) == []
