-- Every kind of job: what batches ask for beside a caption, jobs that work on what others make, inputs that were
-- uploaded, and what came of it beside a picture.

ALTER TABLE batch
    ADD COLUMN options      text,                               -- JSON of what its jobs choose; nothing where NULL
    ADD COLUMN truncations  double precision[],                 -- of a grid; none where NULL
    ADD COLUMN styles       bigint[],                           -- seeds of styles, of a grid; none where NULL
    ADD COLUMN after        bigint,                             -- the batch that comes first
    ADD COLUMN gated        boolean NOT NULL DEFAULT false,     -- nothing runs before that one is finished
    ADD COLUMN has_needs    boolean NOT NULL DEFAULT false;     -- some of its requests name jobs
CREATE INDEX batch_gated ON batch (after) WHERE gated;
CREATE INDEX batch_needing ON batch (id) WHERE has_needs AND state IN (1, 2);
-- Whether a job of the batch is needed by another: whoever ends one of its jobs changes this row and sees it.
ALTER TABLE batch_count ADD COLUMN needed boolean NOT NULL DEFAULT false;

-- Jobs that wait for others: a row for each job that has not succeeded yet. They are in job_later (why = 3, at no time),
-- and only whoever has locked the row of their batch in batch_count takes them from there.
CREATE TABLE job_need (
    needs       bigint,                     -- the job that has to succeed
    id          bigint,                     -- the job that waits for it
    batch_id    bigint NOT NULL,            -- of the job that waits
    PRIMARY KEY (needs, id)
);
CREATE INDEX job_need_id ON job_need (id);
ALTER TABLE job_need SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0);

-- Batches whose jobs another one names: they are kept while that one is not over.
CREATE TABLE batch_need (
    needs       bigint,
    batch_id    bigint,
    PRIMARY KEY (needs, batch_id)
);
CREATE INDEX batch_need_batch ON batch_need (batch_id);

-- Failed jobs that others need and that were run again: whatever needs them is then run again with the new ones.
CREATE TABLE job_again (
    id          bigint PRIMARY KEY,         -- the failed job
    again       bigint NOT NULL             -- its copy
);

-- Inputs that were uploaded, by those who may name them.
CREATE TABLE artifact_owner (
    tenant      integer,
    digest      bytea CHECK (length(digest) = 32),
    kind        text NOT NULL,              -- photo, code or index; 'made' for what a job of the tenant made
    bytes       bigint NOT NULL,            -- counts against the limit of the tenant
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, digest)
);
ALTER TABLE tenant ADD COLUMN max_artifact_bytes bigint;       -- bytes that may be uploaded; any number where NULL

ALTER TABLE job_done ADD COLUMN details text;                   -- JSON of more files and scores
ALTER TABLE job_progress
    ADD COLUMN preview  bytea,              -- SHA-256 of a PNG of how it looks
    ADD COLUMN curve    bytea;              -- SHA-256 of a JSON file with the losses
ALTER TABLE model ADD COLUMN abilities text[] NOT NULL DEFAULT '{words}';
ALTER TABLE cron
    ADD COLUMN options      text,           -- these as in batch
    ADD COLUMN truncations  double precision[],
    ADD COLUMN styles       bigint[];
