"""moto, asked in its own protocols."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
import cbor2
from botocore.model import Shape
from moto import backends
from moto.core import responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .call import Call, Environ, put_body
from .reply import Reply

# moto looks anew at each call which modules and which methods it has: a quarter of the call.
_modules = list(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: _modules
responses.method_names_from_class = cache(responses.method_names_from_class)

_moto = DomainDispatcherApplication(create_backend_app)


def ask(call: Call) -> Reply:
    """Carries a call out."""
    if call.protocol != "cbor":
        return _send(dict(call.environ), call.body)
    return _to_cbor(call, _send(_as_json(call), _json_body(call)))


def _send(environ: Environ, body: bytes) -> Reply:
    put_body(environ, body)
    head: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        head[:] = [int(status.split()[0]), headers]

    answer = _moto(environ, start)
    try:
        text = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return Reply(head[0], list(head[1]), text)


# CloudWatch's SDKs speak rpc-v2-cbor, which moto does not: the call is made as AWS JSON.


def _as_json(call: Call) -> Environ:
    _, _, service, _, operation = call.environ["PATH_INFO"].split("/")
    return {
        **call.environ,
        "PATH_INFO": "/",
        "HTTP_X_AMZ_TARGET": f"{service}.{operation}",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
    }


def _json_body(call: Call) -> bytes:
    said = cbor2.loads(call.body) if call.body else {}
    return json.dumps(said, default=_seconds).encode()


def _seconds(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{value!r} has no form in JSON")


def _to_cbor(call: Call, reply: Reply) -> Reply:
    headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
    try:
        said = json.loads(reply.body) if reply.body else {}
    except ValueError:
        return reply
    if reply.status < 300:
        said = _with_times(said, _output(call.operation))
    elif "__type" not in said:
        said["__type"] = dict(reply.headers).get("x-amzn-ErrorType", "InternalFailure")
    return Reply(reply.status, headers, cbor2.dumps(said, timezone=UTC, datetime_as_timestamp=True))


@cache
def _output(operation: str) -> Shape | None:
    model = botocore.session.get_session().get_service_model("cloudwatch")
    return model.operation_model(operation).output_shape


def _with_times(value: Any, shape: Shape | None) -> Any:
    """Turns what the model calls a timestamp into one: JSON has only numbers."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure":
        members = shape.members
        return {k: _with_times(v, members.get(k)) for k, v in value.items()}
    if shape.type_name == "list":
        return [_with_times(item, shape.member) for item in value]
    if shape.type_name == "map":
        return {k: _with_times(v, shape.value) for k, v in value.items()}
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(float(value), UTC)
    return value
