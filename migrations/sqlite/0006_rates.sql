-- What nodes that share a database count together; on SQLite there is one node,
-- which counts in its memory.

CREATE TABLE rate_use (
    rate    TEXT    NOT NULL,
    key     TEXT    NOT NULL,        -- whose: a hash of an account, a network, a receiver
    full_at INTEGER NOT NULL,        -- then all uses are there again
    PRIMARY KEY (rate, key)
) STRICT, WITHOUT ROWID;
