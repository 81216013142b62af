"""The way of a request: log, fault, stale picture, moto."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import call, control, metrics, patch_ecs, patch_elb, reply, upstream
from .account import Account, account, lock, play_all
from .call import Call, Environ
from .faults import Fault
from .reply import Dropped, Reply


class App:
    """The WSGI application."""

    def __init__(self) -> None:
        self.endpoint = ""

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        try:
            if environ["PATH_INFO"].startswith("/gf/"):
                answer = control.answer(environ, self.endpoint)
            else:
                answer = _answer(call.read(environ))
        except Dropped:
            _hang_up(environ)
            raise
        phrase = HTTPStatus(answer.status).phrase
        headers = [(n, v) for n, v in answer.headers if n.lower() != "content-length"]
        start(f"{answer.status} {phrase}", [*headers, ("Content-Length", str(len(answer.body)))])
        return [answer.body]


def serve(port: int = 0) -> tuple[BaseWSGIServer, App]:
    """Binds the server to a port of the loopback; it answers once `serve_forever` runs."""
    for module in (patch_ecs, patch_elb, metrics):
        module.install()
    app = App()
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    app.endpoint = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=_tick, daemon=True).start()
    return server, app


class Quiet(WSGIRequestHandler):
    """Says nothing of each request, and sends small answers at once."""

    disable_nagle_algorithm = True

    def log(self, *_: Any, **__: Any) -> None:
        """Says nothing."""


def _answer(asked: Call) -> Reply:
    one = account(asked.account)
    with lock:
        fault = one.faults.take(asked.operation)
        one.note(asked, fault.kind if fault else None)
        if fault is None:
            return _carry_out(one, asked)
    return _with_fault(one, asked, fault)


def _with_fault(one: Account, asked: Call, fault: Fault) -> Reply:
    if fault.kind == "throttle":
        return reply.error(asked, 400, "ThrottlingException", "Rate exceeded")
    if fault.kind == "error":
        return reply.error(asked, fault.status, fault.code, fault.message)
    if fault.kind == "hang":
        one.release.wait(fault.seconds)
    if fault.kind == "late":
        threading.Thread(target=_later, args=(one, asked, fault.seconds), daemon=True).start()
    if fault.kind in ("hang", "late", "drop_before"):
        raise Dropped
    if fault.kind == "delay":
        time.sleep(fault.seconds)
    with lock:
        answer = _carry_out(one, asked)
    if fault.kind == "delay_after":
        time.sleep(fault.seconds)
    if fault.kind == "drop_after":
        raise Dropped
    if fault.kind == "error_after":
        return reply.error(asked, fault.status, fault.code, fault.message)
    return answer


def _later(one: Account, asked: Call, seconds: float) -> None:
    time.sleep(seconds)
    with lock:
        _carry_out(one, asked)


def _carry_out(one: Account, asked: Call) -> Reply:
    one.play()
    if asked.writes:
        one.stale.before_write(one.settings.stale_reads, upstream.ask)
    elif old := one.stale.read(asked, one.settings.stale_reads):
        return old
    answer = upstream.ask(asked)
    one.play()
    return answer


def _hang_up(environ: Environ) -> None:
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def _tick() -> None:
    while True:
        time.sleep(TICK)
        play_all()


TICK = 0.1
