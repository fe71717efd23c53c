"""What several tests use: a service that answers with given bytes, and clients that hurry as the sandbox does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from reconnect import Instance, Keys, Request, Session

CANARY = "canary-0c5a"


class Wire:
    """A service that reads one request for each connection, and then does what it was told."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.does: Callable[[socket.socket], None] = lambda peer: None
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def instance(self) -> Instance:
        return Instance.at(f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.port}/", "customer")

    def serve(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                said = b""
                while b"\r\n\r\n" not in said and (piece := peer.recv(65536)):
                    said += piece
                self.requests.append(said)
                try:
                    self.does(peer)
                except OSError:
                    pass

    def says(self, reply: bytes) -> None:
        self.does = lambda peer: peer.sendall(reply)

    def drips(self, start: bytes, rest: bytes) -> None:
        """The rest comes one byte at a time, so that no single read takes long."""

        def drip(peer: socket.socket) -> None:
            peer.sendall(start)
            for byte in rest:
                peer.sendall(bytes([byte]))
                time.sleep(0.05)

        self.does = drip


@pytest.fixture
def wire() -> Iterator[Wire]:
    service = Wire()
    yield service
    service.listener.close()


def first_request(instance: Instance, **policy: object) -> tuple[Session, Request]:
    """A session, and its first request, which mints a token."""
    keys = Keys(secret=CANARY, api=CANARY)
    session = Session.begin("refresh", instance, keys, clock=lambda: 0, loginId="l-1", policy=policy)
    session.turn()
    request = session.take()
    assert isinstance(request, Request)
    return session, request
