"""Transports over httpx: ``AsyncTransport`` for ``AsyncClient``, and ``Transport`` for ``Client``. They need the extra
``httpx``.

Each request has a connection of its own. No redirect is followed, and no proxy is taken from the environment.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from typing import Any

import httpx

from ._core import Request
from ._error import Fault
from ._http import kind
from ._types import Reply

_SETTINGS: dict[str, Any] = {
    "trust_env": False,
    "timeout": None,
    "limits": httpx.Limits(max_keepalive_connections=0),
}


class _Flight:
    """What became of a request so far."""

    def __init__(self) -> None:
        self.sent = False
        self.stream: Any = None

    def see(self, event: str, seen: dict[str, Any]) -> None:
        if event.endswith(".send_request_headers.started"):
            self.sent = True
        elif event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self.stream = seen["return_value"]

    async def see_async(self, event: str, seen: dict[str, Any]) -> None:
        self.see(event, seen)

    def fault(self, error: BaseException) -> Fault:
        if isinstance(error, (httpx.TimeoutException, asyncio.TimeoutError)):
            return Fault("timeout" if self.sent else "connectTimeout", sent=self.sent)
        if isinstance(error, httpx.ProxyError):
            return Fault("proxy", sent=self.sent)
        # httpx has one class for a reply that is not HTTP and for one that breaks off.
        if isinstance(error, httpx.RemoteProtocolError) and not re.search("closed|disconnected", str(error)):
            return Fault("garbled", sent=self.sent)
        return Fault(kind(error, self.sent), sent=self.sent)


def _request(request: Request, trace: Any) -> httpx.Request:
    return httpx.Request(
        request.method, request.url, headers=request.headers, content=request.body, extensions={"trace": trace}
    )


def _headers(response: httpx.Response) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]


class AsyncTransport:
    """Sends over an ``httpx.AsyncClient``: yours, or one of its own. Yours stays open."""

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        self._own = client is None
        self._client = client or httpx.AsyncClient(**_SETTINGS)

    async def __call__(self, request: Request, reply: Reply, /) -> None:
        flight = _Flight()
        try:
            return await asyncio.wait_for(self._exchange(request, reply, flight), request.limit_ms / 1000)
        except (httpx.HTTPError, httpx.InvalidURL, asyncio.TimeoutError, OSError, ValueError) as error:
            fault = flight.fault(error)
        # Raised here, since the error that it came from holds the request.
        raise fault

    async def _exchange(self, request: Request, reply: Reply, flight: _Flight) -> None:
        sending = _request(request, flight.see_async)
        response = await self._client.send(sending, stream=True, auth=None, follow_redirects=False)
        try:
            reply.begin_reply(response.status_code, _headers(response))
            async for piece in response.aiter_raw():
                if not reply.append(piece):
                    return
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        if self._own:
            await self._client.aclose()


class Transport:
    """Sends over an ``httpx.Client``: yours, or one of its own. Yours stays open."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._own = client is None
        self._client = client or httpx.Client(**_SETTINGS)

    def __call__(self, request: Request, reply: Reply, /) -> None:
        flight, limit = _Flight(), request.limit_ms / 1000
        until = time.monotonic() + limit
        # The limits of httpx are for each step. This one is for the whole exchange.
        watch = threading.Timer(limit, _cut, [flight])
        watch.daemon = True
        watch.start()
        sending = _request(request, flight.see)
        sending.extensions["timeout"] = httpx.Timeout(limit).as_dict()
        try:
            response = self._client.send(sending, stream=True, auth=None, follow_redirects=False)
            try:
                reply.begin_reply(response.status_code, _headers(response))
                for piece in response.iter_raw():
                    if not reply.append(piece):
                        return
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            fault = flight.fault(TimeoutError() if time.monotonic() >= until else error)
        else:
            return
        finally:
            watch.cancel()
        raise fault

    def close(self) -> None:
        if self._own:
            self._client.close()


def _cut(flight: _Flight) -> None:
    """Ends both directions of the connection, so that whoever waits for it goes on."""
    try:
        flight.stream.get_extra_info("socket").shutdown(2)
    except (AttributeError, OSError):
        pass
