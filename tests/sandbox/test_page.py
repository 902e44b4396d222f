"""The page in a real Chromium: it shows what Discord would show, follows it live, lets one play people."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from sovereign.core.samples import cases
from sovereign.sandbox.guild import CHANNELS, MEMBERS, ROLES
from sovereign.sandbox.server import Running, SandboxOptions, running
from tests.sandbox.answers import commands
from tests.sandbox.chromium import Browser
from tests.sandbox.conftest import BotMaker, Person
from tests.sandbox.page import WIDE, opened, post, thread

CARD: dict[str, Any] = {
    "title": "🔵 ivan opened acme/shop#42: Add retries",
    "url": "https://github.com/acme/shop/pull/42",
    "color": 0x3B82F6,
    "description": "**Open** · 2 of 3 checks done",
    "fields": [
        {"name": "Branch", "value": "`fix` → `main`", "inline": True},
        {"name": "Changes", "value": "+12 -3", "inline": True},
        {"name": "Checks", "value": "`build` succeeded", "inline": False},
    ],
    "footer": {"text": "github · acme/shop"},
    "timestamp": "2026-03-01T10:00:00+00:00",
}
BUTTONS: list[dict[str, Any]] = [
    {
        "type": 1,
        "components": [
            {"type": 2, "style": 1, "label": "Acknowledge", "custom_id": "ack"},
            {"type": 2, "style": 4, "label": "Escalate", "custom_id": "esc", "disabled": True},
            {"type": 2, "style": 5, "label": "Dashboard", "url": "https://grafana.example/d/1"},
        ],
    }
]


@pytest.fixture
def options() -> SandboxOptions:
    return WIDE


class TestReading:
    async def test_a_card_is_shown_with_all_its_parts(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        await post(person, "prs", embeds=[CARD], components=BUTTONS)
        page = await opened(browser, sandbox, "ada/prs")
        assert await page.evaluate("document.querySelector('.embed-title a').textContent") == CARD["title"]
        assert await page.evaluate("document.querySelector('.embed-title a').href") == CARD["url"]
        assert await page.evaluate(
            "[...document.querySelectorAll('.field-row')].map((row) => row.querySelectorAll('.field').length)"
        ) == [2, 1]
        side = await page.evaluate("getComputedStyle(document.querySelector('.embed')).borderLeftColor")
        assert side == "rgb(59, 130, 246)"
        assert await page.evaluate(
            "[...document.querySelectorAll('.components .button')]"
            ".map((one) => [one.innerText.trim(), !!one.disabled])"
        ) == [["Acknowledge", False], ["Escalate", True], ["Dashboard", False]]
        assert await page.text(".message .badge") == "APP"
        assert page.complaints == []

    async def test_a_thread_hangs_under_its_message_and_opens_beside_it(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        head = await post(person, "prs", embeds=[CARD])
        inside = await thread(person, "prs", head["id"], "acme/shop#42: Add retries")
        await post(person, inside, content="emil approved")
        page = await opened(browser, sandbox, "ada/prs")
        assert "1 message" in await page.text(".thread-row")
        assert "Add retries" in await page.text(".places .threads a")
        await page.click(".thread-row")
        await page.until("document.querySelector('.side-pane')?.innerText.includes('emil approved')")
        assert await page.evaluate("location.hash") == f"#/ada/{CHANNELS['prs']}/{inside}"
        await post(person, inside, content="ivan merged it")
        await page.until("document.querySelector('.side-pane').innerText.includes('ivan merged it')")
        await page.until("document.querySelector('.thread-row').innerText.includes('2 messages')")
        await page.press("Escape")
        await page.until("getComputedStyle(document.querySelector('.side-pane')).display === 'none'")

    async def test_what_happens_is_followed_and_only_what_changed_is_drawn_anew(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        first = await post(person, "alerts", content="firing")
        await post(person, "alerts", content="another")
        page = await opened(browser, sandbox, "ada/alerts")
        await page.evaluate("window.kept = [...document.querySelectorAll('li.message')][1]; 1")
        await person.rest(
            "PATCH", f"/channels/{CHANNELS['alerts']}/messages/{first['id']}", {"content": "all is well"}
        )
        await page.until("document.querySelector('li.message').innerText.includes('all is well')")
        assert "(edited)" in await page.text("li.message")
        await person.act("hana", "alerts", "say", content="seen")
        await page.until("[...document.querySelectorAll('li.message')].at(-1).innerText.includes('seen')")
        assert await page.evaluate("window.kept.isConnected")
        await person.rest("DELETE", f"/channels/{CHANNELS['alerts']}/messages/{first['id']}")
        await page.until("!document.body.innerText.includes('all is well')")

    async def test_other_channels_are_marked_unread_until_they_are_opened(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        page = await opened(browser, sandbox, "chen/general")
        mention = {"roles": [str(ROLES["On-Call"])]}
        await post(person, "alerts", content=f"<@&{ROLES['On-Call']}> firing", allowed_mentions=mention)
        marked = f"li.unread a[data-place='{CHANNELS['alerts']}']"
        assert "1" in await page.text(f"{marked} .count-badge")
        await page.click(marked)
        await page.until(f"!document.querySelector({json.dumps(marked)})")
        await page.until("document.querySelector('li.message.mentioned')")
        assert await page.text(".message .mention") == "@On-Call"

    async def test_a_reload_comes_back_to_the_same_place_and_person(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        await person.act("emil", "dev-feed", "say", content="here I am")
        page = await opened(browser, sandbox, "emil/dev-feed")
        await page.reload()
        await page.until("document.querySelector('li.message')?.innerText.includes('here I am')")
        assert await page.text(".who strong") == "Emil"

    async def test_members_see_only_what_they_may(self, browser: Browser, sandbox: Running) -> None:
        page = await opened(browser, sandbox, "kit/announcements")
        shown = str(await page.evaluate("document.querySelector('.places').innerText"))
        assert "partner-lobby" in shown
        assert "governance" not in shown
        assert "on-call" not in shown
        assert await page.evaluate("document.querySelector('.composer textarea').disabled")
        assert "permission" in str(
            await page.evaluate("document.querySelector('.composer textarea').placeholder")
        )

    async def test_an_empty_channel_says_what_to_try(self, browser: Browser, sandbox: Running) -> None:
        page = await opened(browser, sandbox, "ada/prs")
        assert "sovereign send github pull_request.opened" in await page.text(".intro")

    def test_every_sample_that_an_empty_channel_names_exists(self) -> None:
        words = (files("sovereign.sandbox") / "page" / "intro.js").read_text(encoding="utf-8")
        named = re.findall(r"sovereign send (\S+) ([\w.]+)", words)
        assert len(named) >= 3
        for source, case in named:
            assert case in cases()[source]

    async def test_five_hundred_messages_load_as_one_scrolls_and_the_place_is_kept(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        for number in range(500):
            await person.act("gus", "general", "say", content=f"line {number}")
        page = await opened(browser, sandbox, "ada/general")
        assert await page.evaluate("document.querySelectorAll('li.message').length") == 100
        for count in (200, 300, 400, 500):
            await page.evaluate("document.querySelector('.scroller').scrollTop = 0; 1")
            await page.until(f"document.querySelectorAll('li.message').length === {count}")
            seen = "document.querySelector('.scroller').scrollTop"
            assert await page.evaluate(f"{seen} > 500"), "the reader was thrown to the top"
        await person.act("gus", "general", "say", content="the newest")
        await page.until("document.querySelector('.jump').innerText === '1 new message'")
        await page.click(".jump")
        await page.until("document.querySelector('.jump').hidden")

    async def test_files_and_pictures_are_shown(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        dot = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        )
        files = [{"name": "dot.png", "base64": dot}, {"name": "notes.txt", "base64": "aGVsbG8="}]
        await person.act("dora", "general", "say", content="look", files=files)
        page = await opened(browser, sandbox, "ada/general")
        await page.until("document.querySelector('img.attached')?.naturalWidth === 1")
        assert "5 bytes" in await page.text(".file")
        assert page.complaints == []


MARKDOWN = [
    ("**b** *i* _e_ __u__ ~~s~~", "<strong>b</strong> <em>i</em> <em>e</em> <u>u</u> <s>s</s>"),
    ("***both***", "<em><strong>both</strong></em>"),
    ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
    (r"\*no\* \_no\_ \[x\](y) \<@1> c:\\dir", "*no* _no_ [x](y) &lt;@1&gt; c:\\dir"),
    (r"`\*raw\*` ``a`b``", r"<code>\*raw\*</code> <code>a`b</code>"),
    ("# One\n## Two\nrest", '<h3 class="heading level-1">One</h3><h4 class="heading level-2">Two</h4>rest'),
    ("#not\n-# small", '#not\n<small class="subtext">small</small>'),
    ("> a\n> **b**\nc", "<blockquote>a\n<strong>b</strong></blockquote>c"),
    (">>> a\nb", "<blockquote>a\nb</blockquote>"),
    ("- a\n  - b\n- c", "<div><ul><li>a<ul><li>b</li></ul></li><li>c</li></ul></div>"),
    ("3. x\n4. y", '<div><ol start="3"><li>x</li><li>y</li></ol></div>'),
    ("```py\n*x*\n```", '<pre data-language="py" tabindex="0"><code>*x*</code></pre>'),
    ("[evil](javascript:alert(1))", "[evil](javascript:alert(1))"),
    ("<b>html</b> &amp;", "&lt;b&gt;html&lt;/b&gt; &amp;amp;"),
    ("||hidden||", "Spoiler, press to show"),
    (f"<@{MEMBERS['emil']}>", "@Emil</button>"),
    (f"<@&{ROLES['DevOps']}>", "@DevOps</span>"),
    (f"<#{CHANNELS['prs']}>", "prs</button>"),
    ("https://example.com/a_(b)).", ">https://example.com/a_(b)</a>)."),
    ("[words](https://example.com/x)", 'href="https://example.com/x"'),
    ("[https://a.example](https://b.example)", "[<span>https://a.example](https://b.example)</span>"),
    ("<t:99999999999999999:R>", "&lt;t:99999999999999999:R&gt;"),
]


class TestMarkdown:
    async def test_every_construct_is_drawn_as_discord_does(self, browser: Browser, sandbox: Running) -> None:
        page = await opened(browser, sandbox, "ada/general")
        draw = """(async (sources) => {
          const [{prose}, {World}, {state}] = await Promise.all(
            ["prose", "world", "api"].map((name) => import(`/page/${name}.js`)));
          const world = new World(await state());
          return sources.map((source) => prose(source, {world}).innerHTML);
        })"""
        drawn = await page.evaluate(f"{draw}({json.dumps([source for source, _ in MARKDOWN])})")
        assert isinstance(drawn, list)
        for (source, wanted), html in zip(MARKDOWN, drawn, strict=True):
            assert wanted in html, f"{source!r} became {html!r}"

    async def test_nothing_from_outside_becomes_markup(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
        card: dict[str, Any] = {
            "title": evil,
            "url": "https://x.example",
            "description": evil,
            "footer": {"text": evil},
        }
        card["fields"] = [{"name": evil, "value": evil}]
        await post(person, "general", content=evil, embeds=[card])
        page = await opened(browser, sandbox, "ada/general")
        assert await page.evaluate("document.querySelectorAll('.rows img, .rows script').length") == 0
        assert "owned" not in str(await page.evaluate("document.title"))
        assert page.complaints == []

    async def test_times_are_local_and_current(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        await post(person, "general", content="<t:1767225600:D> <t:4102444800:R>")
        page = await opened(browser, sandbox, "ada/general")
        first, second = "time.moment", "time.moment[data-relative]"
        assert (
            await page.evaluate(f"document.querySelector('{first}').dateTime") == "2026-01-01T00:00:00.000Z"
        )
        assert "years" in await page.text(second)
        past = "String(Math.round(Date.now() / 1000 - 100))"
        await page.evaluate(f"document.querySelector('{second}').dataset.relative = {past}")
        await page.until(f"document.querySelector('{second}').textContent.includes('1 minute ago')")


class TestPlaying:
    async def test_a_command_is_completed_filled_in_and_run_by_keyboard_alone(
        self, browser: Browser, sandbox: Running, person: Person, bot: BotMaker
    ) -> None:
        async with bot(prepare=commands):
            page = await opened(browser, sandbox, "emil/deployments")
            await page.press("/")
            await page.until("document.querySelector('.suggestions')?.innerText.includes('/deploy approve')")
            await page.type("depl")
            await page.press("Enter")
            await page.until("document.activeElement.ariaLabel?.startsWith('version')")
            await page.press("Enter")
            assert "version is required" in await page.text(".composer-state.error")
            await page.type("v2")
            await page.press("Tab")
            await page.until("document.querySelector('.suggestions').innerText.includes('Production')")
            await page.press("Enter")
            await page.press("Enter")
            await page.until("document.querySelector('li.message')?.innerText.includes('v2|prod|2')")
            assert "used /deploy" in await page.text(".origin")
            assert page.complaints == []

    async def test_what_the_bot_suggests_is_offered_while_one_types(
        self, browser: Browser, sandbox: Running, bot: BotMaker
    ) -> None:
        async with bot(prepare=commands):
            page = await opened(browser, sandbox, "emil/deployments")
            await page.press("/")
            await page.until("document.querySelector('.suggestions')?.innerText.includes('/deploy approve')")
            await page.type("deploy app")
            await page.press("Enter")
            await page.type("v")
            await page.until("document.querySelector('.suggestions').innerText.includes('v.1')")
            await page.press("ArrowDown")
            await page.press("Enter")
            await page.until("document.querySelector('.suggestions').innerText.includes('Production')")
            await page.press("Enter")
            await page.click(".add-option", "quorum")
            await page.type("9")
            await page.press("Enter")
            assert "quorum must be at most 5" in await page.text(".composer-state.error")
            await page.press("Backspace")
            await page.type("3")
            await page.press("Enter")
            await page.until("document.querySelector('li.message')?.innerText.includes('v1|prod|3')")

    async def test_a_modal_is_filled_in_and_the_caret_comes_back(
        self, browser: Browser, sandbox: Running, bot: BotMaker
    ) -> None:
        async with bot(prepare=commands):
            page = await opened(browser, sandbox, "juno/standup")
            await page.press("/")
            await page.until("document.querySelector('.suggestions')?.innerText.includes('/form')")
            await page.type("form")
            await page.press("Enter")
            await page.press("Enter")
            assert await page.text("dialog h2") == "Stand-up"
            await page.press("Enter")
            assert "Done" in await page.text("dialog .trouble:not([hidden])")
            await page.type("retries")
            await page.click("dialog .select")
            await page.click("[role=option]", "Fine")
            await page.click("dialog .button.primary")
            await page.until("document.querySelector('li.message')?.innerText.includes('retries f')")
            await page.type("done")
            await page.until("document.querySelector('.composer textarea').value === 'done'")

    async def test_a_button_pressed_by_two_members_answers_each_through_a_reload(
        self, browser: Browser, sandbox: Running, person: Person, bot: BotMaker
    ) -> None:
        async with bot(prepare=commands):
            await person.act("ada", "deployments", "command", command="panel")
            page = await opened(browser, sandbox, "ada/deployments")
            await page.click(".button", "Change")
            await page.until("document.querySelector('li.message').innerText.includes('changed by ada')")
            await page.reload()
            await page.click(".who")
            await page.click("[role=option]", "Gus")
            await page.until("document.querySelector('.who strong')?.innerText === 'Gus'")
            await page.click(".button", "Change")
            await page.until("document.querySelector('li.message').innerText.includes('changed by gus')")
            assert await page.evaluate("location.hash") == "#/gus/deployments"

    async def test_several_people_are_chosen_from_a_select(
        self, browser: Browser, sandbox: Running, person: Person, bot: BotMaker
    ) -> None:
        async with bot(prepare=commands):
            await person.act("ada", "deployments", "command", command="panel")
            page = await opened(browser, sandbox, "ada/deployments")
            await page.click(".select", "Who")
            await page.type("em")
            await page.press("Enter")
            await page.click("[role=listbox] [role=option]", "Emil")
            await page.click("[role=listbox] [role=option]", "Emil")
            await page.click(".chooser .button")
            await page.until("[...document.querySelectorAll('li.message')].at(-1).innerText.includes('emil')")

    async def test_an_ephemeral_answer_is_for_one_person_and_can_be_dismissed(
        self, browser: Browser, sandbox: Running, person: Person, bot: BotMaker
    ) -> None:
        async with bot(prepare=commands):
            mine = await opened(browser, sandbox, "ada/general")
            theirs = await opened(browser, sandbox, "gus/general")
            await person.act("ada", "general", "command", command="whisper")
            assert "Only you can see this" in await mine.text("li.ephemeral")
            await person.act("ada", "general", "say", content="after")
            await theirs.until("document.querySelector('.rows').innerText.includes('after')")
            assert "psst" not in str(await theirs.evaluate("document.body.innerText"))
            await mine.click("li.ephemeral button.link", "Dismiss")
            await mine.until("!document.querySelector('li.ephemeral')")
            await mine.reload()
            await mine.until("document.querySelector('.rows')?.innerText.includes('after')")
            assert not await mine.evaluate("document.body.innerText.includes('psst')")

    async def test_a_menu_command_runs_on_a_message_and_on_a_member(
        self, browser: Browser, sandbox: Running, person: Person, bot: BotMaker
    ) -> None:
        async with bot(prepare=commands):
            await person.act("gus", "general", "say", content="remember this")
            page = await opened(browser, sandbox, "ada/general")
            await page.click("li.message .said", button="right")
            await page.click(".menu button", "Pin it")
            await page.until("document.querySelector('.rows').innerText.includes('gus: remember this')")
            await page.click(".member", "Gus")
            await page.click(".profile .button", "Greet")
            await page.until("document.querySelector('.rows').innerText.includes('hello gus')")

    async def test_a_bot_that_does_not_answer_or_is_gone_is_told_in_words(
        self, browser: Browser, sandbox: Running, person: Person, bot: BotMaker
    ) -> None:
        await post(person, "alerts", content="firing", components=BUTTONS)
        page = await opened(browser, sandbox, "chen/alerts")
        assert "offline" in await page.text(".banners")
        await page.click(".button", "Acknowledge")
        assert "did not respond" in await page.text(".notice.error")
        await page.click(".notice button", "Dismiss")
        await page.until("!document.querySelector('.notice')")
        async with bot(prepare=commands):
            await page.until("!document.querySelector('.banners p')")
        await page.until("document.querySelector('.banners').innerText.includes('offline')")

    async def test_one_writes_edits_reacts_replies_and_deletes(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        page = await opened(browser, sandbox, "bela/general")
        await page.click(".composer textarea")
        await page.type("hello @em")
        await page.press("Enter")
        await page.type("!")
        await page.press("Enter")
        await page.until("document.querySelector('.message .mention')?.innerText === '@Emil'")
        [message] = await person.messages("general")
        assert message["content"] == f"hello <@{MEMBERS['emil']}> !"
        await page.press("ArrowUp")
        await page.until("document.querySelector('.said textarea')?.value === 'hello @emil !'")
        await page.type("!")
        await page.press("Enter")
        await page.until("document.querySelector('.said')?.innerText.includes('!! (edited)')")
        await page.hover("li.message")
        await page.click(".toolbar button")
        await page.until("document.querySelector('.reaction[aria-pressed=true] .count')?.innerText === '1'")
        await page.click(".reaction[aria-pressed=true]")
        await page.until("!document.querySelector('.reaction')")
        await page.click("li.message .said", button="right")
        await page.click(".menu button", "Reply")
        await page.type("again")
        await page.press("Enter")
        await page.until("document.querySelector('.origin .quoted')?.innerText.includes('hello @Emil')")
        await page.click("li.message .said", button="right")
        await page.click(".menu button", "Delete")
        await page.until("document.querySelectorAll('li.message').length === 1")

    async def test_the_direct_message_channel_is_there(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        page = await opened(browser, sandbox, "ada/@bot")
        await page.click(".composer textarea")
        await page.type("hi bot")
        await page.press("Enter")
        await page.until("document.querySelector('li.message')?.innerText.includes('hi bot')")


class TestKeyboardAndLooks:
    async def test_keys_move_between_channels_and_close_what_is_open(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        page = await opened(browser, sandbox, "ada/general")
        await page.press("Alt+ArrowDown")
        await page.until("location.hash === '#/ada/how-to'")
        await page.press("Alt+ArrowUp")
        await page.until("location.hash === '#/ada/general'")
        await page.press("Control+k")
        await page.type("standup")
        await page.press("Enter")
        await page.until("location.hash.endsWith('/standup')")
        await page.click(".tool[aria-label^=Webhooks]")
        await page.until("!document.querySelector('.drawer').hidden")
        await page.press("Escape")
        await page.until("document.querySelector('.drawer').hidden")

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    async def test_every_word_can_be_read(
        self, browser: Browser, sandbox: Running, person: Person, dark: bool
    ) -> None:
        mentions = "".join(f"<@&{role}> " for role in ROLES.values())
        await post(person, "alerts", content=mentions, embeds=[CARD], components=BUTTONS)
        words = {"type": 10, "content": "**Words**\n-# small"}
        box = {"type": 17, "components": [words, *BUTTONS]}
        hidden = {"type": 17, "components": [words], "spoiler": True}
        await post(person, "alerts", flags=1 << 15, components=[box, hidden])
        for who in MEMBERS:
            text = f"> quoted\n`code` **strong** https://example.com <@{MEMBERS['emil']}> <t:0:R>\n-# small"
            await person.act(who, "alerts", "say", content=text)
        page = await opened(browser, sandbox, "chen/alerts", dark=dark)
        await page.until("document.querySelectorAll('li.message').length === 14")
        faint = await page.evaluate(f"({CONTRASTS})()")
        assert faint == []

    async def test_nothing_in_a_message_overlaps_where_thread_and_drawer_leave_little_room(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        fields = [
            {"name": name, "value": "v" * 30, "inline": True} for name in ("Assignees", "Milestone", "Labels")
        ]
        head = await post(person, "prs", embeds=[{**CARD, "fields": fields}], components=BUTTONS)
        inside = await thread(person, "prs", head["id"], "talk")
        page = await opened(browser, sandbox, f"ada/{CHANNELS['prs']}/{inside}")
        await page.click(".tool[aria-label^=Webhooks]")
        room = "document.querySelector('.pane').getBoundingClientRect().width"
        assert await page.evaluate(f"{room} > 400")
        wide = (
            "[...document.querySelectorAll('.field-name')].filter((one) => one.scrollWidth > one.clientWidth)"
        )
        assert await page.evaluate(f"{wide}.length") == 0
        await page.resize(1240, 800)
        assert await page.evaluate(f"{room} > 400")

    async def test_a_narrow_screen_shows_one_thing_at_a_time(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        head = await post(person, "prs", embeds=[CARD], components=BUTTONS)
        inside = await thread(
            person, "prs", head["id"], "A thread with a name that is far too long for a phone"
        )
        await post(person, inside, content="x" * 300)
        page = await opened(browser, sandbox, "ada/prs", width=375, height=740)
        for box in ("html", ".scroller"):
            assert await page.evaluate(f"document.querySelector('{box}').scrollWidth") == 375
        await page.click(".thread-row")
        await page.until("document.querySelector('.side-pane').getBoundingClientRect().width === 375")
        await page.click(".side-pane .tool[aria-label^=Close]")
        await page.click(".tool[aria-label=Channels]")
        await page.click(".places a", "general")
        await page.until("getComputedStyle(document.querySelector('.sidebar')).display === 'none'")
        assert await page.text(".pane h2") == "general"

    async def test_the_page_finds_its_way_back_after_the_sandbox_was_gone(
        self, browser: Browser, tmp_path: Path
    ) -> None:
        async with running(tmp_path / "data") as first:
            page = await opened(browser, first, "ada/general")
        await page.until("document.querySelector('.banners').innerText.includes('Reconnecting')")
        async with running(tmp_path / "data", port=first.port):
            say = '{"as": "gus", "channel": "general", "do": "say", "content": "back again"}'
            await page.until("!document.querySelector('[data-topic=lost]')")
            await page.evaluate(
                f"fetch('/sandbox/act', {{method: 'POST', body: {json.dumps(say)}, "
                "headers: {'Content-Type': 'application/json'}}).then(() => 1)"
            )
            await page.until("document.querySelector('li.message')?.innerText.includes('back again')")


class OneSample:
    """What the program that starts the sandbox gives it to fill the drawer."""

    def cases(self) -> dict[str, list[str]]:
        return {"github": ["push"]}

    async def send(self, source: str, case: str) -> dict[str, object]:
        request = {
            "method": "POST",
            "url": "http://127.0.0.1/git",
            "headers": {"X-GitHub-Event": case},
            "body": "{}",
        }
        return {"request": request, "response": {"status": 202, "body": '{"id": "d-1"}'}}


class TestDrawer:
    async def test_a_sample_is_sent_and_the_exchange_is_shown(self, browser: Browser, tmp_path: Path) -> None:
        async with running(tmp_path, drawer=OneSample()) as sandbox:
            page = await opened(browser, sandbox, "ada/general")
            await page.click(".tool[aria-label^=Webhooks]")
            await page.click(".cases button", "push")
            assert await page.text(".exchange .status") == "202"
            shown = await page.text(".exchange")
            assert "X-GitHub-Event: push" in shown
            assert '"id": "d-1"' in shown

    async def test_the_calls_of_the_bot_are_listed_and_the_samples_tab_is_absent_without_samples(
        self, browser: Browser, sandbox: Running, person: Person
    ) -> None:
        await post(person, "general", content="counted")
        page = await opened(browser, sandbox, "ada/general")
        await page.click(".tool[aria-label^=Webhooks]")
        await page.until("document.querySelector('.calls')?.innerText.includes('POST')")
        assert await page.evaluate("document.querySelectorAll('[role=tab]').length") == 2
        await page.click(".calls summary")
        await page.until("document.querySelector('.calls pre')?.innerText.includes('counted')")


CONTRASTS = """() => {
  const parsed = (color) => {
    const numbers = color.match(/[\\d.]+/g).map(Number);
    const scale = color.startsWith("color(") ? 255 : 1;
    return [numbers[0] * scale, numbers[1] * scale, numbers[2] * scale, numbers[3] ?? 1];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, at) => part * a + under[at] * (1 - a));
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      layers.unshift(parsed(getComputedStyle(at).backgroundColor));
    }
    return layers.reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const box = node.parentElement;
    const style = getComputedStyle(box);
    const shown = box.checkVisibility({opacityProperty: true, visibilityProperty: true});
    if (!shown || !node.data.trim() || box.closest("[disabled], .away, .unseen")) continue;
    const under = ground(box);
    const [a, b] = [luminance(over(parsed(style.color), under)), luminance(under)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const words = `${box.className || box.tagName}: ${node.data.slice(0, 20)} ${ratio.toFixed(2)}`;
    if (ratio < 4.5) faint.add(words);
  }
  return [...faint];
}"""
