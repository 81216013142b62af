"""The part of ECS that moto does not have: services start and stop tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .service import PlayedService
from .task import Task

if TYPE_CHECKING:
    from .account import Account


class Scheduler:
    """All services of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._services: dict[str, PlayedService] = {}
        self._tokens: dict[str, str | None] = {}
        self._by_group: dict[str, list[PlayedService]] = {}

    def follow(self, service: Any, token: str | None) -> None:
        """Plays a service that moto has just created."""
        self._services[service.arn] = PlayedService(self._account, service)
        self._tokens[service.arn] = token

    def service(self, arn: str) -> PlayedService | None:
        """Returns a service that is played."""
        return self._services.get(arn)

    def token(self, arn: str) -> str | None:
        """Returns the client token that a service was created with."""
        return self._tokens.get(arn)

    def services(self) -> list[PlayedService]:
        """Returns all services."""
        return list(self._services.values())

    def registering(self, group: str) -> list[PlayedService]:
        """Returns the services that register their tasks with a target group."""
        return self._by_group.get(group, [])

    def tasks(self) -> list[tuple[PlayedService, Task]]:
        """Returns all tasks, each with its service."""
        return [(service, task) for service in self.services() for task in service.tasks]

    def play(self, now: float) -> None:
        """Lets happen what is due."""
        self._by_group = {}
        for service in self.services():
            service.play(now)
            for group, _ in service.groups():
                self._by_group.setdefault(group, []).append(service)
