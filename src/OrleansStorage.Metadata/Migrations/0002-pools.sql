ALTER TABLE buckets ADD COLUMN pool {text} NOT NULL DEFAULT 'default';

ALTER TABLE pools ADD COLUMN fault_domain {text} NOT NULL DEFAULT 'device';

ALTER TABLE devices ADD COLUMN state {text} NOT NULL DEFAULT 'Online';

ALTER TABLE stripe_groups ADD COLUMN takes_writes {int64} NOT NULL DEFAULT 1;
