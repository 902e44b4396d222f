-- What belongs to a conversation is looked for when it is let go, and never by reading a whole table.
CREATE INDEX outbox_of_conversation ON outbox (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX conversation_names_by_conversation ON conversation_names (conversation_id);
