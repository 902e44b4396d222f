-- What each alert said when it last fired, so that an incident can be named by what fires now and not by what was
-- heard last. `name` tells an alert from the others of its group; `said_json` is null for alerts from before this.
ALTER TABLE alerts ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN said_json TEXT;
DROP INDEX alerts_by_conversation;
CREATE INDEX alerts_by_conversation
ON alerts (conversation_id, status, severity_rank DESC, severity, started_at, name);

-- When an incident last called somebody, and how bad it was then.
ALTER TABLE incidents ADD COLUMN called_at INTEGER;
ALTER TABLE incidents ADD COLUMN called_severity TEXT;

-- Alerts that were said to be over before anybody said that they fire: the firing that comes late is over too.
CREATE TABLE endings (
    fingerprint TEXT PRIMARY KEY,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    heard_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX endings_by_age ON endings (heard_at);

-- Whom an event was to call, which it does once its gathering is over, if nothing of its name has called; and
-- whether its conversation was told of within the minute before: one thing that says much is no storm.
ALTER TABLE tellings ADD COLUMN mention_json TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tellings ADD COLUMN again INTEGER NOT NULL DEFAULT 0 CHECK (again IN (0, 1));
DROP INDEX tellings_by_channel;
CREATE INDEX tellings_by_channel ON tellings (channel, again, at) WHERE gathering_id IS NULL AND stirs = 1;
CREATE INDEX tellings_by_conversation ON tellings (conversation_id, at) WHERE conversation_id IS NOT NULL;
