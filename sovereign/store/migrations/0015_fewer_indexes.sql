-- Every index is written with every row: each of these has the columns, or the rows, of another one.
DROP INDEX events_of_delivery_flow;
DROP INDEX outbox_by_conversation;
DROP INDEX outbox_of_conversation;
CREATE INDEX outbox_of_conversation ON outbox (conversation_id, state) WHERE conversation_id IS NOT NULL;
