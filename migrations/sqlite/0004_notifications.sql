-- An activity, addressed to one account; and its way there on each channel.

CREATE TABLE notification (
    id       INTEGER PRIMARY KEY,
    account  INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    activity INTEGER NOT NULL REFERENCES activity (id),
    ticket   INTEGER NOT NULL REFERENCES ticket (id),
    kost     INTEGER NOT NULL REFERENCES kost (id),
    at       INTEGER NOT NULL,
    read_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX notification_account_activity_key ON notification (account, activity);
CREATE INDEX notification_account ON notification (account, id);
CREATE INDEX notification_unread ON notification (account, ticket) WHERE read_at IS NULL;
CREATE INDEX notification_unread_newest ON notification (account, id) WHERE read_at IS NULL;

CREATE TABLE delivery (
    id           INTEGER PRIMARY KEY,
    notification INTEGER NOT NULL REFERENCES notification (id) ON DELETE CASCADE,
    ticket       INTEGER NOT NULL REFERENCES ticket (id),
    activity     INTEGER NOT NULL REFERENCES activity (id),
    channel      TEXT    NOT NULL CHECK (channel IN ('email')),
    address      TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('queued', 'sent')),
    code         TEXT,                -- what went wrong last: a job error code
    detail       TEXT,
    job          INTEGER,             -- the task that carries it out, while the queue keeps it
    at           INTEGER NOT NULL,    -- of the last attempt, or when it was queued
    UNIQUE (notification, channel)
) STRICT;
CREATE INDEX delivery_ticket ON delivery (ticket, id);
