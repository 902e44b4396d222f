-- Times are microseconds since 1970 UTC. Booleans are 0 or 1. Texts named `..._json` are built and read in Python.

-- One HTTP request each, as it came.
CREATE TABLE deliveries (
    id                INTEGER PRIMARY KEY,
    endpoint          TEXT NOT NULL,
    source            TEXT NOT NULL,
    idempotency       TEXT NOT NULL,
    idempotency_group TEXT,
    verdict           TEXT NOT NULL CHECK (verdict IN ('verified', 'unauthenticated')),
    headers_json      TEXT NOT NULL,
    body              BLOB NOT NULL,
    received_at       INTEGER NOT NULL,
    state             TEXT NOT NULL DEFAULT 'received'
                      CHECK (state IN ('received', 'ingested', 'unparsed', 'quarantined')),
    problem           TEXT
) STRICT;
CREATE INDEX deliveries_by_idempotency ON deliveries (endpoint, idempotency);
CREATE INDEX deliveries_by_group ON deliveries (endpoint, idempotency_group, id) WHERE idempotency_group IS NOT NULL;
CREATE INDEX deliveries_waiting ON deliveries (id) WHERE state = 'received';

-- Requests refused before they became deliveries, counted and not kept.
CREATE TABLE refusals (
    endpoint TEXT NOT NULL,
    reason   TEXT NOT NULL,
    minute   INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (endpoint, reason, minute)
) STRICT;

-- One message and the thread under it.
CREATE TABLE conversations (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL,
    live       INTEGER NOT NULL DEFAULT 1 CHECK (live IN (0, 1)),
    topic      TEXT NOT NULL,
    channel    TEXT NOT NULL,
    state_json TEXT NOT NULL,
    head_id    INTEGER,
    channel_id INTEGER,
    message_id INTEGER,
    thread_id  INTEGER,
    opened_at  INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_live_conversation_by_key ON conversations (key) WHERE live = 1;

-- Other names under which events find a conversation: the head commit of a pull request.
CREATE TABLE conversation_names (
    name            TEXT PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id)
) STRICT;

-- Normalised facts. `id` is the delivery's id and the place in it, so that a second reading adds nothing.
CREATE TABLE events (
    id              TEXT PRIMARY KEY,
    delivery_id     INTEGER NOT NULL REFERENCES deliveries (id),
    conversation_id INTEGER REFERENCES conversations (id),
    source          TEXT NOT NULL,
    kind            TEXT NOT NULL,
    severity        TEXT NOT NULL,
    title           TEXT NOT NULL,
    route           TEXT NOT NULL,
    occurred_at     INTEGER NOT NULL,
    event_json      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_conversation ON events (conversation_id, occurred_at) WHERE conversation_id IS NOT NULL;
CREATE INDEX events_by_delivery ON events (delivery_id);

-- What is wrong, by fingerprint; many alerts may belong to one incident.
CREATE TABLE alerts (
    fingerprint     TEXT PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    title           TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('firing', 'resolved')),
    severity        TEXT NOT NULL,
    severity_rank   INTEGER NOT NULL,
    started_at      INTEGER NOT NULL,
    resolved_at     INTEGER,
    seen_at         INTEGER NOT NULL,
    times_fired     INTEGER NOT NULL
) STRICT;
CREATE INDEX alerts_by_conversation ON alerts (conversation_id, status, severity_rank);

-- What people work on.
CREATE TABLE incidents (
    id                INTEGER PRIMARY KEY,
    conversation_id   INTEGER NOT NULL UNIQUE REFERENCES conversations (id),
    title             TEXT NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
    severity          TEXT NOT NULL,
    service           TEXT,
    environment       TEXT,
    opened_at         INTEGER NOT NULL,
    acknowledged_by   INTEGER,
    acknowledged_name TEXT,
    acknowledged_at   INTEGER,
    resolved_at       INTEGER
) STRICT;
CREATE INDEX incidents_unresolved ON incidents (opened_at) WHERE state <> 'resolved';

CREATE TABLE timeline (
    id          INTEGER PRIMARY KEY,
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    actor       TEXT,
    text        TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_by_incident ON timeline (incident_id, at);

-- Intents on their way to Discord. Rows of one lane go one after the other.
CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY,
    key             TEXT NOT NULL UNIQUE,
    ref             TEXT NOT NULL,
    op              TEXT NOT NULL CHECK (op IN ('post', 'edit', 'line', 'digest')),
    lane            TEXT NOT NULL,
    channel         TEXT NOT NULL,
    conversation_id INTEGER REFERENCES conversations (id),
    priority        INTEGER NOT NULL,
    payload_json    TEXT NOT NULL,
    mention_json    TEXT NOT NULL DEFAULT '[]',
    revision        INTEGER NOT NULL DEFAULT 1,
    batch           INTEGER,
    state           TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'digested', 'failed')),
    created_at      INTEGER NOT NULL,
    not_before      INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    attempted_at    INTEGER,
    problem         TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox (lane, priority DESC, id) WHERE state = 'waiting';
CREATE INDEX outbox_batches ON outbox (batch) WHERE batch IS NOT NULL AND state = 'waiting';
CREATE INDEX outbox_by_conversation ON outbox (conversation_id) WHERE state = 'waiting';

-- The messages that an intent became.
CREATE TABLE outbox_parts (
    outbox_id  INTEGER NOT NULL REFERENCES outbox (id),
    part       INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (outbox_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_parts_by_message ON outbox_parts (message_id);

CREATE TABLE audit (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    actor_id   INTEGER NOT NULL,
    actor_name TEXT NOT NULL,
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    result     TEXT NOT NULL,
    details    TEXT NOT NULL
) STRICT;

-- Small facts of our own, such as the hash of the command tree that Discord has.
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
