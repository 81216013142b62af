"""Targets of target groups, and the states of their health."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.elbv2.models import elbv2_backends

if TYPE_CHECKING:
    from .account import Account


@dataclass
class Target:
    """One address in one target group."""

    ip: str
    port: int
    healthy_at: float | None
    """When it passes its first health check; `None` is never."""
    drained_at: float | None = None
    """When its deregistration ends."""


@dataclass(frozen=True)
class Override:
    """What a test wants shown of the first targets of a group, whatever they are."""

    state: str
    reason: str
    count: int


class Targets:
    """All targets of one account, by target group."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._groups: dict[str, dict[tuple[str, int], Target]] = {}
        self._overrides: dict[str, Override] = {}
        self._used: set[str] | None = None
        """The groups that any rule names, as long as nobody can have changed a rule."""

    def register(self, group: str, ip: str, port: int, *, healthy: bool = True) -> None:
        """Registers a target; one that is there already stays as it is."""
        now = self._account.now()
        known = self._groups.setdefault(group, {})
        present = known.get((ip, port))
        if present is None or present.drained_at is not None:
            first = now + self._account.settings.health_s if healthy else None
            known[(ip, port)] = Target(ip, port, first)

    def deregister(self, group: str, ip: str, port: int) -> None:
        """Begins to drain a target; as on AWS, one that is not there is no error."""
        target = self._groups.get(group, {}).get((ip, port))
        if target and target.drained_at is None:
            target.drained_at = self._account.now() + self._account.settings.drain_s

    def override(self, group: str, state: str | None, reason: str = "", count: int = 1000) -> None:
        """Shows the first `count` targets of a group in a state; `None` shows the truth again."""
        if state is None:
            self._overrides.pop(group, None)
        else:
            self._overrides[group] = Override(state, reason, count)

    def look_anew(self) -> None:
        """Says that somebody may have changed a rule."""
        self._used = None

    def play(self, now: float) -> None:
        """Forgets what has drained."""
        for group in self._groups.values():
            for key, target in list(group.items()):
                if target.drained_at is not None and target.drained_at <= now:
                    del group[key]

    def states(self, group: str) -> list[tuple[Target, str, str]]:
        """Returns every target of a group with its state and the reason."""
        override = self._overrides.get(group)
        states = []
        for place, target in enumerate(self._groups.get(group, {}).values()):
            state, reason = self._state(group, target)
            if override and place < override.count:
                state, reason = override.state, override.reason
            states.append((target, state, reason))
        return states

    def healthy(self, group: str) -> int:
        """Returns how many targets of a group are healthy."""
        return sum(state == "healthy" for _, state, _ in self.states(group))

    def serving(self, group: str) -> int:
        """Returns how many get requests: all that are registered, if none of them is healthy."""
        states = [state for _, state, _ in self.states(group) if state != "draining"]
        return states.count("healthy") or len(states)

    def is_used(self, group: str) -> bool:
        """Returns whether any rule names a target group: otherwise nobody checks its health."""
        if self._used is None:
            self._used = set(self._named())
        return group in self._used

    def _named(self) -> Iterator[str]:
        for backend in elbv2_backends[self._account.number].values():
            for balancer in backend.load_balancers.values():
                for listener in balancer.listeners.values():
                    for rule in listener.rules.values():
                        for action in rule.actions:
                            yield from backend._get_target_group_arns_from(action.data)

    def state(self, group: str, ip: str, port: int) -> str:
        """Returns the state of one target; of one that is not there, `unused`."""
        for target, state, _ in self.states(group):
            if (target.ip, target.port) == (ip, port):
                return state
        return "unused"

    def _state(self, group: str, target: Target) -> tuple[str, str]:
        if target.drained_at is not None:
            return "draining", "Target.DeregistrationInProgress"
        if not self.is_used(group):
            return "unused", "Target.NotInUse"
        if target.healthy_at is None:
            return "unhealthy", "Target.ResponseCodeMismatch"
        if self._account.now() < target.healthy_at:
            return "initial", "Elb.InitialHealthChecking"
        return "healthy", ""


DESCRIPTIONS: dict[str, Any] = {
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
    "Target.ResponseCodeMismatch": "Health checks failed with these codes: [500]",
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Target.NotRegistered": "Target is not registered to the target group",
}
