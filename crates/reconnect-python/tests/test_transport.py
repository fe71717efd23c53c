"""What each transport does with one request: nothing twice, nothing elsewhere, nothing longer than its limits."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CANARY, Wire, first_request
from reconnect import AsyncClient, Client, Failed, Fault, Http, Instance, Keys, Reply, Request, Session, over_httpx

Exchange = Callable[[Request, Session], None]


def over_async_httpx(request: Request, reply: Reply) -> None:
    async def once() -> None:
        transport = over_httpx.AsyncTransport()
        await transport(request, reply)
        await transport.aclose()

    asyncio.run(once())


TRANSPORTS: list[Any] = [Http(), over_httpx.Transport(), over_async_httpx]
each = pytest.mark.parametrize("transport", TRANSPORTS, ids=["http.client", "httpx", "async httpx"])


def fault(transport: Exchange, instance: Instance, **policy: object) -> tuple[str, bool]:
    session, request = first_request(instance, **policy)
    with pytest.raises(Fault) as caught:
        transport(request, session)
    assert CANARY not in repr(caught.value) + str(caught.value)
    assert caught.value.__context__ is None
    return caught.value.kind, caught.value.sent


@each
def test_the_request_is_what_the_core_says(wire: Wire, transport: Exchange, monkeypatch: Any) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    wire.says(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    session, request = first_request(wire.instance)
    transport(request, session)
    [raw] = wire.requests
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    assert line == f"POST {request.url.removeprefix(f'http://127.0.0.1:{wire.port}')} HTTP/1.1"
    headers = [(name.lower(), value) for name, _, value in (field.partition(": ") for field in fields)]
    own = [("host", f"127.0.0.1:{wire.port}"), ("content-length", str(len(body)))]
    assert sorted(headers) == sorted(request.headers + own)
    assert body == request.body


@each
@pytest.mark.parametrize("status", [203, 302, 307, 401, 429, 500, 503])
def test_every_status_is_data(wire: Wire, transport: Exchange, status: int) -> None:
    place = f"http://127.0.0.1:{wire.port}/elsewhere"
    wire.says(f"HTTP/1.1 {status} X\r\nlocation: {place}\r\ncontent-length: 2\r\n\r\n{{}}".encode())
    session, request = first_request(wire.instance)
    transport(request, session)
    assert session.end_reply(1) == "took"
    assert len(wire.requests) == 1


@each
def test_nobody_listens(transport: Exchange) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert fault(transport, Instance.at(f"http://127.0.0.1:{port}", "http://127.0.0.1/", "c")) == ("refused", False)


def test_nobody_answers_in_time(monkeypatch: Any) -> None:
    def connect(self: socket.socket, address: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert fault(Http(), Instance.at("http://127.0.0.1:1", "http://127.0.0.1/", "c")) == ("connectTimeout", False)


@each
def test_a_name_that_nobody_has(transport: Exchange) -> None:
    instance = Instance.at("https://nobody.invalid", "https://nobody.invalid/", "c")
    assert fault(transport, instance) == ("nameNotFound", False)


@each
def test_no_tls_where_it_is_wanted(transport: Exchange) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            peer, _ = listener.accept()
            peer.recv(1024)
            peer.sendall(b"HTTP/1.1 400 no\r\n\r\n")
            peer.close()

        threading.Thread(target=answer, daemon=True).start()
        instance = Instance.at(f"https://127.0.0.1:{port}", "https://127.0.0.1/", "c")
        assert fault(transport, instance) == ("tls", False)


@each
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"", "broken"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}", "broken"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}", "broken"),
        (b"SSH-2.0-x\r\n\r\n", "garbled"),
    ],
)
def test_a_reply_that_is_none(wire: Wire, transport: Exchange, reply: bytes, kind: str) -> None:
    wire.says(reply)
    assert fault(transport, wire.instance) == (kind, True)
    assert len(wire.requests) == 1


@each
def test_a_body_that_is_compressed(wire: Wire, transport: Exchange) -> None:
    wire.says(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08")
    session, request = first_request(wire.instance, tries=1)
    transport(request, session)
    assert session.end_reply(1) == "took"
    session.turn(2)
    failed = session.take(2)
    assert isinstance(failed, Failed) and (failed.fault, failed.recovery) == ("encoded", "fix_the_setup")


@each
def test_many_headers(wire: Wire, transport: Exchange) -> None:
    wire.says(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 101 + b"content-length: 2\r\n\r\n{}")
    session, request = first_request(wire.instance)
    try:
        transport(request, session)
    except Fault as told:
        assert (told.kind, told.sent) == ("headTooLarge", True)
    else:
        # The transport has no limit of its own, and the core counts.
        assert session.end_reply(1) == "took"


def test_a_task_that_is_cancelled_loses_its_reply(wire: Wire) -> None:
    wire.does = lambda peer: time.sleep(1)

    async def cancelled() -> Session:
        async with AsyncClient(wire.instance, Keys(secret=CANARY, api=CANARY)) as client:
            session = client.refresh("l-1")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.advance(session), 0.2)
            return session

    session = asyncio.run(cancelled())
    assert len(wire.requests) == 1
    # The exchange is over, so the next turn is one.
    assert session.turn() is not None


def test_an_interrupt_loses_the_reply() -> None:
    def interrupted(request: Request, reply: Reply) -> None:
        raise KeyboardInterrupt

    client = Client(Instance.named("toolbox", "c"), Keys(secret=CANARY, api=CANARY), transport=interrupted)
    session = client.refresh("l-1")
    with pytest.raises(KeyboardInterrupt):
        client.advance(session)
    assert session.turn() is not None


def test_a_transport_that_forgets_to_reply() -> None:
    client = Client(Instance.named("toolbox", "c"), Keys(secret=CANARY, api=CANARY), transport=lambda *_: None)
    session = client.refresh("l-1")
    with pytest.raises(Exception, match="no request is under way") as caught:
        client.advance(session)
    assert re.search("noExchange", repr(caught.value))
    assert session.turn() is not None


@each
def test_a_body_without_end_is_read_to_its_limit(wire: Wire, transport: Exchange) -> None:
    sent = 0

    def pour(peer: socket.socket) -> None:
        nonlocal sent
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            peer.sendall(b" " * (1 << 20))
            sent += 1 << 20

    wire.does = pour
    session, request = first_request(wire.instance, quickLimit=5000)
    transport(request, session)
    assert session.end_reply(1) == "took"
    assert request.max_body <= sent + (1 << 23) and sent < 2 * request.max_body


@each
@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n"], ids=["head", "body"])
def test_the_limit_is_for_the_whole_exchange(wire: Wire, transport: Exchange, start: bytes) -> None:
    wire.drips(start, b" " * 100 if start else b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100)
    began = time.monotonic()
    assert fault(transport, wire.instance, quickLimit=400) == ("timeout", True)
    # Without a limit for the whole it takes five seconds. A machine may be busy.
    assert 0.3 < time.monotonic() - began < 4
