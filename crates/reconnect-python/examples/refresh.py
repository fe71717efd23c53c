"""A refresh with a restart in the middle, against the sandbox: python refresh.py"""

import tempfile

from reconnect import Ask, Client, Done, Failed
from reconnect.testing import sandbox
from store import Row

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
