-- Whether the audit tells of it: not one record for each of a flood, and none twice.
ALTER TABLE refusals ADD COLUMN recorded INTEGER NOT NULL DEFAULT 0 CHECK (recorded IN (0, 1));
CREATE INDEX refusals_unrecorded ON refusals (endpoint, reason, minute) WHERE recorded = 0;
