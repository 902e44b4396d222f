-- A delivery that was worked off may be worked off again, on somebody's word.
ALTER TABLE deliveries ADD COLUMN replayed_at INTEGER;
ALTER TABLE deliveries ADD COLUMN replayed_by TEXT;
CREATE INDEX deliveries_troubled ON deliveries (id) WHERE state IN ('unparsed', 'quarantined');
