-- Times are milliseconds since 1970. SQLite takes the same text: it has no types BYTEA and BOOLEAN, and stores what it is given.

-- A row is one session.
CREATE TABLE reconnect_session (
    key         TEXT PRIMARY KEY,         -- 128 random bits: our own name for the session, also in redirectUrl
    session     TEXT,                     -- Snapshot::id: a swap compares it beside the revision
    revision    BIGINT NOT NULL,
    snapshot    BYTEA,                    -- JSON, or as Seal made it; NULL once it is forgotten
    writer      TEXT NOT NULL,            -- random, new in each swap: tells one's own write from another's
    login       TEXT,
    holds_login BOOLEAN NOT NULL,         -- it is the open session of its login
    tag         TEXT,
    owner       TEXT,                     -- the app's own name for its user
    stage       TEXT NOT NULL,
    reason      TEXT,                     -- why it failed
    due_at      BIGINT,                   -- when to go on with it; once a server has taken it, the end of its lease
    live_at     BIGINT,                   -- when the live call was handed out; written before it is sent, and never cleared
    created_at  BIGINT NOT NULL,
    closed_at   BIGINT,                   -- when it closed; in the future: when time closes it
    forget_at   BIGINT                    -- when the snapshot may go
);

-- One open session a login, whoever asks.
CREATE UNIQUE INDEX reconnect_session_login ON reconnect_session (login) WHERE holds_login;
CREATE INDEX reconnect_session_due ON reconnect_session (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX reconnect_session_forget ON reconnect_session (forget_at) WHERE forget_at IS NOT NULL;
CREATE INDEX reconnect_session_closed ON reconnect_session (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX reconnect_session_every_login ON reconnect_session (login, created_at);
CREATE INDEX reconnect_session_owner ON reconnect_session (owner, created_at) WHERE owner IS NOT NULL;
CREATE INDEX reconnect_session_tag ON reconnect_session (tag, created_at) WHERE tag IS NOT NULL;

-- Every requestId that was ever a session's: a webhook names one.
CREATE TABLE reconnect_request (
    request TEXT NOT NULL,
    key     TEXT NOT NULL REFERENCES reconnect_session (key) ON DELETE CASCADE,
    PRIMARY KEY (request, key)
);
CREATE INDEX reconnect_request_key ON reconnect_request (key);

-- The accounts of sessions whose app takes them later, in the order of the reply.
CREATE TABLE reconnect_account (
    key      TEXT NOT NULL REFERENCES reconnect_session (key) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    body     BYTEA NOT NULL,              -- JSON, or as Seal made it
    PRIMARY KEY (key, position)
);

-- The oldest program that may use these tables, by the number of its last migration. Most migrations only add, so that a
-- program may be rolled back; one that does not raises this number.
CREATE TABLE reconnect_schema (
    oldest BIGINT NOT NULL
);
INSERT INTO reconnect_schema (oldest) VALUES (1);
