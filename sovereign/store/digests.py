"""Taking what waits for a channel out of its queue, so that one digest can stand for it."""

from __future__ import annotations

import json

from sovereign.store.sqlite import Connection


def untried(tx: Connection, lane: str, priority: int, limit: int) -> int:
    """How many new messages of that priority wait in the lane, counted up to `limit`."""
    (count,) = tx.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE lane = ? AND state = 'waiting' AND priority = ?"
        " AND op = 'post' AND attempts = 0 LIMIT ?) AS few",
        (lane, priority, limit),
    ).fetchone()
    return int(count)


def take_untried(tx: Connection, lane: str, priority: int, limit: int) -> list[dict[str, object]]:
    """Take those messages, and the lines that wait under them, out of the queue: their payloads in order.

    Their conversations have no head message then, and get one when something happens next.
    """
    chosen = (
        "SELECT id, conversation_id FROM outbox WHERE lane = ? AND state = 'waiting' AND priority = ?"
        " AND op = 'post' AND attempts = 0 ORDER BY id LIMIT ?"
    )
    heads = tx.execute(chosen, (lane, priority, limit)).fetchall()
    conversation_ids = [(row["conversation_id"],) for row in heads if row["conversation_id"] is not None]
    taken = [(row["id"],) for row in heads]
    for (conversation_id,) in conversation_ids:
        lines = tx.execute(
            "SELECT id FROM outbox WHERE conversation_id = ? AND state = 'waiting' AND op = 'line'",
            (conversation_id,),
        )
        taken.extend((row["id"],) for row in lines)
    tx.executemany("UPDATE outbox SET state = 'digested' WHERE id = ?", taken)
    tx.executemany("UPDATE conversations SET head_id = NULL WHERE id = ?", conversation_ids)
    payloads = [
        tx.execute("SELECT payload_json FROM outbox WHERE id = ?", one).fetchone() for one in sorted(taken)
    ]
    return [json.loads(row["payload_json"]) for row in payloads]
