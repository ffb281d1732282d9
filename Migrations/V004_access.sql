-- Who may do what: API keys, the limits of tenants, and a database user who cannot change the schema.

-- Keys by the hash of their secret, which is shown once and kept nowhere.
CREATE TABLE api_key (
    hash            bytea PRIMARY KEY CHECK (length(hash) = 32),    -- SHA-256 of the secret
    id              integer GENERATED ALWAYS AS IDENTITY UNIQUE,    -- what people call it by
    name            text NOT NULL,              -- for people
    tenant          integer NOT NULL,           -- whose batches it may see and make
    scopes          text[] NOT NULL,            -- of submit, read, operate, worker, admin
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz,                -- it counts for nothing from then on
    revoked_at      timestamptz,                -- it counts for nothing since
    last_used_at    timestamptz                 -- to the minute
) WITH (fillfactor = 70);

-- What counts against the limits of a tenant.
CREATE INDEX batch_tenant_active ON batch (tenant) WHERE state IN (0, 1, 2, 5);

-- Entries of different tenants have nothing to do with each other.
ALTER TABLE cron ADD COLUMN tenant integer NOT NULL DEFAULT 1;
ALTER TABLE cron DROP CONSTRAINT cron_pkey;
ALTER TABLE cron ADD PRIMARY KEY (tenant, name);

-- Drops the partitions of number `number`, if no batch has ids in them; returns whether it did.
CREATE FUNCTION drop_partitions(number bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    parent text;
BEGIN
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', 'job_p' || number);
    -- Looked at behind the lock: an upload that had reserved its ids may have come to its end meanwhile.
    IF EXISTS (SELECT FROM batch_block k
        WHERE k.base < (drop_partitions.number + 1) * 1000000
            AND k.base + k.count > drop_partitions.number * 1000000)
    THEN
        RETURN false;
    END IF;
    FOREACH parent IN ARRAY ARRAY['job', 'job_done', 'job_attempt'] LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', parent || '_p' || number);
    END LOOP;
    RETURN true;
END $$;

-- Partitions come and go while the queue runs. Whoever may call these functions can do that and nothing else to the
-- schema, so that a coordinator needs no right to create or drop tables.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION ensure_partitions(bigint) SECURITY DEFINER SET search_path = %I, pg_temp',
        current_schema());
    EXECUTE format('ALTER FUNCTION drop_partitions(bigint) SECURITY DEFINER SET search_path = %I, pg_temp',
        current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION ensure_partitions(bigint), drop_partitions(bigint) FROM PUBLIC;
