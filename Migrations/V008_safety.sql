-- Partitions are made although rows of theirs have strayed: those are moved into them. Earlier versions could reserve ids
-- beyond the last partition; from then on none could be made, and nothing submitted.

CREATE OR REPLACE FUNCTION ensure_partitions(id bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    size constant bigint := 1000000;
    number bigint := ensure_partitions.id / size;
    parent text;
    part text;
BEGIN
    PERFORM pg_advisory_xact_lock(7283341, 2);
    LOOP
        part := 'job_attempt_p' || number;
        EXIT WHEN number < 0 OR to_regclass(part) IS NOT NULL;
        FOREACH parent IN ARRAY ARRAY['job', 'job_done', 'job_attempt'] LOOP
            part := parent || '_p' || number;
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING INDEXES)', part, parent);
            -- Attaching takes the same lock, on a table that is empty unless something went wrong.
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_stray');
            EXECUTE format(
                'WITH moved AS (DELETE FROM %I WHERE id >= %s AND id < %s RETURNING *) INSERT INTO %I SELECT * FROM moved',
                parent || '_stray', number * size, (number + 1) * size, part);
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                parent, part, number * size, (number + 1) * size);
        END LOOP;
        number := number - 1;
    END LOOP;
    RETURN (ensure_partitions.id / size + 1) * size;
END $$;

DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION ensure_partitions(bigint) SECURITY DEFINER SET search_path = %I, pg_temp',
        current_schema());
END $$;

-- When the leader last renewed its lease: in the future only if the clock was set back since.
ALTER TABLE leader ADD COLUMN renewed_at timestamptz;

-- Coordinators that run, and whether they reach Redis: who does not lets another lead.
CREATE TABLE coordinator (
    name        text PRIMARY KEY,
    sees_redis  boolean NOT NULL,
    seen_at     timestamptz NOT NULL        -- when it said so
) WITH (fillfactor = 50);
