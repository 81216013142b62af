"""One emulator for all tests, and one account for each."""

from __future__ import annotations

import itertools
import json
import threading
import unittest
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

from emulator.server import serve

GREEN = "registry.example.com/web@sha256:" + "9e" * 32


class Scene(unittest.TestCase):
    """A stage of its own: slot `a` serves with two tasks, slot `b` is idle.

    Times are long and pass by `advance`, so that no test depends on how fast it runs.
    """

    def setUp(self) -> None:
        self.number = f"{next(_numbers):012d}"
        self.made = self.control("stage")
        self.control("config", start_s=100, health_s=100, drain_s=100, kill_s=300, resolution_s=1)
        self.a, self.b = self.made["target_groups"]
        self.elb, self.ecs = self.client("elbv2"), self.client("ecs")

    def client(self, service: str, **config: Any) -> Any:
        """Returns a client that tries once."""
        with _lock:
            return _session.client(
                service,
                endpoint_url=_endpoint,
                region_name="us-east-1",
                aws_access_key_id=self.number,
                aws_secret_access_key="testing",
                config=Config(retries={"total_max_attempts": 1}, **config),
            )

    def control(self, action: str, **said: Any) -> Any:
        """Makes a control request."""
        url = f"{_endpoint}/gf/{action}?account={self.number}"
        request = urllib.request.Request(url, json.dumps(said).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.control("advance", seconds=seconds)

    def weigh(self, a: int, b: int) -> None:
        """Sets the production rule's weights."""
        self.elb.modify_rule(RuleArn=self.made["rule"], Actions=[forward([(self.a, a), (self.b, b)])])

    def weights(self) -> list[int]:
        """Reads them."""
        rule = self.elb.describe_rules(RuleArns=[self.made["rule"]])["Rules"][0]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return [group["Weight"] for group in groups]

    def deploy(self, image: str, desired: int) -> str:
        """Deploys an image into slot `b`."""
        definition = self.ecs.register_task_definition(
            family="web",
            containerDefinitions=[{"name": "web", "image": image, "memory": 128}],
        )["taskDefinition"]["taskDefinitionArn"]
        self.ecs.update_service(
            cluster="production", service="web-b", taskDefinition=definition, desiredCount=desired
        )
        return str(definition)

    def service(self, name: str) -> Any:
        """Reads a service."""
        found = self.ecs.describe_services(cluster="production", services=[name])
        return found["services"][0]

    def states(self, group: str) -> list[str]:
        """Reads the health of a group's targets."""
        found = self.elb.describe_target_health(TargetGroupArn=group)
        return [t["TargetHealth"]["State"] for t in found["TargetHealthDescriptions"]]


def forward(weights: list[tuple[str, int]]) -> dict[str, Any]:
    """Returns a forward action."""
    groups = [{"TargetGroupArn": group, "Weight": weight} for group, weight in weights]
    return {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}}


_numbers = itertools.count(1)
_session = boto3.session.Session()
_lock = threading.Lock()
_server, _app = serve()
_endpoint = _app.endpoint
threading.Thread(target=_server.serve_forever, daemon=True).start()
