import urllib.request

from reconnect import Done, Request, Session, Wait
from reconnect.testing import sandbox

opener = urllib.request.OpenerDirector()  # It has no redirects, no proxies and no opinion on a status.
opener.add_handler(urllib.request.HTTPHandler())

with sandbox() as bank:
    session = Session.begin(
        "refresh", bank.instance, bank.keys, clock=bank.clock, loginId=bank.logins["Greatday_NoMFA"]
    )
    while True:
        row = session.turn()  # Store it, before anything is sent.
        work = session.take()
        if isinstance(work, Request):
            asked = urllib.request.Request(work.url, work.body, dict(work.headers), method=work.method)
            with opener.open(asked, timeout=work.limit_ms / 1000) as reply:
                session.receive(reply.status, reply.getheaders(), reply.read(work.max_body + 1))
        elif isinstance(work, Wait):
            bank.sleep(max(work.until - bank.clock(), 0) / 1000)
        elif isinstance(work, Done):
            print(*(f"{one.title}: {one.balance.current} {one.currency}" for one in work.accounts), sep="\n")
            break
