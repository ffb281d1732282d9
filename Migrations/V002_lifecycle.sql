-- Batches that wait for their time, are paused, called off, expire or are run again; lanes by band; owners; long jobs.

-- Whose batches they are.
CREATE TABLE tenant (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    weight      smallint NOT NULL DEFAULT 1,-- share of the workers, against that of other tenants
    max_queued  bigint,                     -- jobs that may wait or run; any number where NULL
    max_running integer,                    -- jobs that may be handed out at once; any number where NULL
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- The tenant of everybody where nobody has to say who they are.
INSERT INTO tenant (name) VALUES ('default');

ALTER TABLE lane ADD COLUMN band smallint NOT NULL DEFAULT 0;   -- 0 bulk, 1 interactive
ALTER TABLE lane DROP CONSTRAINT lane_pool_kind_model_key;
ALTER TABLE lane ADD UNIQUE (pool, kind, model, band);

-- batch.state: 0 open, 1 sealed, 2 running, 3 finished, 4 abandoned, 5 cancelling, 6 cancelled
ALTER TABLE batch
    ADD COLUMN tenant       integer NOT NULL DEFAULT 1,
    ADD COLUMN kind         text NOT NULL DEFAULT 'generate',
    ADD COLUMN band         smallint NOT NULL DEFAULT 0,        -- as in lane
    ADD COLUMN weight       smallint NOT NULL DEFAULT 1,        -- share among batches of its owner and priority
    ADD COLUMN start_at     timestamptz,                        -- nothing runs before
    ADD COLUMN expires_at   timestamptz,                        -- what has not begun by then is called off
    ADD COLUMN unique_key   text,                               -- of its owner, while the batch is not over
    ADD COLUMN max_attempts smallint,                           -- of each job; the coordinator's policy where NULL
    ADD COLUMN timeout_ms   bigint,                             -- longest time of an attempt
    ADD COLUMN progress_timeout_ms bigint,                      -- longest time without a report of progress
    ADD COLUMN retry_of     bigint,                             -- the batch whose failed jobs these were
    ADD COLUMN paused       boolean NOT NULL DEFAULT false,     -- nothing more is handed out
    ADD COLUMN recall       boolean NOT NULL DEFAULT false,     -- what waits in Redis is to come back
    ADD COLUMN ended_because text;                              -- failure code of the jobs that are called off

DROP INDEX batch_active;
CREATE INDEX batch_active ON batch (lane, id) WHERE state IN (1, 2);
CREATE INDEX batch_cancelling ON batch (id) WHERE state = 5;
CREATE INDEX batch_recall ON batch (id) WHERE recall OR paused;
CREATE INDEX batch_expiring ON batch (expires_at) WHERE state IN (0, 1, 2) AND expires_at IS NOT NULL;
CREATE INDEX batch_tenant ON batch (tenant, id);
CREATE UNIQUE INDEX batch_unique ON batch (tenant, unique_key) WHERE unique_key IS NOT NULL AND state IN (0, 1, 2, 5);

-- Submissions are repeated by their owner.
ALTER TABLE idem ADD COLUMN tenant integer NOT NULL DEFAULT 1;
ALTER TABLE idem DROP CONSTRAINT idem_pkey;
ALTER TABLE idem ADD PRIMARY KEY (tenant, key);
CREATE INDEX idem_age ON idem (created_at);

-- Fresh ids of a block that are over, called off one by one; they are passed over when their turn comes.
ALTER TABLE batch_block ADD COLUMN holes integer NOT NULL DEFAULT 0;

-- Until when an execution must end or report; only of batches that set a limit, and once it has begun.
ALTER TABLE job_live ADD COLUMN due_at timestamptz;
CREATE INDEX job_live_due ON job_live (due_at) WHERE due_at IS NOT NULL;

-- How far long jobs have come; whatever attempt comes next goes on from the checkpoint.
CREATE TABLE job_progress (
    id          bigint PRIMARY KEY,
    epoch       bigint NOT NULL,            -- the execution that reported last
    step        integer NOT NULL,           -- steps made
    total       integer NOT NULL,           -- steps that there are
    note        text,                       -- for people
    checkpoint  bytea,                      -- SHA-256 of the state after checkpoint_step
    checkpoint_step integer,
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);

-- Jobs that failed for good and that nobody has dealt with yet; their rows in job_done stay as they are.
CREATE TABLE dead_letter (
    id          bigint PRIMARY KEY,         -- the job
    batch_id    bigint NOT NULL,
    tenant      integer NOT NULL,
    code        text NOT NULL,              -- failure code
    died_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX dead_letter_batch ON dead_letter (batch_id, id);
CREATE INDEX dead_letter_tenant ON dead_letter (tenant, id);

-- What an operator wants of a worker: 0 work, 1 quiet, 2 drain.
ALTER TABLE worker ADD COLUMN wanted smallint NOT NULL DEFAULT 0;
ALTER TABLE worker ADD COLUMN memory integer NOT NULL DEFAULT 0;    -- of its device, in MiB; 0 where not known
ALTER TABLE model ADD COLUMN kinds text[] NOT NULL DEFAULT '{generate}';

-- Epochs are reserved in runs, so that handing jobs out needs no sequence. A run must outlive a crash of the server even
-- where the jobs that got its epochs do not: reserve in a transaction that is committed synchronously.
CREATE FUNCTION reserve_epochs(n bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    base bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7283341, 3);
    SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END INTO base FROM epoch;
    PERFORM setval('epoch', base + n - 1);
    RETURN base;
END $$;
