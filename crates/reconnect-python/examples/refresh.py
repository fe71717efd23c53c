"""A refresh with a restart in the middle, against the sandbox: python refresh.py"""

import sqlite3
import tempfile

from reconnect import Ask, Client, Done, Failed, revision
from reconnect.testing import sandbox


class Row:
    """The session of one connection, as a row of a table."""

    def __init__(self, file, key):
        self.db, self.key = sqlite3.connect(file, isolation_level=None), key
        self.db.execute("CREATE TABLE IF NOT EXISTS session (key PRIMARY KEY, revision, snapshot)")

    def load(self):
        row = self.db.execute("SELECT snapshot FROM session WHERE key = ?", [self.key]).fetchone()
        return row and row[0]

    def swap(self, loaded, snapshot):
        new = (revision(snapshot), snapshot, self.key)
        if loaded is None:
            return self.db.execute("INSERT OR IGNORE INTO session VALUES (?3, ?1, ?2)", new).rowcount == 1
        update = "UPDATE session SET revision = ?1, snapshot = ?2 WHERE key = ?3 AND revision = ?4"
        return self.db.execute(update, (*new, loaded)).rowcount == 1


with tempfile.NamedTemporaryFile() as file, sandbox() as bank:
    row, times = Row(file.name, "anna"), {"clock": bank.clock, "sleep": bank.sleep}
    client = Client(bank.instance, bank.keys, store=row, **times)
    print(client.advance(client.refresh(bank.logins["Greatday"])))  # The bank asks, and the process ends.
    session = (client := Client(bank.instance, bank.keys, store=row, **times)).load()  # Another process goes on.
    while isinstance(client.advance(session), Ask) and (url := client.show(session)):
        session.returned(bank.answer_in_widget(url))  # In production the user answers, and the page posts this.
    match client.advance(session):
        case Done(accounts=accounts):
            print(*(f"{one.title}: {one.balance.current} {one.currency}" for one in accounts), sep="\n")
        case Failed(recovery=recovery, message=message):
            raise SystemExit(f"{recovery}: {message}")
