-- The reason for which somebody deployed without the quorum; empty where nobody broke the glass.
ALTER TABLE deployments ADD COLUMN glass TEXT NOT NULL DEFAULT '';
