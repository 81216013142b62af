"""One ECS service: its deployments, its tasks, its circuit breaker."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.ecs.models import ecs_backends

from .task import Task, _time

if TYPE_CHECKING:
    from .account import Account


@dataclass
class Deployment:
    """One task definition that a service is, or was, to run."""

    definition: str
    created_at: float
    id: str
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed: int = 0


class PlayedService:
    """Plays what moto's record of a service, `self.record`, asks for, and writes down there how
    far it is."""

    def __init__(self, account: Account, record: Any) -> None:
        self._account = account
        self.record = record
        self.tasks: list[Task] = []
        self.deployments: list[Deployment] = []
        record.events = []
        self.deploy(record.task_definition)

    def deploy(self, definition: str) -> None:
        """Makes a task definition the one to run."""
        now = self._account.now()
        arn = self._backend.describe_task_definition(definition).arn
        self.record.task_definition = arn
        self.deployments.insert(0, Deployment(arn, now, f"ecs-svc/{uuid.uuid4().int % 10**19}"))
        self.play(now)

    def stop_task(self, task: Task, why: str) -> None:
        """Stops a task that somebody asked to stop; another takes its place."""
        self._stop(task, why, "UserInitiated")

    def play(self, now: float) -> None:
        """Lets happen what is due."""
        for task in self.tasks:
            self._run(task, now)
        self.tasks = [t for t in self.tasks if not t.stopped_at or now - t.stopped_at < FORGET]
        primary = self.deployments[0]
        if primary.state != "FAILED":
            self._scale(primary, now)
        self._complete(primary, now)
        self._write_down(now)

    # What becomes of a task.

    def _run(self, task: Task, now: float) -> None:
        settings = self._account.settings
        image = settings.image(task.image)
        if task.stopping:
            if task.stopped_at is None and task.stops_at is not None and task.stops_at <= now:
                task.stopped_at = task.stops_at
        elif task.running_at is None:
            if now < task.launched_at + settings.start_s:
                return
            if not image.starts:
                why = f"CannotPullContainerError: pull image manifest: {task.image}: not found"
                self._fail(task, why, "TaskFailedToStart", now)
                return
            task.running_at = task.launched_at + settings.start_s
            for group, port in self.groups():
                self._account.targets.register(group, task.ip, port, healthy=image.healthy)
        elif not image.healthy and now >= task.running_at + settings.kill_s:
            why = "Task failed ELB health checks in the target group"
            self._fail(task, why, "ServiceSchedulerInitiated", now)

    def _fail(self, task: Task, why: str, code: str, now: float) -> None:
        self._stop(task, why, code)
        if task.running_at is None:
            task.stops_at = task.stopped_at = now
        deployment = self._deployment(task)
        if deployment is None or deployment.state != "IN_PROGRESS":
            return
        deployment.failed += 1
        breaker = (self._configuration().get("deploymentCircuitBreaker")) or {}
        threshold = max(self._account.settings.breaker_tasks, math.ceil(self.desired / 2))
        if breaker.get("enable") and deployment.failed >= threshold:
            deployment.state = "FAILED"
            deployment.reason = "ECS deployment circuit breaker: tasks failed to start."
            self._event(f"deployment {deployment.id} deployment failed: tasks failed to start.")
            before = [d for d in self.deployments if d.state == "COMPLETED"]
            if breaker.get("rollback") and before:
                self.deploy(before[0].definition)

    def _stop(self, task: Task, why: str, code: str) -> None:
        if task.stopping:
            return
        now = self._account.now()
        task.stop(why, code, now + (self._account.settings.drain_s if task.runs else 0))
        for group, port in self.groups():
            self._account.targets.deregister(group, task.ip, port)

    # How many tasks there are.

    @property
    def desired(self) -> int:
        """Returns how many tasks there shall be."""
        return self.record.desired_count if self.record.status == "ACTIVE" else 0

    def _scale(self, primary: Deployment, now: float) -> None:
        mine = [t for t in self.tasks if t.alive and t.deployment == primary.id]
        for _ in range(self.desired - len(mine)):
            self.tasks.append(self._launch(primary, now))
        for task in mine[self.desired :]:
            self._stop(task, f"Scaling activity initiated by {primary.id}", SCHEDULER)
        # Old tasks make room as new ones become healthy, so that capacity never falls.
        old = [t for t in self.tasks if t.alive and t.deployment != primary.id]
        for task in old[: self._ready(primary) + len(old) - self.desired]:
            self._stop(task, f"Scaling activity initiated by {primary.id}", SCHEDULER)

    def _launch(self, deployment: Deployment, now: float) -> Task:
        definition = self._backend.describe_task_definition(deployment.definition)
        container = definition.container_definitions[0]
        return Task(deployment.id, definition.arn, container["image"], container["name"], now)

    def _ready(self, deployment: Deployment) -> int:
        mine = [t for t in self.tasks if t.runs and t.alive and t.deployment == deployment.id]
        return sum(self._is_healthy(task) for task in mine)

    def _is_healthy(self, task: Task) -> bool:
        states = self._account.targets
        return all(states.state(g, task.ip, port) == "healthy" for g, port in self.groups())

    def _complete(self, primary: Deployment, now: float) -> None:
        if len(self.deployments) > 1:
            busy = {t.deployment for t in self.tasks if not t.stopped_at}
            self.deployments = [d for d in self.deployments if d is primary or d.id in busy]
        alone = len(self.deployments) == 1
        if primary.state == "IN_PROGRESS" and alone and self._ready(primary) == self.desired:
            primary.state = "COMPLETED"
            primary.reason = f"ECS deployment {primary.id} completed."
            self._event("has reached a steady state.")
        if self.record.status == "DRAINING" and not any(t.runs for t in self.tasks):
            self.record.status = "INACTIVE"

    # What DescribeServices shows.

    def _write_down(self, now: float) -> None:
        record = self.record
        record.running_count = sum(t.runs for t in self.tasks)
        record.pending_count = sum(t.last_status == "PENDING" for t in self.tasks)
        record.deployments = [self._shown(place, d, now) for place, d in enumerate(self.deployments)]

    def _shown(self, place: int, deployment: Deployment, now: float) -> dict[str, Any]:
        mine = [t for t in self.tasks if t.deployment == deployment.id]
        return {
            "id": deployment.id,
            "status": "ACTIVE" if place else "PRIMARY",
            "taskDefinition": deployment.definition,
            "desiredCount": 0 if place else self.desired,
            "pendingCount": sum(t.last_status == "PENDING" for t in mine),
            "runningCount": sum(t.runs for t in mine),
            "failedTasks": deployment.failed,
            "createdAt": _time(deployment.created_at),
            "updatedAt": _time(now),
            "launchType": "FARGATE",
            "rolloutState": deployment.state,
            "rolloutStateReason": deployment.reason
            or f"ECS deployment {deployment.id} in progress.",
        }

    def _event(self, what: str) -> None:
        said = {
            "id": uuid.uuid4().hex,
            "createdAt": _time(self._account.now()),
            "message": f"(service {self.record.name}) {what}",
        }
        self.record.events = [said, *self.record.events[:99]]

    def _deployment(self, task: Task) -> Deployment | None:
        return next((d for d in self.deployments if d.id == task.deployment), None)

    def groups(self) -> list[tuple[str, int]]:
        """Returns the target groups, with the port, that it registers its tasks with."""
        balancers = self.record.load_balancers
        return [(b["targetGroupArn"], b["containerPort"]) for b in balancers]

    def _configuration(self) -> dict[str, Any]:
        return getattr(self.record, "deployment_configuration", None) or {}

    @property
    def _backend(self) -> Any:
        return ecs_backends[self._account.number][self.record.region_name]


SCHEDULER = "ServiceSchedulerInitiated"
FORGET = 3600.0
