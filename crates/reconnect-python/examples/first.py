from reconnect import Ask, Client, Done, Failed
from reconnect.testing import sandbox

with sandbox() as bank:
    client = Client(bank.instance, bank.keys, clock=bank.clock, sleep=bank.sleep)
    session = client.refresh(bank.logins["Greatday"])
    while isinstance(client.advance(session), Ask) and (url := client.show(session)):
        message = bank.answer_in_widget(url)  # Here a script plays the user and the browser.
        session.returned(message)
    match client.advance(session):
        case Done(accounts=accounts):
            for account in accounts:
                print(f"{account.title}: {account.balance.current} {account.currency}")
        case Failed(recovery=recovery, message=message):
            print(f"{recovery}: {message}")
