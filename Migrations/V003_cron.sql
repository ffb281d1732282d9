-- Batches that are made again and again.

CREATE TABLE cron (
    name            text COLLATE "C" PRIMARY KEY,
    expression      text NOT NULL,              -- five fields, or a macro
    zone            text NOT NULL,              -- time zone that the expression is read in
    missed          text NOT NULL,              -- 'skip' or 'once': times that passed while nobody led
    batch_name      text NOT NULL,              -- of the batches that it makes, as all up to truncation
    model           text NOT NULL,              -- as its owner named it; resolved at each firing
    samples         integer NOT NULL,
    seed            bigint NOT NULL,            -- of the next firing
    priority        smallint NOT NULL,
    truncation      double precision,
    kind            text NOT NULL,              -- these as in batch
    band            smallint NOT NULL,
    weight          smallint NOT NULL,
    unique_key      text,
    max_attempts    smallint,
    timeout_ms      bigint,
    progress_timeout_ms bigint,
    fixed_seed      boolean NOT NULL,           -- whether the seed stays; else it goes on behind the last used
    lines           integer NOT NULL,           -- captions
    items           text NOT NULL,              -- the captions, one JSON object a line
    paused          boolean NOT NULL DEFAULT false,
    next_at         timestamptz,                -- when it fires; NULL while paused, or where no time comes any more
    last_fired_at   timestamptz,                -- when it made its last batch
    last_batch      bigint,                     -- that batch
    last_skipped_at timestamptz,                -- when times were last left out, being missed
    last_error      text,                       -- why the last firing made no batch; NULL where it made one
    last_error_at   timestamptz,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp() -- last change by its owner
);
-- What the leader looks at.
CREATE INDEX cron_due ON cron (next_at) WHERE next_at IS NOT NULL;
