"""Requests, divided by the weights as they are, and what became of them."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.elbv2.models import elbv2_backends

from .settings import HEALTHY, Image

if TYPE_CHECKING:
    from .account import Account


@dataclass(frozen=True)
class Second:
    """What one target group answered in one second."""

    requests: int
    errors: int
    slow: int
    image: Image


@dataclass
class Sum:
    """What comes together in a second that is not over yet. Remainders go on to the next one."""

    requests: float = 0.0
    errors: float = 0.0
    slow: float = 0.0
    image: Image = HEALTHY

    def close(self) -> Second:
        """Ends the second."""
        requests = int(self.requests + TINY)
        errors = min(requests, int(self.errors + TINY))
        slow = min(requests, int(self.slow + TINY))
        self.requests -= requests
        self.errors -= errors
        self.slow -= slow
        return Second(requests, errors, slow, self.image)


@dataclass(frozen=True)
class State:
    """Where the requests go at a moment."""

    weights: dict[str, int]
    serving: dict[str, int]
    healthy: dict[str, int]
    images: dict[str, Image] = field(hash=False)
    desired: dict[str, int]
    runs: dict[str, list[str]]
    """What runs for each group: the images, each once."""

    def share(self, group: str) -> float:
        """Returns which share of the requests a group gets."""
        total = sum(self.weights.values())
        return self.weights.get(group, 0) / total if total else 0.0


class Traffic:
    """The requests of a production rule, or of a listener's default action."""

    def __init__(self, account: Account, rule: str, groups: list[str]) -> None:
        self._account = account
        self._rule = rule
        self.balancer = _found(r":listener(?:-rule)?/(app/[^/]+/[^/]+)/", rule)
        """The balancer with the production traffic, as its dimension names it."""
        self.groups = groups
        """Those that it may send requests to."""
        self._sums: dict[str, Sum] = {}
        self._unserved = Sum()
        self._at = account.now()
        self._state = self._read()
        self.seconds: dict[int, dict[str, Second]] = {}
        """By second since 1970 and target group."""
        self.unserved: dict[int, int] = {}
        """Requests that met a group without any target, by second."""
        self.history: deque[dict[str, Any]] = deque(maxlen=MOST_HISTORY)

    def play(self, now: float) -> None:
        """Counts the requests up to now, as the rule was until now, and then reads the rule."""
        while self._at < now:
            until = min(now, float(int(self._at) + 1))
            self._count(self._state, until - self._at)
            if until == int(self._at) + 1:
                self._close(int(self._at))
            self._at = until
        state = self._read()
        if state != self._state or not self.history:
            self.history.append(
                {
                    "at": now,
                    "weights": state.weights,
                    "healthy": state.healthy,
                    "desired": state.desired,
                    "runs": state.runs,
                }
            )
        self._state = state

    def _count(self, state: State, seconds: float) -> None:
        requests = self._account.settings.rate * seconds
        if not sum(state.weights.values()):
            self._unserved.requests += requests
        for group in state.weights:
            share = state.share(group)
            image = state.images.get(group, HEALTHY)
            total = self._sums.setdefault(group, Sum())
            total.image = image
            if not state.serving.get(group):
                self._unserved.requests += requests * share
                continue
            shows = share >= image.from_share
            errors = image.errors if shows else 0.0
            if not state.healthy.get(group):
                errors = 1.0
            total.requests += requests * share
            total.errors += requests * share * errors
            total.slow += requests * share * (image.slow if shows else 0.0)

    def _close(self, second: int) -> None:
        self.seconds[second] = {group: total.close() for group, total in self._sums.items()}
        self.unserved[second] = self._unserved.close().requests
        for known in (self.seconds, self.unserved):
            known.pop(second - KEPT_SECONDS, None)

    def _read(self) -> State:
        weights = self._weights()
        targets = self._account.targets
        images: dict[str, Image] = {}
        desired: dict[str, int] = {}
        runs: dict[str, list[str]] = {}
        for group in self.groups:
            for service in self._account.scheduler.registering(group):
                desired[service.record.name] = service.desired
                running = [task.image for task in service.tasks if task.runs]
                runs[group] = sorted(set(running))
                if running:
                    images[group] = self._account.settings.image(running[0])
        groups = set(weights) | set(self.groups)
        return State(
            weights=weights,
            serving={group: targets.serving(group) for group in sorted(groups)},
            healthy={group: targets.healthy(group) for group in sorted(groups)},
            images=images,
            desired=desired,
            runs=runs,
        )

    def _weights(self) -> dict[str, int]:
        for action in self._actions():
            groups = action.data.get("ForwardConfig", {}).get("TargetGroups", [])
            if groups:
                return {g["TargetGroupArn"]: int(g.get("Weight", 1)) for g in groups}
        return {}

    def _actions(self) -> list[Any]:
        for backend in elbv2_backends[self._account.number].values():
            for balancer in backend.load_balancers.values():
                if not balancer.arn.endswith(f":loadbalancer/{self.balancer}"):
                    continue
                for listener in balancer.listeners.values():
                    if listener.arn == self._rule:
                        return list(listener.default_actions)
                    for rule in listener.rules.values():
                        if rule.arn == self._rule:
                            return list(rule.actions)
        return []


def _found(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found.group(1) if found else None


TINY = 1e-9
KEPT_SECONDS = 7200
MOST_HISTORY = 20000
