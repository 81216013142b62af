"""A request as the emulator sees it: whose it is, and which operation it asks for."""

from __future__ import annotations

import gzip
import io
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

Environ = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One API call."""

    account: str
    """Twelve digits: the access key's identifier, if it is such a number."""
    region: str
    service: str
    """Its signing name."""
    operation: str
    """Such as `ModifyRule`."""
    protocol: str
    """`json`, `query` or `cbor`."""
    body: bytes
    environ: Environ = field(repr=False, compare=False)
    """The request as it came, to be made again."""

    @property
    def writes(self) -> bool:
        """Returns whether it changes anything."""
        return not self.operation.startswith(("Describe", "List", "Get"))


def read(environ: Environ) -> Call:
    """Reads a request, and leaves its body, inflated, for whoever reads it next."""
    body = _body(environ)
    credential = re.search(r"Credential=([^/,]+)/\d+/([^/]*)/([^/]+)/", _auth(environ))
    key, region, service = credential.groups() if credential else ("", "", "")
    account = key if re.fullmatch(r"\d{12}", key) else DEFAULT_ACCOUNT
    operation, protocol = _operation(environ, body)
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    return Call(account, region, service, operation, protocol, body, environ)


def put_body(environ: Environ, body: bytes) -> None:
    """Makes `body` the body of a request."""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_CONTENT_ENCODING", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)


DEFAULT_ACCOUNT = "123456789012"


def _auth(environ: Environ) -> str:
    return str(environ.get("HTTP_AUTHORIZATION", ""))


def _body(environ: Environ) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    if length:
        body = environ["wsgi.input"].read(int(length))
    elif environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
    else:
        body = b""
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.decompress(body)
    put_body(environ, body)
    return body


def _operation(environ: Environ, body: bytes) -> tuple[str, str]:
    path = re.fullmatch(r"/service/[^/]+/operation/(\w+)", environ.get("PATH_INFO", ""))
    if path:
        return path.group(1), "cbor"
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rsplit(".", 1)[-1], "json"
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])
    return action[0], "query"
