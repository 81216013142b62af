"""An answer, and errors in the three forms that AWS's protocols have."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import cbor2

from .call import Call


@dataclass(frozen=True)
class Reply:
    """An answer as it leaves."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class Dropped(ConnectionError):
    """The connection is closed without an answer."""


def error(call: Call, status: int, code: str, message: str) -> Reply:
    """Returns an error as the call's protocol writes it."""
    if call.protocol == "query":
        kind = "Receiver" if status >= 500 else "Sender"
        text = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(code)}</Code>"
            f"<Message>{escape(message)}</Message></Error><RequestId>gf</RequestId></ErrorResponse>"
        )
        return Reply(status, [("Content-Type", "text/xml")], text.encode())
    said = {"__type": code, "message": message}
    if call.protocol == "cbor":
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        return Reply(status, headers, cbor2.dumps(said))
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)]
    return Reply(status, headers, json.dumps(said).encode())
