"""What `audit verify` finds: every kind of tampering by its name, in the database and in an export."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sovereign.core import clock, signing
from sovereign.core.errors import NotFound, UserError
from sovereign.core.signing import SigningKey
from sovereign.domain import audit as rules
from sovereign.domain import checkpoint
from sovereign.domain.audit import GENESIS, Entry
from sovereign.domain.evidence import check_proof
from sovereign.domain.permission import Actor, Role
from sovereign.services import checkpoints, evidence
from sovereign.services.evidence import Verdict
from sovereign.store import audit
from sovereign.store import checkpoints as store
from sovereign.store.database import Database, opened
from sovereign.store.sqlite import Connection, driver
from tests.store.prepared import prepared

TOOL = Path(__file__).parents[2] / "tools" / "verify_audit.py"
ADA = Actor(id=2**60, name='ada "the first" ✓', roles=(Role(id=5, name="DevOps"),))
TRIGGERS = (
    "audit_is_not_changed",
    "audit_is_not_shortened",
    "audit_is_appended_to",
    "audit_checkpoints_are_not_changed",
    "audit_checkpoints_are_not_deleted",
    "audit_checkpoints_grow",
)


def entry(number: int) -> Entry:
    actor = ADA if number % 3 else None
    return Entry(
        at=clock.now(),
        actor=actor,
        action="alerts.acknowledge",
        subject=f'incident "{number}"',
        parameters={"at": number, "details": {"intent": "\n", "list": [1, True, None]}},
        intent=number - 1 if number % 5 == 0 else None,
        details="ü 😀",
    )


@dataclass(slots=True)
class Vault:
    database: Database
    path: Path
    key: SigningKey

    async def fill(self, *sizes: int) -> None:
        """Records up to each size, with a checkpoint there."""
        for size in sizes:
            have = (await self.database.read(audit.head)).seq
            entries = [entry(number) for number in range(have + 1, size + 1)]
            await self.database.write(lambda tx, entries=entries: audit.append_all(tx, entries))  # type: ignore[misc]
            await checkpoints.make(self.database, self.key)

    async def verdict(self, *given: checkpoint.Signed) -> Verdict:
        return await evidence.verify(self.database, [self.key.public], given, lambda done, total: None)

    async def said(self, *given: checkpoint.Signed) -> list[tuple[str, int]]:
        return [(fault.kind, fault.seq) for fault in (await self.verdict(*given)).faults]

    async def export(self) -> bytes:
        lines: list[str] = []
        await evidence.export(self.database, lines.append, lambda done, total: None)
        return "".join(lines).encode()

    def tamper(self, *statements: str) -> None:
        """As somebody would who has the file, and knows that triggers can be dropped."""
        connection: Connection = driver.connect(str(self.path), isolation_level=None)
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            connection.execute(statement)
        connection.close()

    def forge(self, change: int) -> None:
        """Change a record and make every hash after it anew, as somebody would who knows how it works."""
        connection: Connection = driver.connect(str(self.path), isolation_level=None)
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        prev = GENESIS
        for seq, text in connection.execute("SELECT seq, record FROM audit ORDER BY seq").fetchall():
            found = json.loads(text) | {"prev": prev}
            if seq == change:
                found["details"] = "nothing happened"
            forged = rules.spelt(found)
            hashed = rules.digest(forged)
            connection.execute("UPDATE audit SET record = ?, hash = ? WHERE seq = ?", (forged, hashed, seq))
            prev = hashed.hex()
        connection.close()


@asynccontextmanager
async def vault(folder: Path) -> AsyncIterator[Vault]:
    async with opened(prepared(folder / "s.db")) as database:
        yield Vault(database=database, path=folder / "s.db", key=signing.create(folder / "audit.key"))


@pytest.fixture
async def safe(tmp_path: Path) -> AsyncIterator[Vault]:
    async with vault(tmp_path) as it:
        await it.fill(7, 12, 20)
        yield it


def checked(raw: bytes, keys: Sequence[bytes]) -> list[tuple[str, int]]:
    """What an export's check says; one that cannot be read at all is ("none", 0)."""
    try:
        found = evidence.verify_export(io.BytesIO(raw), keys, lambda done, total: None)
    except UserError:
        return [("none", 0)]
    return [(fault.kind, fault.seq) for fault in found.faults]


async def test_what_nobody_touched_is_whole(safe: Vault) -> None:
    found = await safe.verdict()
    assert (found.records, found.matched, found.unsigned, found.faults) == (20, (7, 12, 20), 0, [])
    await safe.database.write(lambda tx: audit.append(tx, entry(21)))
    assert (await safe.verdict()).unsigned == 1


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["UPDATE audit SET record = REPLACE(record, 'ü', 'u') WHERE seq = 5"], [("changed", 5)]),
        (["UPDATE audit SET hash = zeroblob(32) WHERE seq = 5"], [("changed", 5)]),
        (["UPDATE audit SET actor_name = 'bela' WHERE seq = 5"], [("changed", 5)]),
        (["UPDATE audit SET at = at + 1 WHERE seq = 1"], [("changed", 1)]),
        (["UPDATE audit SET intent = 3 WHERE seq = 20"], [("changed", 20)]),
        (["UPDATE audit SET record = '{' WHERE seq = 6"], [("changed", 6)]),
        (["DELETE FROM audit WHERE seq = 9"], [("removed", 9)]),
        (["DELETE FROM audit WHERE seq BETWEEN 3 AND 15"], [("removed", 3)]),
        (["DELETE FROM audit WHERE seq = 1"], [("removed", 1)]),
        (["DELETE FROM audit WHERE seq > 18"], [("cut", 19)]),
        (["DELETE FROM audit_checkpoints WHERE size > 7", "DELETE FROM audit WHERE seq > 18"], []),
        (
            [
                "UPDATE audit SET seq = 100 WHERE seq = 8",
                "UPDATE audit SET seq = 8 WHERE seq = 9",
                "UPDATE audit SET seq = 9 WHERE seq = 100",
            ],
            [("reordered", 9)],
        ),
        (
            [
                "DELETE FROM audit WHERE seq = 10",
                "UPDATE audit SET seq = seq - 1 WHERE seq > 10",
            ],
            [("removed", 10)],
        ),
        (["UPDATE audit_checkpoints SET root = zeroblob(32) WHERE size = 12"], [("checkpoint", 12)]),
        (
            ["UPDATE audit_checkpoints SET note = REPLACE(note, '12', '13') WHERE size = 12"],
            [("checkpoint", 12)],
        ),
    ],
)
async def test_tampering_in_the_database_is_named(
    safe: Vault, statements: list[str], expected: list[tuple[str, int]]
) -> None:
    safe.tamper(*statements)
    assert await safe.said() == expected


async def test_an_inserted_record_is_named(safe: Vault) -> None:
    other = rules.spelt(rules.members(entry(99), 10, "0" * 64))
    safe.tamper(
        "UPDATE audit SET seq = -seq - 1 WHERE seq >= 10",
        "UPDATE audit SET seq = -seq WHERE seq < 0",
        "INSERT INTO audit SELECT 10, at, actor_id, actor_name, action, subject, result, trace, intent,"
        f" '{other}', hash FROM audit WHERE seq = 9",
    )
    assert ("inserted", 10) in await safe.said() or ("changed", 10) in await safe.said()


async def test_a_chain_that_was_made_anew_shows_at_the_checkpoints(safe: Vault) -> None:
    safe.forge(10)
    (fault,) = (await safe.verdict()).faults
    assert (fault.kind, fault.seq, fault.last) == ("checkpoint", 8, 12)


async def test_a_cut_tail_shows_at_a_checkpoint_that_was_posted_outside(safe: Vault) -> None:
    kept = await safe.database.read(store.newest)
    assert kept is not None
    outside = kept.signed()
    assert await safe.said(outside) == []
    safe.tamper("DELETE FROM audit_checkpoints WHERE size > 12", "DELETE FROM audit WHERE seq > 12")
    assert await safe.said() == []
    assert await safe.said(outside) == [("cut", 13)]


async def test_checkpoints_by_another_key_count_only_where_a_trusted_one_covers_them(
    safe: Vault, tmp_path: Path
) -> None:
    other = signing.create(tmp_path / "other.key")
    before, safe.key = safe.key, other
    assert await safe.said() == [("checkpoint", 7), ("checkpoint", 12), ("checkpoint", 20)]
    await safe.fill(25)
    found = await safe.verdict()
    assert found.faults == []
    assert before.public.hex() in found.remarks[0]
    with pytest.raises(UserError, match="none of the keys"):
        await safe.said(checkpoint.signed((await _newest(safe)).checkpoint, before))


async def _newest(safe: Vault) -> checkpoint.Signed:
    kept = await safe.database.read(store.newest)
    assert kept is not None
    return kept.signed()


async def test_an_export_ends_at_a_checkpoint_and_is_whole(safe: Vault) -> None:
    await safe.database.write(lambda tx: audit.append(tx, entry(21)))
    raw = await safe.export()
    assert raw.count(b"\n") == 1 + 20 + 3
    assert checked(raw, [safe.key.public]) == []
    assert checked(raw, [b"\0" * 32]) == [("none", 0)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda lines: lines[:5] + lines[6:], ("removed", 5)),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], ("reordered", 6)),
        (lambda lines: [*lines[:5], lines[2], *lines[5:]], ("inserted", 2)),
        (lambda lines: lines[:-3], ("cut", 13)),
        (lambda lines: lines[:-1], ("cut", 13)),
        (lambda lines: lines[:1], ("cut", 1)),
        (lambda lines: [*lines[:5], lines[5].replace("incident", "accident"), *lines[6:]], ("changed", 5)),
        (lambda lines: [*lines[:20], lines[20].replace("ü", "u"), *lines[21:]], ("changed", 18)),
        (lambda lines: [*lines, lines[-1]], ("changed", 20)),
    ],
)
async def test_tampering_with_an_export_is_named(
    safe: Vault, change: object, expected: tuple[str, int]
) -> None:
    assert callable(change)
    lines = (await safe.export()).decode().splitlines(keepends=True)
    found = checked("".join(change(lines)).encode(), [safe.key.public])
    assert expected in found


async def test_every_changed_bit_of_an_export_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "is_signed", lru_cache(signing.is_signed))
    async with vault(tmp_path) as small:
        await small.fill(1)
        raw, keys = await small.export(), [small.key.public]
    assert checked(raw, keys) == []
    missed = [
        (place, bit)
        for place in range(len(raw))
        for bit in range(8)
        if not checked(raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :], keys)
    ]
    assert missed == []


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    async def made() -> tuple[bytes, str]:
        async with vault(tmp_path_factory.mktemp("vault")) as it:
            await it.fill(3, 8)
            return await it.export(), it.key.public.hex()

    return asyncio.run(made())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_tool_of_third_parties_finds_any_changed_bit_too(
    exported: tuple[bytes, str], tool: object, data: st.DataObject
) -> None:
    raw, key = exported
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:place] + bytes([raw[place] ^ 1 << data.draw(st.integers(0, 7))]) + raw[place + 1 :]
    check = tool.check_export  # type: ignore[attr-defined]
    assert check(io.BytesIO(raw), [bytes.fromhex(key)])[0] == 8
    with pytest.raises(tool.Wrong):  # type: ignore[attr-defined]
        check(io.BytesIO(changed), [bytes.fromhex(key)])


def test_the_tool_of_third_parties_says_which_checkpoint_has_damaged_base64(
    exported: tuple[bytes, str], tool: object
) -> None:
    raw, key = exported
    check = tool.check_export  # type: ignore[attr-defined]
    place = raw.rindex(b"=") - 40
    with pytest.raises(tool.Wrong, match="its base64 is damaged"):  # type: ignore[attr-defined]
        check(io.BytesIO(raw[:place] + b"=" + raw[place + 1 :]), [bytes.fromhex(key)])


@pytest.fixture(scope="module")
def tool() -> object:
    import importlib.util

    spec = importlib.util.spec_from_file_location("verify_audit", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_proofs_hold_for_us_and_for_the_tool_which_knows_nothing_of_us(
    safe: Vault, tmp_path: Path
) -> None:
    first = (await safe.database.read(lambda tx: store.after(tx, 0, 1)))[0]
    proofs = [await evidence.prove(safe.database, seq) for seq in (1, 13, 20)]
    proofs.append(await evidence.prove_consistency(safe.database, first.note))
    for number, proof in enumerate(proofs):
        assert check_proof(proof, [safe.key.public])
        with pytest.raises(ValueError, match="trusted"):
            check_proof(proof, [b"\0" * 32])
        (tmp_path / f"{number}.json").write_text(proof + "\n")
    (tmp_path / "export.jsonl").write_bytes(await safe.export())
    (tmp_path / "bad.json").write_text(proofs[0].replace("incident", "accident") + "\n")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(TOOL), "--key", safe.key.public.hex(), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    found = await asyncio.to_thread(run, "export.jsonl", *(f"{number}.json" for number in range(4)))
    assert found.returncode == 0, found.stderr
    assert "20 records" in found.stdout
    found = await asyncio.to_thread(run, "bad.json")
    assert found.returncode == 1
    assert "bad.json" in found.stderr


async def test_what_cannot_be_proved_is_said(safe: Vault) -> None:
    await safe.database.write(lambda tx: audit.append(tx, entry(21)))
    with pytest.raises(NotFound, match="There is no record 99"):
        await evidence.prove(safe.database, 99)
    with pytest.raises(NotFound, match="No checkpoint covers record 21"):
        await evidence.prove(safe.database, 21)
    with pytest.raises(UserError, match="no checkpoint"):
        await evidence.prove_consistency(safe.database, "nonsense")
