"""What this package raises."""

from __future__ import annotations


class Error(Exception):
    """A call that does not fit. The session is as it was before.

    ``code`` is one of the words that the reference lists under "Misuse". ``field`` is the field that is wrong, if one
    is. The message holds nothing of what was given.
    """

    def __init__(self, code: str, field: str | None, message: str) -> None:
        super().__init__(code, field, message)
        self.code = code
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return self.message


class Fault(Exception):
    """What a transport raises if no whole reply came.

    ``kind`` is one of the words that the reference lists under "Faults of the network". ``sent`` is false only if no
    connection was made, so that no byte of the request can have left.
    """

    def __init__(self, kind: str, *, sent: bool) -> None:
        super().__init__(kind)
        self.kind = kind
        self.sent = sent
