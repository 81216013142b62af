"""One task of a service."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass
class Task:
    """From its launch until it is forgotten, some time after it stopped."""

    deployment: str
    """The identifier of the deployment that it belongs to."""
    definition: str
    """Its task definition's ARN."""
    image: str
    container: str
    launched_at: float
    ip: str = field(default_factory=lambda: _next_ip())
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    running_at: float | None = None
    stopping: str = ""
    """Why it stops, once it does."""
    code: str = ""
    """The stop code, once it stops."""
    stops_at: float | None = None
    stopped_at: float | None = None

    @property
    def alive(self) -> bool:
        """Returns whether it shall run."""
        return not self.stopping

    @property
    def runs(self) -> bool:
        """Returns whether it runs, be it to its end."""
        return self.running_at is not None and self.stopped_at is None

    @property
    def last_status(self) -> str:
        """Returns the status as ECS names it."""
        if self.stopped_at is not None:
            return "STOPPED"
        if self.running_at is None:
            return "PENDING"
        return "DEACTIVATING" if self.stopping else "RUNNING"

    def stop(self, why: str, code: str, at: float) -> None:
        """Begins to stop it."""
        self.stopping, self.code, self.stops_at = why, code, at

    def shown(self, service: Any) -> dict[str, Any]:
        """Returns it as DescribeTasks shows it."""
        said: dict[str, Any] = {
            "taskArn": self.arn(service),
            "clusterArn": service.cluster_arn,
            "taskDefinitionArn": self.definition,
            "group": f"service:{service.name}",
            "startedBy": self.deployment,
            "launchType": "FARGATE",
            "lastStatus": self.last_status,
            "desiredStatus": "STOPPED" if self.stopping else "RUNNING",
            "createdAt": _time(self.launched_at),
            "connectivity": "CONNECTED",
            "containers": [
                {
                    "name": self.container,
                    "image": self.image,
                    "imageDigest": self.image.rpartition("@")[2] if "@" in self.image else None,
                    "lastStatus": self.last_status,
                    "networkInterfaces": [{"privateIpv4Address": self.ip}],
                }
            ],
            "attachments": [
                {
                    "type": "ElasticNetworkInterface",
                    "status": "ATTACHED",
                    "details": [{"name": "privateIPv4Address", "value": self.ip}],
                }
            ],
        }
        if self.running_at is not None:
            said["startedAt"] = _time(self.running_at)
        if self.stopping:
            said["stoppedReason"] = self.stopping
            said["stopCode"] = self.code
            said["stoppingAt"] = _time(self.stops_at)
        if self.stopped_at is not None:
            said["stoppedAt"] = _time(self.stopped_at)
        return {key: value for key, value in said.items() if value is not None}

    def arn(self, service: Any) -> str:
        """Returns its ARN."""
        head, cluster = service.cluster_arn.split(":cluster/")
        return f"{head}:task/{cluster}/{self.id}"


def _time(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


_numbers = itertools.count(1)


def _next_ip() -> str:
    number = next(_numbers)
    return f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
