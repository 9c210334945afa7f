-- People, their sessions and one-time links. Secrets that open an account are
-- stored hashed. Unsubscribe tokens are not: every mail has to show them, and
-- all that they can do is to switch e-mails off.

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE account (
    id                INTEGER PRIMARY KEY,
    username          TEXT    NOT NULL,
    name              TEXT    NOT NULL,
    email             TEXT,              -- verified: its link was opened
    pending_email     TEXT,              -- given, link not opened yet
    phone             TEXT,              -- +62…; unverified, therefore not unique
    phone_since       INTEGER,         -- the first ones to have a number log in by it
    password_hash     TEXT    NOT NULL,
    language          TEXT    NOT NULL CHECK (language IN ('id', 'en')),
    theme             TEXT    CHECK (theme IN ('light', 'dark')),
    is_admin          INTEGER NOT NULL DEFAULT 0,
    unread            INTEGER NOT NULL DEFAULT 0,
    mail_off          TEXT    NOT NULL DEFAULT '',  -- kinds switched off, separated by blanks
    unsubscribe_token TEXT    NOT NULL,
    created_at        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_username_key ON account (username);
CREATE UNIQUE INDEX account_email_key ON account (email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX account_unsubscribe_token_key ON account (unsubscribe_token);
CREATE INDEX account_phone ON account (phone) WHERE phone IS NOT NULL;

CREATE TABLE session (
    id         INTEGER PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX session_token_hash_key ON session (token_hash);
CREATE INDEX session_account ON session (account, seen_at);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE account_link (
    id         INTEGER PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL CHECK (kind IN ('verify_email', 'reset_password')),
    token_hash TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_link_token_hash_key ON account_link (token_hash);
CREATE INDEX account_link_account ON account_link (account, kind);
CREATE INDEX account_link_expires ON account_link (expires_at);

-- What was typed into a form when the session had expired; shown again after log-in.
CREATE TABLE draft (
    id         INTEGER PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    path       TEXT    NOT NULL,
    fields     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX draft_account ON draft (account);
