-- Events lie in the order in which they came. By their ids they did not, and without a row id every one of more
-- than a thousand bytes took a page of its own: a store of events was three times as large as its events.
CREATE TABLE events_in_order_of_arrival (
    sequence        INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    delivery_id     INTEGER NOT NULL REFERENCES deliveries (id),
    conversation_id INTEGER REFERENCES conversations (id),
    source          TEXT NOT NULL,
    kind            TEXT NOT NULL,
    severity        TEXT NOT NULL,
    title           TEXT NOT NULL,
    route           TEXT NOT NULL,
    joined          TEXT,
    occurred_at     INTEGER NOT NULL,
    event_json      TEXT NOT NULL
) STRICT;
INSERT INTO events_in_order_of_arrival (sequence, id, delivery_id, conversation_id, source, kind, severity, title,
    route, joined, occurred_at, event_json)
SELECT sequence, id, delivery_id, conversation_id, source, kind, severity, title, route, joined, occurred_at,
    event_json
FROM events ORDER BY sequence;

-- The events' letters would go with the old table.
CREATE TABLE letters AS SELECT * FROM forwards;
DROP TABLE forwards;
DROP TABLE events;
ALTER TABLE events_in_order_of_arrival RENAME TO events;
CREATE INDEX events_by_conversation ON events (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX events_by_delivery ON events (delivery_id);
CREATE INDEX events_of_a_kind ON events (kind, occurred_at);

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
INSERT INTO forwards SELECT target, event_id, sequence, state, created_at, attempts, not_before, problem FROM letters;
DROP TABLE letters;
CREATE INDEX forwards_waiting ON forwards (target, sequence) WHERE state = 'waiting';
CREATE INDEX forwards_by_event ON forwards (event_id);

-- Every index is written with every row: two had what a third one has.
DROP INDEX outbox_by_conversation;
DROP INDEX outbox_of_conversation;
CREATE INDEX outbox_of_conversation ON outbox (conversation_id, state) WHERE conversation_id IS NOT NULL;
