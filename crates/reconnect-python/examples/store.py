"""The session of one connection, as a row of a table."""

import sqlite3

from reconnect import revision, session_id


class Row:
    def __init__(self, file, key):
        self.db, self.key = sqlite3.connect(file, isolation_level=None), key
        self.db.execute("CREATE TABLE IF NOT EXISTS session (key PRIMARY KEY, revision, id, snapshot)")

    def load(self):
        row = self.db.execute("SELECT snapshot FROM session WHERE key = ?", [self.key]).fetchone()
        return row and row[0]

    def swap(self, loaded, snapshot):
        new = (self.key, revision(snapshot), session_id(snapshot), snapshot)
        if loaded is None:
            return self.db.execute("INSERT OR IGNORE INTO session VALUES (?1, ?2, ?3, ?4)", new).rowcount == 1
        update = """UPDATE session SET revision = ?2, id = ?3, snapshot = ?4
            WHERE key = ?1 AND revision = ?5 AND (id IS NULL OR id = ?3)"""
        return self.db.execute(update, (*new, loaded)).rowcount == 1
