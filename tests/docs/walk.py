"""Follows a page of the documentation to the letter: writes its files, changes files, runs its commands."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```(?P<language>\w+)(?P<words>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_READY = "Ctrl+C stops everything"
PATIENCE = 60.0
"""Seconds that one command of a page may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`named` holds what the info string says: `file=a.py` is `{"file": "a.py"}`."""

    language: str
    named: Mapping[str, str]
    text: str


def blocks(page: str) -> Iterator[Block]:
    for found in _FENCE.finditer(page):
        named = dict(word.split("=", 1) for word in found["words"].split())
        yield Block(language=found["language"], named=named, text=found["text"])


def changed(text: str, diff: str) -> str:
    """The text with the change of one block; what the change stands on must be there, and only once."""
    lines = diff.splitlines(keepends=True)
    assert all(line[:1] in (" ", "+", "-", "\n") for line in lines), diff
    before = "".join(line[1:] or "\n" for line in lines if line[:1] != "+")
    after = "".join(line[1:] or "\n" for line in lines if line[:1] != "-")
    assert text.count(before) == 1, f"{text.count(before)} places look like this:\n{before}"
    return text.replace(before, after)


@dataclass(slots=True)
class Walk:
    """`written` are the files that the page made or changed; `said` is what its last terminal said."""

    root: Path
    environment: Mapping[str, str]
    written: list[Path] = field(default_factory=list)
    said: str = ""
    _terminal: asyncio.subprocess.Process | None = None

    async def follow(self, block: Block) -> None:
        if block.language == "sh" and "terminal" in block.named:
            await self.stop()
            await self._begin(block.text)
        elif block.language == "sh":
            await self.run(block.text)
        elif path := block.named.get("file"):
            self._write(self.root / path, block)

    async def run(self, script: str) -> str:
        """What the commands say; every one of them must succeed."""
        process = await self._shell(f"set -eu\n{script}")
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate()
        assert process.returncode == 0, f"{script}\n{output.decode()}"
        return output.decode()

    async def stop(self) -> None:
        """Ctrl+C in the terminal that keeps running."""
        if self._terminal is None:
            return
        with suppress(ProcessLookupError):
            self._terminal.terminate()
        async with asyncio.timeout(PATIENCE):
            await self._terminal.communicate()
        self._terminal = None

    async def _begin(self, script: str) -> None:
        """The sandbox takes free ports here, for other tests run beside this one; all else is as written."""
        self._terminal = await self._shell("exec " + script.replace("sandbox", "sandbox --port 0"))
        assert self._terminal.stdout is not None
        self.said = ""
        async with asyncio.timeout(PATIENCE):
            while _READY not in self.said:
                line = await self._terminal.stdout.readline()
                assert line, f"{script} ended:\n{self.said}"
                self.said += line.decode()

    async def _shell(self, script: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            script,
            cwd=self.root,
            env={**self.environment, "PATH": f"{Path(sys.executable).parent}:{self.environment['PATH']}"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    def _write(self, path: Path, block: Block) -> None:
        self.written += [path] if path not in self.written else []
        if block.language == "diff":
            path.write_text(changed(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
            return
        assert not path.exists(), f"{path} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
