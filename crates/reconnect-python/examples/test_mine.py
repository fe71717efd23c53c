from reconnect import Client, Done


def test_a_connection_that_asks_nothing(reconnect_sandbox):
    bank = reconnect_sandbox
    client = Client(bank.instance, bank.keys, clock=bank.clock, sleep=bank.sleep)
    result = client.advance(client.refresh(bank.logins["Greatday_NoMFA"]))
    assert isinstance(result, Done)
    assert bank.doctor() == []  # Every request was as Flinks documents it.
