-- Times in which events are gathered into one message: a storm, a source above its limit, quiet hours, maintenance.
CREATE TABLE gatherings (
    id              INTEGER PRIMARY KEY,
    scope           TEXT NOT NULL,
    reason          TEXT NOT NULL CHECK (reason IN ('storm', 'limit', 'quiet', 'maintenance')),
    name            TEXT NOT NULL,
    channel         TEXT NOT NULL,
    began_at        INTEGER NOT NULL,
    ended_at        INTEGER,
    shown_at        INTEGER NOT NULL,
    shown           INTEGER NOT NULL DEFAULT 0,
    conversation_id INTEGER
) STRICT;
CREATE UNIQUE INDEX one_open_gathering_by_scope ON gatherings (scope) WHERE ended_at IS NULL;

-- Every event that was to be told in Discord: at once (no gathering), in a gathering, or apart from it.
CREATE TABLE tellings (
    event_id        TEXT PRIMARY KEY,
    gathering_id    INTEGER REFERENCES gatherings (id),
    apart           INTEGER NOT NULL DEFAULT 0 CHECK (apart IN (0, 1)),
    conversation_id INTEGER,
    channel         TEXT NOT NULL,
    source          TEXT NOT NULL,
    stirs           INTEGER NOT NULL CHECK (stirs IN (0, 1)),
    name            TEXT NOT NULL,
    severity        TEXT NOT NULL,
    severity_rank   INTEGER NOT NULL,
    title           TEXT NOT NULL,
    url             TEXT,
    count           INTEGER NOT NULL,
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tellings_by_source ON tellings (source, at) WHERE gathering_id IS NULL;
CREATE INDEX tellings_by_channel ON tellings (channel, at) WHERE gathering_id IS NULL AND stirs = 1;
CREATE INDEX tellings_by_gathering ON tellings (gathering_id, at) WHERE gathering_id IS NOT NULL;
CREATE INDEX tellings_apart ON tellings (gathering_id, name) WHERE apart = 1;
CREATE INDEX tellings_by_time ON tellings (at) WHERE gathering_id IS NULL;
