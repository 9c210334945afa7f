-- Reports, and everything that happens to them. The activity is the spine:
-- timeline, audit, notifications and live pages all read that one row.

CREATE TABLE ticket (
    id                INTEGER PRIMARY KEY,
    kost              INTEGER NOT NULL REFERENCES kost (id),
    number            INTEGER NOT NULL,
    reporter          INTEGER NOT NULL REFERENCES account (id),
    assignee          INTEGER REFERENCES account (id),
    location          INTEGER NOT NULL,
    category          TEXT    NOT NULL CHECK (category IN ('ac', 'water', 'electricity', 'wifi', 'room', 'shared', 'cleanliness', 'security', 'noise', 'other')),
    priority          TEXT    NOT NULL CHECK (priority IN ('low', 'medium', 'high', 'emergency')),
    status            TEXT    NOT NULL CHECK (status IN ('open', 'in_progress', 'done')),
    title             TEXT    NOT NULL,
    description       TEXT    NOT NULL,
    search            TEXT    NOT NULL,              -- title and description in lower case
    submission        TEXT    NOT NULL,              -- one per form shown: the same twice makes one ticket
    version           INTEGER NOT NULL DEFAULT 1,
    comment_count     INTEGER NOT NULL DEFAULT 0,    -- without internal notes
    photo_count       INTEGER NOT NULL DEFAULT 0,
    returned          INTEGER NOT NULL DEFAULT 0,    -- open again because the reporter said "belum beres"
    answer            TEXT    CHECK (answer IN ('confirmed', 'silent')),
    opened_at         INTEGER NOT NULL,
    changed_at        INTEGER NOT NULL,
    first_response_at INTEGER,
    done_at           INTEGER,
    UNIQUE (kost, id),
    FOREIGN KEY (kost, location) REFERENCES location (kost, id)
) STRICT;
CREATE UNIQUE INDEX ticket_kost_number_key ON ticket (kost, number);
CREATE UNIQUE INDEX ticket_kost_reporter_submission_key ON ticket (kost, reporter, submission);
CREATE INDEX ticket_kost_changed ON ticket (kost, changed_at, id);
CREATE INDEX ticket_kost_status_changed ON ticket (kost, status, changed_at, id);
CREATE INDEX ticket_kost_assignee_changed ON ticket (kost, assignee, changed_at, id);
CREATE INDEX ticket_kost_location_changed ON ticket (kost, location, changed_at, id);
CREATE INDEX ticket_reporter_running ON ticket (reporter, changed_at, id) WHERE status <> 'done';
CREATE INDEX ticket_reporter_waiting ON ticket (reporter, changed_at, id) WHERE status = 'done' AND answer IS NULL;
CREATE INDEX ticket_reporter_past ON ticket (reporter, changed_at, id) WHERE answer IS NOT NULL;
CREATE INDEX ticket_kost_opened ON ticket (kost, opened_at);
CREATE INDEX ticket_kost_done ON ticket (kost, done_at) WHERE done_at IS NOT NULL;
CREATE INDEX ticket_kost_unfinished_changed ON ticket (kost, changed_at, id) WHERE status <> 'done';
CREATE INDEX ticket_unfinished ON ticket (kost, assignee, id) WHERE status <> 'done';

CREATE TABLE follower (
    kost    INTEGER NOT NULL,
    ticket  INTEGER NOT NULL,
    account INTEGER NOT NULL REFERENCES account (id),
    since   INTEGER NOT NULL,
    PRIMARY KEY (kost, ticket, account),
    FOREIGN KEY (kost, ticket) REFERENCES ticket (kost, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follower_account ON follower (account, kost, ticket);

CREATE TABLE activity (
    id        INTEGER PRIMARY KEY,
    kost      INTEGER NOT NULL,
    ticket    INTEGER NOT NULL,
    actor     INTEGER REFERENCES account (id),       -- nobody: the system did it
    kind      TEXT    NOT NULL CHECK (kind IN ('opened', 'assigned', 'status_changed', 'priority_changed', 'commented', 'noted', 'confirmed', 'returned', 'reminded', 'closed_by_silence')),
    old_value TEXT,
    new_value TEXT,
    body      TEXT,
    submission TEXT,                                 -- of a comment's form: the same twice makes one
    at        INTEGER NOT NULL,
    UNIQUE (kost, id),
    FOREIGN KEY (kost, ticket) REFERENCES ticket (kost, id)
) STRICT;
CREATE UNIQUE INDEX activity_kost_actor_submission_key ON activity (kost, actor, submission) WHERE submission IS NOT NULL;
CREATE INDEX activity_kost_ticket ON activity (kost, ticket, id);

CREATE TABLE photo (
    id       INTEGER PRIMARY KEY,
    kost     INTEGER NOT NULL,
    ticket   INTEGER NOT NULL,
    activity INTEGER NOT NULL,
    position INTEGER NOT NULL,
    file     TEXT    NOT NULL,       -- random name, without its ending
    width    INTEGER NOT NULL,       -- pixels
    height   INTEGER NOT NULL,
    FOREIGN KEY (kost, ticket) REFERENCES ticket (kost, id),
    FOREIGN KEY (kost, activity) REFERENCES activity (kost, id)
) STRICT;
CREATE UNIQUE INDEX photo_file_kost_key ON photo (file, kost);
CREATE INDEX photo_kost_ticket ON photo (kost, ticket, id);
