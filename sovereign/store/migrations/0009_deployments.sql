-- A version on its way to an environment, or that got there.
CREATE TABLE deployments (
    id              INTEGER PRIMARY KEY,
    proposal_id     INTEGER REFERENCES proposals (id),
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    service         TEXT NOT NULL,
    environment     TEXT NOT NULL,
    place_json      TEXT NOT NULL,
    version         TEXT NOT NULL,
    image           TEXT NOT NULL,
    from_version    TEXT NOT NULL,
    from_image      TEXT NOT NULL,
    strategy        TEXT NOT NULL,
    terms_json      TEXT NOT NULL,
    actor_json      TEXT NOT NULL,
    identity_json   TEXT NOT NULL,
    approved_json   TEXT NOT NULL,
    change          TEXT,
    state           TEXT NOT NULL
                    CHECK (state IN ('running', 'succeeded', 'rolled_back', 'cancelled', 'failed')),
    phase           TEXT NOT NULL,
    phase_at        INTEGER NOT NULL,
    wish            TEXT,
    wished_by       TEXT,
    memory_json     TEXT NOT NULL DEFAULT '{}',
    reason          TEXT NOT NULL DEFAULT '',
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER
) STRICT;
-- One at a time for a service in an environment.
CREATE UNIQUE INDEX deployments_running ON deployments (service, environment) WHERE state = 'running';
CREATE INDEX deployments_by_place ON deployments (service, environment, started_at);
CREATE INDEX deployments_by_start ON deployments (started_at);
CREATE INDEX deployments_by_proposal ON deployments (proposal_id) WHERE proposal_id IS NOT NULL;
-- What lies between two deployments, among all that ever happened.
CREATE INDEX events_of_delivery_flow ON events (kind, occurred_at)
    WHERE kind IN ('change.merged', 'branch.updated', 'service.deployed', 'service.rolledback');
