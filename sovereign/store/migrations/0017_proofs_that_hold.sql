-- What names a request whose signed time holds for some minutes, so that a copy of it is known after a restart too.
-- Null for what proves itself without a time.
ALTER TABLE deliveries ADD COLUMN once TEXT;
CREATE INDEX deliveries_once ON deliveries (received_at) WHERE once IS NOT NULL;
