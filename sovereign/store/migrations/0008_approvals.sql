-- What somebody wants to deploy, and what the others say of it.
CREATE TABLE proposals (
    id              INTEGER PRIMARY KEY,
    service         TEXT NOT NULL,
    environment     TEXT NOT NULL,
    version         TEXT NOT NULL,
    image           TEXT NOT NULL,
    digest          TEXT,
    strategy        TEXT NOT NULL,
    requester_id    INTEGER NOT NULL,
    requester       TEXT NOT NULL,
    change          TEXT,
    policy_json     TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    state           TEXT NOT NULL
                    CHECK (state IN ('open', 'rejected', 'expired', 'cancelled', 'void', 'executed')),
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    decided_at      INTEGER,
    decided_by      TEXT,
    reason          TEXT NOT NULL DEFAULT '',
    notes_json      TEXT NOT NULL DEFAULT '{}',
    told_reached    INTEGER NOT NULL DEFAULT 0 CHECK (told_reached IN (0, 1))
) STRICT;
CREATE INDEX proposals_open ON proposals (expires_at) WHERE state = 'open';
CREATE INDEX proposals_by_place ON proposals (service, environment, id);
CREATE UNIQUE INDEX proposals_by_conversation ON proposals (conversation_id);

-- Every vote and every taking back, never changed; a member's newest one counts.
CREATE TABLE votes (
    id          INTEGER PRIMARY KEY,
    proposal_id INTEGER NOT NULL REFERENCES proposals (id),
    member_id   INTEGER NOT NULL,
    name        TEXT NOT NULL,
    choice      TEXT CHECK (choice IN ('approve', 'reject')),
    way         TEXT NOT NULL CHECK (way IN ('button', 'reaction')),
    comment     TEXT NOT NULL DEFAULT '',
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX votes_by_proposal ON votes (proposal_id, id);

-- For some time nothing is deployed there.
CREATE TABLE freezes (
    id          INTEGER PRIMARY KEY,
    service     TEXT,
    environment TEXT,
    reason      TEXT NOT NULL,
    by_id       INTEGER NOT NULL,
    by_name     TEXT NOT NULL,
    since       INTEGER NOT NULL,
    until       INTEGER,
    lifted_at   INTEGER,
    lifted_by   TEXT
) STRICT;
CREATE INDEX freezes_standing ON freezes (since) WHERE lifted_at IS NULL;
