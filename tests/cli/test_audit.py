"""`sovereign audit` and `sovereign manifest` on the command line, right and wrong."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sovereign.cli.main import app
from sovereign.core import clock, signing
from sovereign.core.errors import SovereignError
from sovereign.domain import audit as rules
from sovereign.domain.audit import Entry
from sovereign.services import checkpoints
from sovereign.store import audit
from sovereign.store.database import opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def refused(*arguments: str) -> str:
    found = run(*arguments)
    assert isinstance(found.exception, SovereignError), found.output
    public: str = found.exception.public
    return public if public != SovereignError.public else str(found.exception)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def fill() -> None:
        async with opened(tmp_path / "sovereign.db") as database:
            one = Entry(at=clock.now(), actor=None, action="services.scale", subject="shop")
            cut = Entry(
                at=clock.now(), actor=None, action="services.scale", subject="x", result=rules.Result.INTENT
            )
            await database.write(lambda tx: audit.append_all(tx, [one, one, cut]))
            await checkpoints.make(database, signing.create(tmp_path / "audit.key"))

    asyncio.run(fill())
    return tmp_path


def test_verify_export_and_prove(data: Path) -> None:
    at = ("--data", str(data))
    found = run("audit", "verify", *at)
    assert (found.exit_code, "3 records, 1 checkpoint that fit" in found.output) == (0, True)
    told = json.loads(run("audit", "verify", "--json", *at).stdout)
    assert (told["whole"], told["records"]) == (True, 3)
    note = run("audit", "checkpoint", *at).stdout
    (data / "note.txt").write_text(f"```\n{note}```\n", encoding="utf-8")
    assert run("audit", "settle", "3", "done", "it runs", *at).exit_code == 0
    assert run("audit", "verify", "--checkpoint", str(data / "note.txt"), *at).exit_code == 0
    export = data / "audit.jsonl"
    assert run("audit", "export", str(export), *at).exit_code == 0
    assert "exists already" in refused("audit", "export", str(export), *at)
    key = run("audit", "key", *at).stdout.split()[0]
    assert run("audit", "verify", "--export", str(export), "--key", key).exit_code == 0
    export.write_bytes(export.read_bytes().replace(b"shop", b"shoq", 1))
    spoilt = run("audit", "verify", "--export", str(export), "--key", key)
    assert (spoilt.exit_code, "record 1 was changed" in spoilt.output) == (1, True)
    assert json.loads(run("audit", "prove", "2", *at).stdout)["kind"] == "inclusion"
    proof = json.loads(run("audit", "prove", "--from", str(data / "note.txt"), *at).stdout)
    assert proof["kind"] == "consistency"


def test_wrong_input_is_told(data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    at, empty = ("--data", str(data)), tmp_path_factory.mktemp("empty")
    assert "64 hexadecimal digits" in refused("audit", "verify", "--key", "nonsense", *at)
    assert "Name the public key" in refused("audit", "verify", "--data", str(empty))
    (empty / "note.txt").write_text("nothing")
    assert "is no checkpoint" in refused("audit", "verify", "--checkpoint", str(empty / "note.txt"), *at)
    assert "cannot be read" in refused("audit", "verify", "--export", str(empty / "none"), *at)
    assert "no export" in refused("audit", "verify", "--export", str(empty / "note.txt"), *at)
    assert "There is no record 77" in refused("audit", "prove", "77", *at)
    assert "There is no record 77" in refused("audit", "show", "77", *at)
    assert run("audit", "prove", *at).exit_code == 2
    assert "is no time" in refused("audit", "show", "--since", "soon", *at)
    assert "never written over" in refused("audit", "key", "--create", str(data / "audit.key"), *at)
    assert "is no intent" in refused("audit", "settle", "1", "done", "x", *at)


def test_show_finds_records(data: Path) -> None:
    at = ("--data", str(data))
    assert json.loads(run("audit", "show", "2", *at).stdout)["seq"] == 2
    assert [one["seq"] for one in json.loads(run("audit", "show", "--json", "--pending", *at).stdout)] == [3]
    assert "services.scale" in run("audit", "show", "--action", "services", *at).stdout
    assert "No such records" in run("audit", "show", "--who", "nobody", *at).stdout


def test_records_are_listed_a_line_each_and_whole_where_no_terminal_reads_them(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    at = ("--data", str(data))
    lines = run("audit", "show", *at).stdout.splitlines()
    records = json.loads(run("audit", "show", "--json", *at).stdout)
    assert len(lines) == len(records) + 1
    for line, one in zip(lines[1:], records, strict=True):
        assert all(part in line for part in (str(one["seq"]), one["action"], one["subject"], one["result"]))


def test_a_key_of_another_kind_or_none_is_refused_and_stops_the_start(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOVEREIGN_AUDIT_KEY", str(data / "elsewhere.key"))
    assert "There is no signing key" in refused("audit", "key", "--data", str(data))
    (data / "elsewhere.key").write_text("not a key")
    assert "no private key in PEM" in refused("audit", "key", "--data", str(data))
    with pytest.raises(SovereignError):
        checkpoints.signing_key(data / "missing.key", data)
    assert not (data / "missing.key").exists()


def test_the_manifest_is_hashed_and_compared(tmp_path: Path) -> None:
    file, config = tmp_path / "MANIFEST.md", tmp_path / "discovery.yml"
    file.write_text("We agree.\n")
    digest = run("manifest", "hash", str(file)).stdout.strip()
    config.write_text(f"governance: {{manifest: {{path: MANIFEST.md, sha256: {digest}}}}}\n")
    assert run("manifest", "verify", "--config", str(config)).exit_code == 0
    file.write_text("We agree. Or not.\n")
    found = run("manifest", "verify", "--config", str(config))
    assert (found.exit_code, "deviates" in found.output) == (1, True)
    file.unlink()
    assert "cannot be read" in run("manifest", "verify", "--config", str(config)).output
    config.write_text("org: {name: x}\n")
    assert "names no manifest" in refused("manifest", "verify", "--config", str(config))
    assert "cannot be read" in refused("manifest", "hash", str(tmp_path))
