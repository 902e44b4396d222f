-- Where something was scaled, restarted or rolled back, until the cluster has done it. `words_json` says from what
-- to what; `generation` is that of the workload after the change.
CREATE TABLE operations (
    id              INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('scale', 'restart', 'rollback')),
    place_json      TEXT NOT NULL,
    actor_json      TEXT NOT NULL,
    words_json      TEXT NOT NULL,
    generation      INTEGER NOT NULL,
    conversation_id INTEGER REFERENCES conversations (id),
    state           TEXT NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed', 'replaced', 'unknown')),
    why             TEXT NOT NULL DEFAULT '',
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER
) STRICT;
CREATE INDEX operations_running ON operations (id) WHERE state = 'running';

-- Messages that are kept up to date for a while: the status of a service, or the board of all.
CREATE TABLE boards (
    id              INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    service         TEXT,
    environment     TEXT,
    actor_json      TEXT NOT NULL,
    until           INTEGER NOT NULL
) STRICT;

CREATE INDEX events_of_a_kind ON events (kind, occurred_at);

-- Runs of playbooks. `plan_json` holds the steps as they were when the run began, `progress_json` how far it is.
CREATE TABLE playbook_runs (
    id              INTEGER PRIMARY KEY,
    playbook        TEXT NOT NULL,
    environment     TEXT NOT NULL,
    plan_json       TEXT NOT NULL,
    actor_json      TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    started_at      INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('proposed', 'running', 'asking', 'done', 'failed', 'stopped')),
    progress_json   TEXT NOT NULL,
    ended_at        INTEGER
) STRICT;
CREATE INDEX playbook_runs_running ON playbook_runs (id) WHERE state = 'running';
