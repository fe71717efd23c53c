-- Links that an app sends to its users, and notices that it gets of its sessions.

ALTER TABLE reconnect_session ADD COLUMN result TEXT;       -- done, or what to do: Advice::as_str
ALTER TABLE reconnect_session ADD COLUMN kept BYTEA;        -- the ids of the accounts that were kept; JSON, or as Seal made it
ALTER TABLE reconnect_session ADD COLUMN taken_at BIGINT;   -- when the app said that it has the accounts

-- A row is one link. Its token is not here: only the hash of it.
CREATE TABLE reconnect_link (
    id          TEXT PRIMARY KEY,         -- 128 random bits: the app's name for it
    token_hash  TEXT NOT NULL UNIQUE,     -- SHA-256 of the token, in hexadecimal digits
    login       TEXT NOT NULL,
    owner       TEXT,
    body        BYTEA NOT NULL,           -- the selection, the language and the institution; JSON, or as Seal made it
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    revoked_at  BIGINT
);
CREATE INDEX reconnect_link_login ON reconnect_link (login);
CREATE INDEX reconnect_link_expires ON reconnect_link (expires_at);

-- What the app is told of a session. A notice is written with the end that it tells of.
CREATE TABLE reconnect_notice (
    id          TEXT PRIMARY KEY,         -- 128 random bits: the same in each try, so that the app can tell a repetition
    key         TEXT NOT NULL REFERENCES reconnect_session (key) ON DELETE CASCADE,
    result      TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    tries       BIGINT NOT NULL,
    due_at      BIGINT,                   -- when to send it; NULL: it was taken, or given up
    UNIQUE (key, result)
);
CREATE INDEX reconnect_notice_due ON reconnect_notice (due_at) WHERE due_at IS NOT NULL;
