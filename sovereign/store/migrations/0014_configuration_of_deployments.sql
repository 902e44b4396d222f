-- What a later proposal is compared with. `configured_json` says what the configuration was when the deployment
-- began; `left_json` what ran when it had succeeded: the hash of the pods' template, and how many of them.
ALTER TABLE deployments ADD COLUMN configured_json TEXT NOT NULL DEFAULT '{}';
ALTER TABLE deployments ADD COLUMN left_json TEXT;
