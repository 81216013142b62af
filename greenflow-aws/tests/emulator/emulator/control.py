"""The endpoints under `/gf/`, by which a test says what shall happen and asks what did."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs

from .account import Account, account, lock
from .call import DEFAULT_ACCOUNT, Environ
from .reply import Reply
from .settings import BadSetting
from .stage import BLUE_DIGEST, Stage


def answer(environ: Environ, endpoint: str) -> Reply:
    """Answers one control request."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    number = query.get("account", [DEFAULT_ACCOUNT])[0]
    length = int(environ.get("CONTENT_LENGTH") or 0)
    try:
        said = json.loads(environ["wsgi.input"].read(length) or b"{}")
        act = ACTIONS.get(environ["PATH_INFO"].removeprefix("/gf/"))
        if act is None:
            raise BadSetting(f"there are: {', '.join(sorted(ACTIONS))}")
        result = act(account(number), said, endpoint)
    except (BadSetting, KeyError, ValueError, TypeError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})
    return _json(200, result)


def _json(status: int, said: Any) -> Reply:
    return Reply(status, [("Content-Type", "application/json")], json.dumps(said).encode())


def _stage(one: Account, said: dict[str, Any], endpoint: str) -> Any:
    region = said.get("region", one.region)
    app = said.get("app", "web")
    image = said.get("image", f"registry.example.com/{app}@{BLUE_DIGEST}")
    built = Stage(endpoint, one.number, region).build(app, int(said.get("desired", 2)), image)
    _settle(one)
    with lock:
        one.region = region
        one.watch(built["rule"], built["target_groups"])
        one.log.clear()
    return {**built, "account": one.number, "region": region}


def _settle(one: Account) -> None:
    """Waits until all that is built is up: nobody starts a rollout on less."""
    while True:
        with lock:
            one.play()
            if all(s.deployments[0].state == "COMPLETED" for s in one.scheduler.services()):
                return
        time.sleep(0.01)


def _config(one: Account, said: dict[str, Any], _: str) -> Any:
    with lock:
        one.play()
        one.settings.change(said)
        return asdict(one.settings)


def _fault(one: Account, said: dict[str, Any], _: str) -> Any:
    with lock:
        if said.pop("clear", False):
            one.faults.clear()
        if said:
            one.faults.add(said)
        return {"waiting": one.faults.waiting()}


def _health(one: Account, said: dict[str, Any], _: str) -> Any:
    with lock:
        one.targets.override(
            said["target_group"], said.get("state"), said.get("reason", ""),
            int(said.get("count", 1000)),
        )
    return {}


def _series(one: Account, said: dict[str, Any], _: str) -> Any:
    with lock:
        one.series.put(said["namespace"], said["name"], said["dimensions"], said.get("value"))
    return {}


def _meddle(one: Account, said: dict[str, Any], _: str) -> Any:
    with lock:
        if said.pop("clear", False):
            one.meddlers.clear()
        if said:
            one.meddlers.add(said)
    return {}


def _advance(one: Account, said: dict[str, Any], _: str) -> Any:
    with lock:
        one.advance(float(said["seconds"]))
        return {"now": one.now()}


def _log(one: Account, said: dict[str, Any], _: str) -> Any:
    with lock:
        calls = list(one.log)
        if said.get("clear"):
            one.log.clear()
    counts = Counter(call["op"] for call in calls)
    shown = calls if said.get("calls", True) else []
    return {"calls": shown, "counts": dict(sorted(counts.items()))}


def _history(one: Account, said: dict[str, Any], _: str) -> Any:
    with lock:
        one.play()
        traffic = one.traffics[said["rule"]]
        return {"states": list(traffic.history), "unserved": sum(traffic.unserved.values())}


def _release(one: Account, _: dict[str, Any], __: str) -> Any:
    one.release.set()
    return {}


ACTIONS = {
    "advance": _advance,
    "config": _config,
    "fault": _fault,
    "health": _health,
    "history": _history,
    "log": _log,
    "meddle": _meddle,
    "release": _release,
    "series": _series,
    "stage": _stage,
}
