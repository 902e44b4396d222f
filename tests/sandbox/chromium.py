"""Drives a real Chromium over the DevTools protocol: pages, scripts, pointer and keys, pictures."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 20.0
"""Seconds that anything awaited here may take."""
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-features=BackForwardCache",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--remote-debugging-port=0",
)
_PLACE = """(([selector, words]) => {
  const found = [...document.querySelectorAll(selector)]
    .find((one) => one.textContent.includes(words) && one.getClientRects().length);
  if (!found || found.disabled) return null;
  found.scrollIntoView({block: "nearest"});
  const at = found.getBoundingClientRect();
  return [at.x + at.width / 2, at.y + at.height / 2];
})(%s)"""
_CODES = {
    "Enter": 13,
    "Escape": 27,
    "Tab": 9,
    "Backspace": 8,
    "ArrowUp": 38,
    "ArrowDown": 40,
    "End": 35,
    "Home": 36,
}
_MODIFIERS = {"Alt": 1, "Control": 2, "Shift": 8}


def executable() -> str | None:
    """Where a Chromium is, if there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@dataclass(slots=True, kw_only=True)
class Browser:
    """One connection to the browser; every page is a session on it.

    The first page is the tab that the browser has from its start: its process is warm, which makes it open
    more than twice as fast. It shares nothing with those before it: they had another origin, and what they
    stored is cleared. Further pages have a context of their own.
    """

    socket: ClientWebSocketResponse
    pages: dict[str, Page] = field(default_factory=dict)
    contexts: list[object] = field(default_factory=list)
    last: int = 0

    async def call(self, method: str, session: str | None = None, **params: object) -> dict[str, object]:
        """One command and its answer; what happens meanwhile goes to the pages.

        Raises RuntimeError if it is refused.
        """
        self.last += 1
        number = self.last
        message: dict[str, object] = {"id": number, "method": method, "params": params}
        await self.socket.send_json(message | ({"sessionId": session} if session else {}))
        async with asyncio.timeout(PATIENCE):
            while True:
                heard = json.loads(await self.socket.receive_str())
                if heard.get("id") == number:
                    break
                if page := self.pages.get(heard.get("sessionId", "")):
                    page.hear(heard)
        if "error" in heard:
            raise RuntimeError(f"{method}: {heard['error']}")
        result: dict[str, object] = heard["result"]
        return result

    async def page(self, address: str, *, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        """A page of its own cookies and storage, open at an address and loaded."""
        target = await self._another_tab() if self.pages else await self._first_tab()
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(browser=self, session=str(attached["sessionId"]), target=target)
        self.pages[page.session] = page
        for domain in ("Runtime", "Log", "Page"):
            await page.call(f"{domain}.enable")
        await page.resize(width, height)
        await page.theme(dark=dark)
        await page.call("Page.navigate", url=address)
        return page

    async def close(self) -> None:
        """Leave the first tab empty, and nothing of the others."""
        for context in self.contexts:
            await self.call("Target.disposeBrowserContext", browserContextId=context)
        for page in list(self.pages.values())[:1]:
            origin = await page.evaluate("location.origin")
            await page.call("Page.navigate", url="about:blank")
            await page.call("Storage.clearDataForOrigin", origin=origin, storageTypes="all")

    async def _first_tab(self) -> str:
        found = await self.call("Target.getTargets", filter=[{"type": "page"}])
        targets = found["targetInfos"]
        assert isinstance(targets, list)
        return str(targets[0]["targetId"])

    async def _another_tab(self) -> str:
        context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        self.contexts.append(context)
        target = await self.call("Target.createTarget", url="about:blank", browserContextId=context)
        return str(target["targetId"])


@dataclass(slots=True, kw_only=True)
class Page:
    """One tab. `complaints` are its uncaught errors, console errors and violations of its policy."""

    browser: Browser
    session: str
    target: str
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: dict[str, object]) -> None:
        params = message.get("params")
        words = json.dumps(params)[:600]
        kind = message.get("method")
        severe = '"level": "error"' in words or '"type": "error"' in words
        if kind == "Runtime.exceptionThrown" or (
            kind in ("Log.entryAdded", "Runtime.consoleAPICalled") and severe
        ):
            self.complaints.append(words)

    async def call(self, method: str, **params: object) -> dict[str, object]:
        return await self.browser.call(method, self.session, **params)

    async def evaluate(self, expression: str) -> object:
        """The value of a JavaScript expression, awaited if a promise. Raises RuntimeError if it throws."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {json.dumps(answer['exceptionDetails'])[:800]}")
        result = answer["result"]
        assert isinstance(result, dict)
        return result.get("value")

    async def until(self, expression: str) -> object:
        """The first truthy value of an expression, true for a node. Raises AssertionError if none comes."""
        asked = f"Promise.resolve({expression}).then((found) => found instanceof Node || found)"
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    if value := await self.evaluate(asked):
                        return value
                    await asyncio.sleep(0.02)
        shown = await self.evaluate("document.body.innerText")
        raise AssertionError(f"never came true: {expression}\n{shown}\n{self.complaints}")

    async def text(self, selector: str) -> str:
        """What is written in the first element that matches, once there is one."""
        found = json.dumps(selector)
        await self.until(f"document.querySelector({found})")
        return str(await self.evaluate(f"document.querySelector({found}).innerText"))

    async def click(self, selector: str, words: str = "", *, button: str = "left") -> None:
        """Presses the first visible element that matches and contains the words, with the pointer."""
        x, y = await self.hover(selector, words)
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1)

    async def hover(self, selector: str, words: str = "") -> tuple[float, float]:
        """Brings such an element into view and the pointer over it, once there is one not disabled."""
        place = await self.until(_PLACE % json.dumps([selector, words]))
        assert isinstance(place, list)
        x, y = place
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        return x, y

    async def press(self, keys: str) -> None:
        """A key by its name, with modifiers before it: `Enter`, `Alt+ArrowDown`, `/`."""
        *held, key = keys.split("+")
        modifiers = sum(_MODIFIERS[name] for name in held)
        letter = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = _CODES.get(key, ord(key.upper()) if key.isalnum() and len(key) == 1 else 0)
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        down: dict[str, object] = {**common, "type": "keyDown" if letter and not held else "rawKeyDown"}
        await self.call("Input.dispatchKeyEvent", **down | ({"text": letter} if letter and not held else {}))
        await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def type(self, words: str) -> None:
        """Types letter by letter into whatever has the focus."""
        for letter in words:
            await self.press(letter)

    async def resize(self, width: int, height: int) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    async def theme(self, *, dark: bool) -> None:
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[feature])

    async def reload(self) -> None:
        await self.call("Page.reload")

    async def picture(self) -> bytes:
        """What can be seen, as a PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(str(shot["data"]))


@contextmanager
def launched(profile: Path) -> Iterator[str]:
    """A browser with a profile of its own, for as long as the block lasts: the address to connect to.

    Raises RuntimeError where none is installed, or if it ends by itself.
    """
    program = executable()
    if program is None:
        raise RuntimeError("no Chromium is installed")
    flags = [*_FLAGS, f"--user-data-dir={profile}"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium's own sandbox refuses to run as root.
    process = subprocess.Popen(
        [program, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield _address(profile, process)
    finally:
        _end(process)


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Browser]:
    """A connection to a launched browser; the pages opened through it are closed with it."""
    async with ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
        browser = Browser(socket=socket)
        try:
            yield browser
        finally:
            await browser.close()


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Chromium writes the port that it took, and its path, into its profile."""
    note = profile / "DevToolsActivePort"
    for _ in range(int(2 * PATIENCE / 0.02)):
        lines = note.read_text().split("\n") if note.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        time.sleep(0.02)
    raise RuntimeError("Chromium did not say where it listens")


def _end(process: subprocess.Popen[bytes]) -> None:
    """It has children of its own, all in one group; what it leaves is in its profile alone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
