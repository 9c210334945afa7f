-- Boarding houses, their rooms and shared facilities, and who belongs to them.
--
-- Every row that belongs to a kost names it, and every key but the id alone contains
-- it: what refers to such a row refers to one of its own kost, and the tables can be
-- partitioned by it (docs/partitions.sql).

CREATE TABLE kost (
    id                INTEGER PRIMARY KEY,
    slug              TEXT    NOT NULL,
    name              TEXT    NOT NULL,
    address           TEXT    NOT NULL DEFAULT '',
    contact_name      TEXT    NOT NULL DEFAULT '',
    contact_phone     TEXT    NOT NULL DEFAULT '',
    about             TEXT    NOT NULL DEFAULT '',
    timezone          TEXT    NOT NULL,
    registration      TEXT    NOT NULL CHECK (registration IN ('open', 'invite', 'closed')),
    invite_code       TEXT    NOT NULL,
    next_ticket       INTEGER NOT NULL DEFAULT 1,
    open_count        INTEGER NOT NULL DEFAULT 0,
    in_progress_count INTEGER NOT NULL DEFAULT 0,
    done_count        INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX kost_slug_key ON kost (slug);
CREATE UNIQUE INDEX kost_invite_code_key ON kost (invite_code);
CREATE INDEX kost_open_registration ON kost (id) WHERE registration = 'open';
CREATE INDEX kost_registration ON kost (id) WHERE registration <> 'closed';

CREATE TABLE location (
    id          INTEGER PRIMARY KEY,
    kost        INTEGER NOT NULL REFERENCES kost (id),
    kind        TEXT    NOT NULL CHECK (kind IN ('room', 'shared')),
    name        TEXT    NOT NULL,
    archived_at INTEGER,
    UNIQUE (kost, id)
) STRICT;
CREATE UNIQUE INDEX location_kost_kind_name_key ON location (kost, kind, name);

CREATE TABLE membership (
    id               INTEGER PRIMARY KEY,
    account          INTEGER NOT NULL REFERENCES account (id),
    kost             INTEGER NOT NULL REFERENCES kost (id),
    role             TEXT    NOT NULL CHECK (role IN ('resident', 'caretaker', 'manager', 'owner')),
    location         INTEGER,
    takes_tickets    INTEGER NOT NULL DEFAULT 0,
    unfinished       INTEGER NOT NULL DEFAULT 0,   -- tickets assigned here that are not done
    last_assigned_at INTEGER,
    started_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    FOREIGN KEY (kost, location) REFERENCES location (kost, id)
) STRICT;
CREATE UNIQUE INDEX membership_account_kost_key ON membership (account, kost) WHERE ended_at IS NULL;
CREATE INDEX membership_account ON membership (account, kost, id);
CREATE INDEX membership_account_ended ON membership (account, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX membership_kost ON membership (kost, role) WHERE ended_at IS NULL;
CREATE INDEX membership_kost_location ON membership (kost, location) WHERE location IS NOT NULL;

-- Somebody is asked to join, by username; the membership begins when they accept.
CREATE TABLE invitation (
    id         INTEGER PRIMARY KEY,
    kost       INTEGER NOT NULL REFERENCES kost (id),
    username   TEXT NOT NULL,        -- as typed: nobody learns whether anybody has it
    account    INTEGER REFERENCES account (id) ON DELETE CASCADE,   -- who had it then
    role       TEXT NOT NULL CHECK (role IN ('resident', 'caretaker', 'manager', 'owner')),
    location   INTEGER,
    created_at INTEGER NOT NULL,
    FOREIGN KEY (kost, location) REFERENCES location (kost, id)
) STRICT;
CREATE UNIQUE INDEX invitation_kost_username_key ON invitation (kost, username);
CREATE INDEX invitation_account ON invitation (account) WHERE account IS NOT NULL;
