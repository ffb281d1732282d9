-- The queue: what was asked for, what waits, what runs, what came of it.
--
-- A job is in exactly one of five places: fresh (its id is at or beyond batch_block.next), job_ready, job_later,
-- job_live or job_done. No row of `job` ever changes; moving a job is an insert and a delete in narrow tables, so
-- that a long-running snapshot elsewhere cannot slow the queue down by keeping wide row versions alive.
--
-- Times are of this server's clock only; no other clock is compared with them.

-- Ids of jobs come from here, in blocks: see reserve_ids.
CREATE SEQUENCE job_id;
-- Fencing tokens of executions, never reused.
CREATE SEQUENCE epoch CACHE 1;

-- Reserves n consecutive job ids and returns the first.
--
-- The lock is held for this call, not to the end of the transaction, so that uploads of different batches do not wait
-- for each other. Ids of a transaction that fails are not used again.
CREATE FUNCTION reserve_ids(n bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    base bigint;
BEGIN
    PERFORM pg_advisory_lock(7283341, 1);
    SELECT last_value INTO base FROM job_id;
    PERFORM setval('job_id', base + n);
    PERFORM pg_advisory_unlock(7283341, 1);
    RETURN base;
EXCEPTION WHEN query_canceled OR OTHERS THEN
    PERFORM pg_advisory_unlock(7283341, 1);
    RAISE;
END $$;

-- A queue of jobs that can share a forward pass.
CREATE TABLE lane (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pool    text NOT NULL,                  -- group of workers that serve it
    kind    text NOT NULL,                  -- kind of request, such as 'generate'
    model   text NOT NULL,                  -- digest of the model pack that they need
    UNIQUE (pool, kind, model)
);

-- Captions that were submitted together.
CREATE TABLE batch (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,              -- for people
    model       text NOT NULL,              -- the model, as its owner named it
    digest      text NOT NULL,              -- digest of the model pack that the name stood for
    lane        integer NOT NULL,           -- lane of all its jobs
    samples     integer NOT NULL,           -- images for each line
    seed        bigint NOT NULL,            -- seed of line 0; line n has seed + n
    priority    smallint NOT NULL,          -- higher goes first
    truncation  double precision,           -- truncation psi; the model's own where NULL
    state       smallint NOT NULL DEFAULT 0,-- 0 open, 1 sealed, 2 running, 3 finished, 4 abandoned
    items       integer NOT NULL DEFAULT 0, -- lines received; grows while the batch is open
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    sealed_at   timestamptz,                -- end of the upload
    finished_at timestamptz                 -- end of its last job; set once
) WITH (fillfactor = 70);
-- What the dispatcher looks at.
CREATE INDEX batch_active ON batch (lane, priority DESC, id) WHERE state IN (1, 2);

-- How many jobs of a batch are where; changed in the transaction that moves them, never counted.
CREATE TABLE batch_count (
    id          bigint PRIMARY KEY,         -- the batch
    ready       bigint NOT NULL DEFAULT 0,  -- fresh, or in job_ready
    later       bigint NOT NULL DEFAULT 0,  -- in job_later
    live        bigint NOT NULL DEFAULT 0,  -- in job_live
    succeeded   bigint NOT NULL DEFAULT 0,  -- in job_done, state 1
    failed      bigint NOT NULL DEFAULT 0,  -- in job_done, state 2
    cancelled   bigint NOT NULL DEFAULT 0,  -- in job_done, state 3
    bytes       bigint NOT NULL DEFAULT 0   -- sum of job_done.bytes
) WITH (fillfactor = 40);                   -- room for HOT updates: nothing but the key is indexed

-- A run of consecutive ids that belongs to one batch; jobs never dispatched before are known by `next` alone.
CREATE TABLE batch_block (
    batch_id    bigint,
    base        bigint,                     -- first id of the run
    count       integer NOT NULL,           -- ids in it; grows while the batch is open and the next ids are free
    next        bigint NOT NULL,            -- ids from here on are fresh: no row but that in job exists
    PRIMARY KEY (batch_id, base)
) WITH (fillfactor = 50);

-- The callers' own names of lines, where they give some.
CREATE TABLE item_key (
    batch_id    bigint,
    custom_id   text COLLATE "C",
    line        integer NOT NULL,           -- from 0
    PRIMARY KEY (batch_id, custom_id)
);

-- The requests: inserted once, never changed.
CREATE TABLE job (
    id          bigint PRIMARY KEY,
    batch_id    bigint NOT NULL,
    line        integer NOT NULL,           -- line of the batch, from 0
    sample      smallint NOT NULL,          -- image of the line, from 0
    custom_id   text,                       -- the caller's name of the line
    payload     text NOT NULL               -- the request as JSON, byte for byte as workers get it
) PARTITION BY RANGE (id);

-- Jobs that ran before and may run again now.
CREATE TABLE job_ready (
    batch_id    bigint,
    id          bigint,
    attempt     smallint NOT NULL,          -- attempts so far that count
    crashes     smallint NOT NULL,          -- leases lost
    PRIMARY KEY (batch_id, id)
);

-- Jobs that wait for a time to come.
CREATE TABLE job_later (
    id          bigint PRIMARY KEY,
    batch_id    bigint NOT NULL,
    run_at      timestamptz NOT NULL,       -- not before
    attempt     smallint NOT NULL,          -- attempts so far that count
    crashes     smallint NOT NULL,          -- leases lost
    why         smallint NOT NULL           -- 1 retry, 2 snooze
);
CREATE INDEX job_later_due ON job_later (run_at);

-- Jobs that were handed out; whoever deletes a row, by id and epoch, decides how the execution ended.
CREATE TABLE job_live (
    id              bigint PRIMARY KEY,
    epoch           bigint NOT NULL,        -- fencing token of the execution
    batch_id        bigint NOT NULL,
    attempt         smallint NOT NULL,      -- which attempt this is, from 1
    crashes         smallint NOT NULL,      -- leases lost before
    worker          integer,                -- who was seen at it; set for long jobs only
    dispatched_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at      timestamptz             -- first beat; set for long jobs only
) WITH (fillfactor = 90);

-- How jobs ended: one row for each, never changed.
CREATE TABLE job_done (
    id              bigint PRIMARY KEY,
    epoch           bigint NOT NULL,        -- the execution that ended it
    batch_id        bigint NOT NULL,
    state           smallint NOT NULL,      -- 1 succeeded, 2 failed, 3 cancelled
    attempt         smallint NOT NULL,      -- attempts that it took
    crashes         smallint NOT NULL,      -- leases lost on the way
    worker          integer,                -- who ended it
    finished_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    image           bytea,                  -- SHA-256 of the PNG
    bytes           integer,                -- size of the PNG
    width           integer,                -- in pixels
    height          integer,                -- in pixels
    code            bytea,                  -- SHA-256 of the W+ code
    manifest        bytea,                  -- SHA-256 of the manifest
    milliseconds    integer,                -- time of the worker
    failure_code    text,                   -- stable name of what went wrong
    failure_message text                    -- the same for people
) PARTITION BY RANGE (id);
-- The few that did not succeed, for lists of failures.
CREATE INDEX job_done_unsuccessful ON job_done (batch_id, id) WHERE state <> 1;

-- Executions that ended without ending their job.
CREATE TABLE job_attempt (
    id          bigint,
    epoch       bigint,
    attempt     smallint NOT NULL,          -- which attempt it was
    outcome     smallint NOT NULL,          -- 1 failed, 2 given back, 3 lease lost, 4 lost with Redis
    worker      integer,                    -- who had it
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    code        text,                       -- stable name of what went wrong
    message     text,                       -- the same for people
    PRIMARY KEY (id, epoch)
) PARTITION BY RANGE (id);

-- Rows whose partition was not made in time; empty unless something is wrong.
CREATE TABLE job_stray PARTITION OF job DEFAULT;
CREATE TABLE job_done_stray PARTITION OF job_done DEFAULT;
CREATE TABLE job_attempt_stray PARTITION OF job_attempt DEFAULT;

-- Makes the partitions, of a million ids each, up to and including the one that holds `id`; returns the end of the
-- last. Attaching takes no lock that would stop readers or writers of the other partitions.
CREATE FUNCTION ensure_partitions(id bigint) RETURNS bigint LANGUAGE plpgsql AS $$
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
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                parent, part, number * size, (number + 1) * size);
        END LOOP;
        number := number - 1;
    END LOOP;
    RETURN (ensure_partitions.id / size + 1) * size;
END $$;
SELECT ensure_partitions(2000000);

-- Models that workers have announced.
CREATE TABLE model (
    digest      text PRIMARY KEY,           -- SHA-256 of the pack's description
    name        text NOT NULL,              -- name that users submit with
    resolution  integer NOT NULL,           -- width and height of its images
    layers      integer NOT NULL,           -- rows of its W+ code
    vocabulary  text[] NOT NULL,            -- words that its text encoder knows
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at     timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);

-- Workers that have announced themselves or ended a job.
CREATE TABLE worker (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    host        text NOT NULL DEFAULT '',   -- machine
    version     text NOT NULL DEFAULT '',   -- of its software
    device      text NOT NULL DEFAULT '',   -- where its tensors live
    pool        text NOT NULL DEFAULT '',   -- group it belongs to
    capacity    integer NOT NULL DEFAULT 0, -- images of one forward pass
    models      text[] NOT NULL DEFAULT '{}',-- digests of its models
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at     timestamptz                 -- last sign of life; NULL where it never announced itself
) WITH (fillfactor = 50);

-- Who dispatches; one row.
CREATE TABLE leader (
    name        text PRIMARY KEY,           -- 'main'
    holder      text NOT NULL,              -- the leading process
    term        bigint NOT NULL,            -- grows by one with every change
    expires_at  timestamptz NOT NULL        -- end of its lease
) WITH (fillfactor = 50);

-- Submissions by the key that makes them safe to repeat.
CREATE TABLE idem (
    key         text PRIMARY KEY,
    request     text NOT NULL,              -- what was asked for, to tell a repetition from a mistake
    batch_id    bigint NOT NULL,            -- what came of it
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The hot tables turn over completely within seconds; the default of a fifth of a table would let them bloat.
ALTER TABLE job_ready SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0);
ALTER TABLE job_later SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0);
ALTER TABLE job_live SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0);
ALTER TABLE batch_count SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0);
ALTER TABLE batch_block SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0);
