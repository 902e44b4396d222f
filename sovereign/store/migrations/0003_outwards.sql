-- The order of arrival, by which whoever follows the events knows its place. It is the moment in microseconds,
-- or the next free number, so that no number comes twice, neither after a clean-up nor after a restore.
ALTER TABLE events ADD COLUMN sequence INTEGER;
UPDATE events SET sequence = placed.place
FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY delivery_id, LENGTH(id), id) AS place FROM events) AS placed
WHERE placed.id = events.id;
CREATE UNIQUE INDEX events_in_order ON events (sequence);

-- How far the events have been looked through for each target of outgoing webhooks.
CREATE TABLE forward_positions (
    target   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events on their way to a target: those that arrive leave, those that never do stay as dead letters for as
-- long as the event is kept.
CREATE TABLE forwards (
    target     TEXT NOT NULL,
    event_id   TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    sequence   INTEGER NOT NULL,
    state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
    created_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    problem    TEXT,
    PRIMARY KEY (target, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX forwards_waiting ON forwards (target, sequence) WHERE state = 'waiting';
CREATE INDEX forwards_by_event ON forwards (event_id);
