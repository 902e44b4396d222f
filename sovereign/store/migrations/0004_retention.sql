-- How a delivery proved itself: which proof held, and with which of several secrets, never the secret itself.
ALTER TABLE deliveries ADD COLUMN proof TEXT;

-- What is to be pruned is looked for from the oldest on, a source at a time.
CREATE INDEX deliveries_by_age ON deliveries (source, received_at);
CREATE INDEX refusals_by_minute ON refusals (minute);
