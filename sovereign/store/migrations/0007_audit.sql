-- The audit: rows that are never changed and never leave. `record` is canonical JSON and is what counts; the
-- columns beside it are for looking rows up, and verification compares them with it. Rows of before are chained
-- right after this script, and `audit_before` goes (store/audit.py).
ALTER TABLE audit RENAME TO audit_before;

CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    actor_id   INTEGER,
    actor_name TEXT,
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    result     TEXT NOT NULL CHECK (result IN ('intent', 'done', 'refused', 'failed', 'unknown')),
    trace      TEXT NOT NULL,
    intent     INTEGER,
    record     TEXT NOT NULL,
    hash       BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_actor ON audit (actor_id, seq);
CREATE INDEX audit_by_action ON audit (action, seq);
CREATE INDEX audit_by_subject ON audit (subject, seq);
CREATE INDEX audit_intents ON audit (seq) WHERE result = 'intent';
CREATE INDEX audit_outcomes ON audit (intent) WHERE intent IS NOT NULL;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: no record is changed'); END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: no record is deleted'); END;
-- Numbers have no gap; this also stops REPLACE, which deletes without asking the trigger above.
CREATE TRIGGER audit_is_appended_to BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: a record goes to its end'); END;

-- Signed statements of how many records there were and which. `frontier` saves reading them all for the next one.
CREATE TABLE audit_checkpoints (
    size     INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    root     BLOB NOT NULL,
    key      TEXT NOT NULL,
    note     TEXT NOT NULL,
    frontier BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_checkpoints_are_not_changed BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: no checkpoint is changed'); END;
CREATE TRIGGER audit_checkpoints_are_not_deleted BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: no checkpoint is deleted'); END;
CREATE TRIGGER audit_checkpoints_grow BEFORE INSERT ON audit_checkpoints
WHEN NEW.size <= (SELECT COALESCE(MAX(size), 0) FROM audit_checkpoints)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: a checkpoint covers more than the last'); END;

-- How far each sink has been given the records and the checkpoints.
CREATE TABLE audit_sinks (
    name       TEXT PRIMARY KEY,
    seq        INTEGER NOT NULL,
    checkpoint INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    sent_at    INTEGER,
    failing_at INTEGER,
    attempts   INTEGER NOT NULL DEFAULT 0,
    problem    TEXT
) STRICT;
