-- The app's own table. In production, make it in one of your migrations.
CREATE TABLE IF NOT EXISTS balance (
    owner   TEXT NOT NULL,
    account TEXT NOT NULL,
    title   TEXT,
    current NUMERIC,
    PRIMARY KEY (owner, account)
);
