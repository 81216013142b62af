"""Puts targets and the limits of weights into moto's ELBv2."""

from __future__ import annotations

import inspect
from typing import Any

from moto.elbv2.exceptions import (
    ActionTargetGroupNotFoundError,
    DuplicateListenerError,
    ELBClientError,
    TargetGroupNotFoundError,
)
from moto.elbv2.models import ELBv2Backend as Backend
from moto.elbv2.models import FakeAction, FakeHealthStatus, FakeTargetGroup

from .account import account
from .targets import DESCRIPTIONS


def install() -> None:
    """Replaces what moto does otherwise than ELBv2."""
    Backend._validate_actions = _validate(Backend._validate_actions)
    Backend.modify_rule = _modify_rule(Backend.modify_rule)
    Backend.modify_listener = _modify_listener(Backend.modify_listener)
    Backend.create_listener = _create_listener(Backend.create_listener)
    Backend.describe_target_health = _describe_target_health
    FakeTargetGroup.register = _register
    FakeTargetGroup.deregister = _deregister
    FakeAction.__init__ = _both_forms(FakeAction.__init__)


def _validate(validate: Any) -> Any:
    def validate_actions(self: Any, actions: list[Any]) -> None:
        validate(self, actions)
        for action in actions:
            _check(action.data.get("ForwardConfig", {}).get("TargetGroups", []))

    return validate_actions


def _check(groups: list[dict[str, Any]]) -> None:
    for group in groups:
        weight = int(group.get("Weight", 1))
        if not 0 <= weight <= MOST_WEIGHT:
            raise ELBClientError("ValidationError", f"The weight {weight} is not in 0 to 999")
    if len(groups) > MOST_GROUPS:
        message = f"A forward action can have up to {MOST_GROUPS} target groups"
        raise ELBClientError("TooManyTargetGroups", message)
    arns = [group["TargetGroupArn"] for group in groups]
    if len(set(arns)) != len(arns):
        raise ELBClientError("ValidationError", "A target group is named twice in one action")


def _modify_rule(modify: Any) -> Any:
    def modify_rule(self: Any, rule_arn: str, conditions: Any, actions: Any) -> Any:
        for rule in self.describe_rules(listener_arn=None, rule_arns=[rule_arn]):
            if rule.is_default:
                message = f"Default rule '{rule_arn}' cannot be modified"
                raise ELBClientError("OperationNotPermitted", message)
        return modify(self, rule_arn, conditions, actions)

    return modify_rule


def _modify_listener(modify: Any) -> Any:
    def modify_listener(self: Any, arn: str, *args: Any, **said: Any) -> Any:
        bound = inspect.signature(modify).bind(self, arn, *args, **said)
        actions = bound.arguments.get("actions") or []
        try:
            self._validate_actions([FakeAction(dict(action)) for action in actions])
        except ActionTargetGroupNotFoundError:
            raise TargetGroupNotFoundError from None
        return modify(*bound.args, **bound.kwargs)

    return modify_listener


def _create_listener(create: Any) -> Any:
    def create_listener(self: Any, load_balancer_arn: str, protocol: str, port: str,
                        *args: Any, **said: Any) -> Any:
        balancer = self.load_balancers.get(load_balancer_arn)
        present = balancer.listeners.values() if balancer else []
        if any(str(listener.port) == str(port) for listener in present):
            raise DuplicateListenerError
        return create(self, load_balancer_arn, protocol, port, *args, **said)

    return create_listener


def _describe_target_health(self: Any, target_group_arn: str, targets: list[Any]) -> list[Any]:
    group = self.target_groups.get(target_group_arn)
    if group is None:
        raise TargetGroupNotFoundError
    states = account(self.account_id).targets.states(target_group_arn)
    if not targets:
        return [_shown(group, t.ip, t.port, state, reason) for t, state, reason in states]
    shown = []
    for wanted in targets:
        port = int(wanted.get("Port") or group.port)
        found = [s for s in states if (s[0].ip, s[0].port) == (wanted["Id"], port)]
        _, state, reason = found[0] if found else (None, "unused", "Target.NotRegistered")
        shown.append(_shown(group, wanted["Id"], port, state, reason))
    return shown


def _shown(group: Any, ip: str, port: int, state: str, reason: str) -> FakeHealthStatus:
    about = DESCRIPTIONS.get(reason, reason) or None
    return FakeHealthStatus(ip, str(port), group.health_check_port, state, reason or None, about)


def _register(self: Any, targets: list[dict[str, Any]]) -> None:
    known = account(self.account_id).targets
    for target in targets:
        known.register(self.arn, target["Id"], int(target.get("Port") or self.port))


def _deregister(self: Any, targets: list[dict[str, Any]]) -> None:
    known = account(self.account_id).targets
    for target in targets:
        known.deregister(self.arn, target["Id"], int(target.get("Port") or self.port))


def _both_forms(init: Any) -> Any:
    """AWS writes an action with one target group in both of its forms."""

    def __init__(self: Any, data: dict[str, Any]) -> None:
        groups = (data.get("ForwardConfig") or {}).get("TargetGroups") or []
        if data.get("Type") == "forward" and data.get("TargetGroupArn") and not groups:
            config = data.setdefault("ForwardConfig", {})
            config["TargetGroups"] = [{"TargetGroupArn": data["TargetGroupArn"], "Weight": 1}]
        elif len(groups) == 1:
            data.setdefault("TargetGroupArn", groups[0]["TargetGroupArn"])
        init(self, data)

    return __init__


MOST_WEIGHT = 999
MOST_GROUPS = 5
