-- What nodes that share a database count together. After a crash it begins anew.

CREATE UNLOGGED TABLE rate_use (
    rate    TEXT   NOT NULL,
    key     TEXT   NOT NULL,        -- whose: a hash of an account, a network, a receiver
    full_at BIGINT NOT NULL,        -- then all uses are there again
    PRIMARY KEY (rate, key)
);
