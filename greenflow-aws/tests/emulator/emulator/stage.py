"""Builds what a rollout needs, through the same API that everybody uses."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config
from moto.ec2.models import ec2_backends

BLUE_DIGEST = "sha256:" + "b1" * 32
CLUSTER = "production"


class Stage:
    """A balancer with one weighted rule and two preview rules, two target groups, two services.

    Slot `a` serves with all of the weight, slot `b` is idle.
    """

    def __init__(self, endpoint: str, number: str, region: str) -> None:
        common: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": region,
            "aws_access_key_id": number,
            "aws_secret_access_key": "testing",
            "config": Config(retries={"total_max_attempts": 1}),
        }
        # EC2's model alone takes a second to load, and only its default subnets are of interest.
        self._ec2 = ec2_backends[number][region]
        with _session_lock:
            self._elb = _session.client("elbv2", **common)
            self._ecs = _session.client("ecs", **common)

    def build(self, app: str, desired: int, image: str) -> dict[str, Any]:
        """Builds it and returns the names of everything."""
        subnets = self._ec2.describe_subnets()[:2]
        tags = [{"Key": "greenflow:app", "Value": app}]
        balancer = self._elb.create_load_balancer(
            Name=app, Subnets=[s.id for s in subnets], Type="application", Tags=tags
        )["LoadBalancers"][0]["LoadBalancerArn"]
        groups = [self._group(f"{app}-{slot}", subnets[0].vpc_id, app, slot) for slot in "ab"]
        listener = self._elb.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        )["Listeners"][0]["ListenerArn"]
        previews = [
            self._rule(listener, 10 + n, [_header(slot)], [(groups[n], 1)], app)
            for n, slot in enumerate("ab")
        ]
        path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
        rule = self._rule(listener, 100, [path], [(groups[0], 100), (groups[1], 0)], app)
        self._ecs.create_cluster(clusterName=CLUSTER)
        definition = self._definition(app, image)
        services = [
            self._service(f"{app}-{slot}", definition, groups[n], 0 if n else desired, app, slot)
            for n, slot in enumerate("ab")
        ]
        return {
            "cluster": CLUSTER,
            "load_balancer": balancer,
            "listener": listener,
            "rule": rule,
            "preview_rules": previews,
            "target_groups": groups,
            "services": services,
            "task_definition": definition,
            "family": app,
            "container": app,
            "image": image,
        }

    def _group(self, name: str, vpc: str, app: str, slot: str) -> str:
        group = self._elb.create_target_group(
            Name=name, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip",
            HealthCheckPath="/health", Tags=_slot_tags(app, slot),
        )["TargetGroups"][0]["TargetGroupArn"]
        self._elb.modify_target_group_attributes(
            TargetGroupArn=group,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
        )
        return str(group)

    def _rule(self, listener: str, priority: int, conditions: list[dict[str, Any]],
              weights: list[tuple[str, int]], app: str) -> str:
        groups = [{"TargetGroupArn": group, "Weight": weight} for group, weight in weights]
        rule = self._elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=conditions,
            Actions=[{"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}}],
            Tags=[{"Key": "greenflow:app", "Value": app}],
        )["Rules"][0]["RuleArn"]
        return str(rule)

    def _definition(self, app: str, image: str) -> str:
        container = {
            "name": app,
            "image": image,
            "memory": 512,
            "essential": True,
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": "LOG", "value": "info"}],
        }
        definition = self._ecs.register_task_definition(
            family=app,
            containerDefinitions=[container],
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
            tags=[{"key": "greenflow:app", "value": app}],
        )["taskDefinition"]["taskDefinitionArn"]
        return str(definition)

    def _service(self, name: str, definition: str, group: str, desired: int, app: str,
                 slot: str) -> str:
        breaker = {"enable": True, "rollback": False}
        service = self._ecs.create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=definition,
            desiredCount=desired,
            launchType="FARGATE",
            loadBalancers=[
                {"targetGroupArn": group, "containerName": app, "containerPort": 8080}
            ],
            deploymentConfiguration={
                "deploymentCircuitBreaker": breaker,
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
            },
            tags=[{"key": t["Key"], "value": t["Value"]} for t in _slot_tags(app, slot)],
        )["service"]["serviceArn"]
        return str(service)


def _slot_tags(app: str, slot: str) -> list[dict[str, str]]:
    return [{"Key": "greenflow:app", "Value": app}, {"Key": "greenflow:slot", "Value": slot}]


def _header(slot: str) -> dict[str, Any]:
    config = {"HttpHeaderName": "X-GreenFlow-Slot", "Values": [slot]}
    return {"Field": "http-header", "HttpHeaderConfig": config}


_session = boto3.session.Session()
_session_lock = threading.Lock()
