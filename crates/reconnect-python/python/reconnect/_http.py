"""The transport of ``Client``: the standard library. It follows no redirect, asks no proxy, and tries nothing twice."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ._core import Request
from ._error import Fault
from ._types import Reply

_PIECE = 1 << 16


class Http:
    """The standard library as a transport, with a new connection for each request.

    ``context`` is for TLS; by default it trusts what the system trusts. The limit of a request holds for the whole
    exchange, but for the look-up of the host's name, which Python cannot interrupt.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context

    def __call__(self, request: Request, reply: Reply, /) -> None:
        until = time.monotonic() + request.limit_ms / 1000
        made: list[socket.socket] = []
        try:
            return self._exchange(request, reply, until, made)
        except (OSError, http.client.HTTPException, ValueError) as error:
            fault = Fault(kind(error, bool(made)), sent=bool(made))
        finally:
            for one in made:
                one.close()
        # Raised here, since the error that it came from may hold an address or a key.
        raise fault

    def _exchange(self, request: Request, reply: Reply, until: float, made: list[socket.socket]) -> None:
        to, body = urlsplit(request.url), request.body
        connection: Any = http.client.HTTPConnection(to.netloc)
        made.append(self._connect(to.hostname or "", to.port, to.scheme == "https", until))
        connection.sock = _Timed(made[0], until)
        target = f"{to.path}?{to.query}" if to.query else to.path
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("host", to.netloc)
        for name, value in request.headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        reply.begin_reply(answer.status, answer.getheaders())
        while piece := answer.read1(_PIECE):
            if not reply.append(piece):
                return
        if answer.length:
            raise http.client.IncompleteRead(b"")

    def _connect(self, host: str, port: int | None, secure: bool, until: float) -> socket.socket:
        port = port or (http.client.HTTPS_PORT if secure else http.client.HTTP_PORT)
        failed: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            tried = socket.socket(family, kind, protocol)
            try:
                tried.settimeout(_left(until))
                tried.connect(address)
                tried.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if secure:
                    self._context = self._context or ssl.create_default_context()
                    tried.settimeout(_left(until))
                    tried = self._context.wrap_socket(tried, server_hostname=host)
                return tried
            except OSError as error:
                tried.close()
                failed = error
        raise failed or OSError("the name has no address")


class _Timed(io.RawIOBase):
    """A socket whose every step may take what is left of the time. Who made the socket closes it."""

    def __init__(self, made: socket.socket, until: float) -> None:
        self._socket, self._until = made, until

    def sendall(self, piece: bytes) -> None:
        self._socket.settimeout(_left(self._until))
        self._socket.sendall(piece)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Timed(self._socket, self._until))

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        self._socket.settimeout(_left(self._until))
        return self._socket.recv_into(into)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, the first cause last."""
    while error is not None:
        yield error
        yield from getattr(error, "exceptions", ())
        error = error.__cause__ or error.__context__


_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "untrusted"),
    (socket.gaierror, "nameNotFound"),
    (ConnectionRefusedError, "refused"),
    (http.client.RemoteDisconnected, "broken"),
    (http.client.IncompleteRead, "broken"),
    (ConnectionResetError, "reset"),
    (BrokenPipeError, "reset"),
    (ssl.SSLEOFError, "broken"),
    (ssl.SSLError, "tls"),
    (http.client.LineTooLong, "headTooLarge"),
    (http.client.BadStatusLine, "garbled"),
)


def kind(error: BaseException, sent: bool) -> str:
    """The word for a fault of the network. It is never made of the error's own text, which may hold an address."""
    for cause in _causes(error):
        if isinstance(cause, TimeoutError):
            return "timeout" if sent else "connectTimeout"
        # `http.client` has no class of its own for a head with too many lines.
        if type(cause) is http.client.HTTPException:
            return "headTooLarge"
        for known, word in _KINDS:
            if isinstance(cause, known):
                return word
    return "broken" if sent else "connect"
