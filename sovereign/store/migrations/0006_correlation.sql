-- Why an event is in its conversation, in words.
ALTER TABLE events ADD COLUMN joined TEXT;

-- Why a name leads to a conversation, where a rule brought it there.
ALTER TABLE conversation_names ADD COLUMN why TEXT;

-- The conversation that has taken this one in: what it told goes on there.
ALTER TABLE conversations ADD COLUMN merged_into INTEGER REFERENCES conversations (id);
CREATE INDEX conversations_merged ON conversations (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX conversations_by_message ON conversations (message_id) WHERE message_id IS NOT NULL;

-- Where each rule has last seen an alert with these traits begin.
CREATE TABLE correlations (
    rule            TEXT NOT NULL,
    traits          TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    seen_at         INTEGER NOT NULL,
    PRIMARY KEY (rule, traits)
) STRICT, WITHOUT ROWID;
CREATE INDEX correlations_by_age ON correlations (seen_at);
