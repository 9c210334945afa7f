-- An activity, addressed to one account; and its way there on each channel.

CREATE TABLE notification (
    id       INTEGER PRIMARY KEY,
    account  INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kost     INTEGER NOT NULL,
    ticket   INTEGER NOT NULL,
    activity INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    read_at  INTEGER,
    UNIQUE (kost, id),
    FOREIGN KEY (kost, ticket) REFERENCES ticket (kost, id),
    FOREIGN KEY (kost, activity) REFERENCES activity (kost, id)
) STRICT;
CREATE UNIQUE INDEX notification_kost_account_activity_key ON notification (kost, account, activity);
CREATE INDEX notification_account ON notification (account, id);
CREATE INDEX notification_unread ON notification (account, kost, ticket) WHERE read_at IS NULL;
CREATE INDEX notification_unread_newest ON notification (account, id) WHERE read_at IS NULL;

CREATE TABLE delivery (
    id           INTEGER PRIMARY KEY,
    kost         INTEGER NOT NULL,
    notification INTEGER NOT NULL,
    ticket       INTEGER NOT NULL,
    activity     INTEGER NOT NULL,
    channel      TEXT    NOT NULL CHECK (channel IN ('email')),
    address      TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('queued', 'sent', 'kept')),
    code         TEXT,                -- what went wrong last: a job error code
    job          INTEGER,             -- the task that carries it out, while the queue keeps it
    at           INTEGER NOT NULL,    -- of the last attempt, or when it was queued
    UNIQUE (kost, notification, channel),
    FOREIGN KEY (kost, notification) REFERENCES notification (kost, id) ON DELETE CASCADE,
    FOREIGN KEY (kost, ticket) REFERENCES ticket (kost, id),
    FOREIGN KEY (kost, activity) REFERENCES activity (kost, id)
) STRICT;
CREATE INDEX delivery_kost_ticket ON delivery (kost, ticket, id);
