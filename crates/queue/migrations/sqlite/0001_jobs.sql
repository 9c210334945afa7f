-- One row is one job, from its enqueue until it is pruned.
-- `awaits` says what a live, not running job waits for: a worker (it is due),
-- its time, its turn behind an earlier job with the same order_key, or a place
-- among those with the same limit_key. Each has its own small index, so that a
-- claim never walks over rows it skips.
--
-- `scope` is whose it is, 0 nobody's. Every key but the id alone contains it, so that
-- the table can be partitioned by it.
CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  queue TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('waiting', 'scheduled', 'running', 'retrying', 'done', 'failed', 'cancelled', 'parked')),
  awaits TEXT CHECK (awaits IN ('worker', 'time', 'turn', 'place')),
  args TEXT NOT NULL,
  unique_key TEXT,
  order_key TEXT,
  limit_key TEXT,
  limit_of INTEGER,
  scope INTEGER NOT NULL,
  subject TEXT,
  caused_by INTEGER,
  attempt INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  error_code TEXT,
  error_detail TEXT,
  lease_token INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  worker INTEGER,
  node TEXT,
  UNIQUE (scope, id),
  CONSTRAINT job_awaits CHECK ((awaits IS NOT NULL) = (state IN ('waiting', 'scheduled', 'retrying'))),
  CONSTRAINT job_lease CHECK ((lease_until IS NOT NULL) = (state = 'running')),
  CONSTRAINT job_ended CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled')))
) STRICT;

-- what to run next
CREATE INDEX job_claim ON job (queue, priority, due_at, id) WHERE awaits = 'worker';
CREATE INDEX job_time ON job (due_at) WHERE awaits = 'time';
-- the promises of unique_key and order_key
CREATE UNIQUE INDEX job_scope_name_unique_key_key ON job (scope, name, unique_key)
  WHERE unique_key IS NOT NULL AND state IN ('waiting', 'scheduled', 'running', 'retrying');
CREATE INDEX job_order ON job (scope, queue, order_key, id)
  WHERE order_key IS NOT NULL AND state IN ('waiting', 'scheduled', 'running', 'retrying');
CREATE UNIQUE INDEX job_scope_queue_order_key_key ON job (scope, queue, order_key)
  WHERE order_key IS NOT NULL AND state = 'running';
-- and of limit_key
CREATE INDEX job_limit ON job (limit_key) WHERE limit_key IS NOT NULL AND state = 'running';
CREATE INDEX job_place ON job (limit_key, priority, id) WHERE awaits = 'place';
-- lists; most jobs are done, and these are found along the keys
CREATE INDEX job_state ON job (state, id) WHERE state <> 'done';
CREATE INDEX job_ended_at ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_scope_state ON job (scope, state, id);
CREATE INDEX job_subject ON job (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX job_caused_by ON job (caused_by, id) WHERE caused_by IS NOT NULL;

-- One row is one attempt that did not end well. How the last one went stands
-- in the job itself, so that a job that just works costs no second row. Being put
-- off uses up no attempt: `delays` counts how often it was for one thing in a row.
CREATE TABLE job_attempt (
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  delays INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  node TEXT,
  error_code TEXT NOT NULL,
  error_detail TEXT,
  FOREIGN KEY (scope, job) REFERENCES job (scope, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX job_attempt_job ON job_attempt (scope, job, id);

-- How many jobs are in which state: kept, not counted. Scope 0 is everything.
-- A number is spread over slots (one per database connection) so that
-- transactions never wait for each other here; readers sum them.
CREATE TABLE job_count (
  scope INTEGER NOT NULL,
  queue TEXT NOT NULL,
  state TEXT NOT NULL,
  slot INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (scope, queue, state, slot)
) STRICT, WITHOUT ROWID;

-- What the attempts of one minute came to, kept for a day and a little: scope
-- and slot as above. Times are sums in milliseconds, but for the longest wait.
CREATE TABLE job_minute (
  scope INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  waited INTEGER NOT NULL,
  longest_wait INTEGER NOT NULL,
  ran INTEGER NOT NULL,
  PRIMARY KEY (scope, minute, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_minute_minute ON job_minute (minute);

CREATE TABLE queue_pause (
  queue TEXT PRIMARY KEY,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row is one started worker process; gone when it stops.
CREATE TABLE queue_worker (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  node TEXT NOT NULL,
  queues TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  beat_at INTEGER NOT NULL
) STRICT;

-- Whoever moves next_at on has the tick: once per tick on any number of nodes.
CREATE TABLE queue_schedule (
  name TEXT PRIMARY KEY,
  job TEXT NOT NULL,
  cron TEXT NOT NULL,
  timezone TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  next_at INTEGER NOT NULL,
  last_at INTEGER,
  last_job INTEGER
) STRICT, WITHOUT ROWID;
