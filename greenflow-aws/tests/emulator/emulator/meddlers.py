"""Others who write to the same resources: a template that is applied again, autoscaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.elbv2.models import elbv2_backends

from .settings import BadSetting

if TYPE_CHECKING:
    from .account import Account


@dataclass
class Meddler:
    """Writes the same thing again and again."""

    rule: str | None = None
    """The rule whose weights it sets."""
    weights: dict[str, int] | None = None
    """By target group; a group that is not in it is taken out of the rule."""
    service: str | None = None
    """The service whose count it sets."""
    desired: int | None = None
    every_s: float = 60.0
    times: int = -1
    """How often; -1 is for ever."""
    next_at: float = 0.0


class Meddlers:
    """All of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._meddlers: list[Meddler] = []
        self._scaled_at = 0.0

    def add(self, wanted: dict[str, Any]) -> None:
        """Lets one more begin, at once."""
        try:
            self._meddlers.append(Meddler(**wanted))
        except TypeError as error:
            raise BadSetting(f"meddler: {error}") from None

    def clear(self) -> None:
        """Stops all."""
        self._meddlers.clear()

    def play(self, now: float) -> None:
        """Lets those act whose time has come."""
        for meddler in self._meddlers:
            if meddler.times != 0 and meddler.next_at <= now:
                meddler.next_at = now + meddler.every_s
                meddler.times -= 1
                self._act(meddler)
        every = self._account.settings.autoscaler_s
        if every and self._scaled_at + every <= now:
            self._scaled_at = now
            self._autoscale()

    def _act(self, meddler: Meddler) -> None:
        if meddler.rule and meddler.weights:
            groups = [{"TargetGroupArn": g, "Weight": w} for g, w in meddler.weights.items()]
            action = {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}}
            elbv2_backends[self._account.number][self._account.region].modify_rule(
                meddler.rule, [], [action]
            )
        if meddler.service is not None and meddler.desired is not None:
            self._set_count(meddler.service, lambda _: int(meddler.desired or 0))

    def _autoscale(self) -> None:
        backend = applicationautoscaling_backends[self._account.number][self._account.region]
        for target in backend.describe_scalable_targets("ecs", None, None):
            suspended = target.suspended_state or {}
            if not suspended.get("DynamicScalingOutSuspended"):
                least = int(target.min_capacity)
                name = target.resource_id.split("/")[-1]
                self._set_count(name, lambda count, least=least: max(count, least))

    def _set_count(self, name: str, to: Any) -> None:
        for service in self._account.scheduler.services():
            if service.record.name == name:
                service.record.desired_count = to(service.record.desired_count)
