"""Puts the scheduler into moto's ECS."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import (
    ECSException,
    InvalidParameterException,
    ServiceNotFoundException,
)
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.responses import EC2ContainerServiceResponse as Response
from moto.elbv2.models import elbv2_backends

from .account import account

_create = Response.create_service


def install() -> None:
    """Replaces what moto does otherwise than ECS."""
    Response.create_service = _create_service
    Response.list_tasks = _list_tasks
    Response.describe_tasks = _describe_tasks
    Response.stop_task = _stop_task
    Response.describe_services = _few_services(Response.describe_services)
    Backend.update_service = _update_service
    Backend.delete_service = _delete_service


def _create_service(self: Any) -> ActionResult:
    said = self._get_params()
    backend = self.ecs_backend
    scheduler = account(backend.account_id).scheduler
    cluster = backend._get_cluster(said.get("cluster", "default"))
    present = backend.services.get(f"{cluster.name}:{said['serviceName']}")
    token = said.get("clientToken")
    if present and present.status == "DRAINING":
        raise InvalidParameterException("Unable to Start a service that is still Draining.")
    if present and present.status == "ACTIVE":
        if token and token == scheduler.token(present.arn):
            return ActionResult({"service": present})
        raise InvalidParameterException("Creation of service was not idempotent.")
    for balancer in said.get("loadBalancers", []):
        _check_group(backend, balancer["targetGroupArn"])
    result = _create(self)
    service = result.result["service"]
    service.deployment_configuration = said.get("deploymentConfiguration")
    service.health_check_grace_period_seconds = said.get("healthCheckGracePeriodSeconds", 0)
    scheduler.follow(service, token)
    return result


def _check_group(backend: Any, arn: str) -> None:
    group = elbv2_backends[backend.account_id][backend.region_name].target_groups.get(arn)
    if group is None:
        raise InvalidParameterException("Unable to assume role and validate the specified "
                                        "targetGroupArn. The target group does not exist.")
    if not account(backend.account_id).targets.is_used(arn):
        raise InvalidParameterException(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )


def _update_service(self: Any, said: dict[str, Any]) -> Any:
    service = self._get_service(said.get("cluster", "default"), said["service"].split("/")[-1])
    if service.status != "ACTIVE":
        raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
    definition = said.get("task_definition")
    wanted = self.describe_task_definition(definition) if definition else None
    if wanted and wanted.status != "ACTIVE":
        raise InvalidParameterException("TaskDefinition is inactive")
    for name in KEPT:
        if said.get(name) is not None:
            setattr(service, name, said[name])
    played = account(self.account_id).scheduler.service(service.arn)
    if played is None:
        raise ServiceNotFoundException
    if wanted and wanted.arn != service.task_definition:
        played.deploy(wanted.arn)
    elif said.get("force_new_deployment"):
        played.deploy(service.task_definition)
    return service


def _delete_service(self: Any, cluster_name: str, service_name: str, force: bool) -> Any:
    service = self._get_service(cluster_name, service_name.split("/")[-1])
    if service.desired_count > 0 and not force:
        raise InvalidParameterException(
            "The service cannot be stopped while it is scaled above 0."
        )
    service.status = "DRAINING"
    return service


def _list_tasks(self: Any) -> ActionResult:
    cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
    service = (self._get_param("serviceName") or "").split("/")[-1]
    family = self._get_param("family")
    desired = self._get_param("desiredStatus") or "RUNNING"
    found = []
    for played, task in account(self.current_account).scheduler.tasks():
        record = played.record
        if record.cluster_arn != cluster.arn or (service and record.name != service):
            continue
        if family and task.definition.split("/")[-1].split(":")[0] != family:
            continue
        if ("STOPPED" if task.stopping else "RUNNING") == desired:
            found.append(task.arn(record))
    return ActionResult({"taskArns": found})


def _describe_tasks(self: Any) -> ActionResult:
    self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
    wanted = self._get_param("tasks", [])
    if not wanted:
        raise InvalidParameterException("Tasks cannot be empty.")
    known = {
        task.id: task.shown(played.record)
        for played, task in account(self.current_account).scheduler.tasks()
    }
    ids = [name.split("/")[-1] for name in wanted]
    missing = [name for name, key in zip(wanted, ids, strict=True) if key not in known]
    return ActionResult(
        {
            "tasks": [known[key] for key in ids if key in known],
            "failures": [{"arn": name, "reason": "MISSING"} for name in missing],
        }
    )


def _stop_task(self: Any) -> ActionResult:
    wanted = self._get_param("task").split("/")[-1]
    for played, task in account(self.current_account).scheduler.tasks():
        if task.id == wanted:
            played.stop_task(task, self._get_param("reason") or "Task stopped by user")
            return ActionResult({"task": task.shown(played.record)})
    raise InvalidParameterException("The referenced task was not found.")


def _few_services(describe: Any) -> Any:
    def describe_services(self: Any) -> ActionResult:
        if len(self._get_param("services", [])) > MOST_SERVICES:
            raise InvalidParameterException("Services cannot be more than 10.")
        result: ActionResult = describe(self)
        return result

    return describe_services


KEPT = (
    "desired_count",
    "deployment_configuration",
    "health_check_grace_period_seconds",
    "network_configuration",
    "platform_version",
    "load_balancers",
)
MOST_SERVICES = 10
