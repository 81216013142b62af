"""What is looked at before a rollout: the set-up of everything, and the image."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from .scene import Scene


class Looks(Scene):
    def test_both_groups_are_in_use_by_the_balancer_and_alike(self) -> None:
        a, b = self.elb.describe_target_groups(TargetGroupArns=[self.a, self.b])["TargetGroups"]
        for group in (a, b):
            self.assertIn(self.made["load_balancer"], group["LoadBalancerArns"])
            self.assertEqual(group["TargetType"], "ip")
        for key in ("VpcId", "Protocol", "HealthCheckPath", "HealthCheckIntervalSeconds"):
            self.assertEqual(a[key], b[key])
        attributes = self.elb.describe_target_group_attributes(TargetGroupArn=self.a)["Attributes"]
        said = {attribute["Key"]: attribute["Value"] for attribute in attributes}
        self.assertEqual(said["deregistration_delay.timeout_seconds"], "30")
        self.assertEqual(said["stickiness.enabled"], "false")

    def test_the_rules_of_every_listener_are_read(self) -> None:
        balancer = self.made["load_balancer"]
        (listener,) = self.elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        rules = self.elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        found = {rule["RuleArn"] for rule in rules if not rule["IsDefault"]}
        self.assertEqual(found, {self.made["rule"], *self.made["preview_rules"]})

    def test_quotas_are_told(self) -> None:
        limits = {limit["Name"]: limit["Max"] for limit in self.elb.describe_account_limits()["Limits"]}
        self.assertGreater(int(limits["targets-per-application-load-balancer"]), 4)

    def test_an_image_is_found_by_tag_and_by_digest(self) -> None:
        ecr = self.client("ecr")
        ecr.create_repository(repositoryName="web")
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "layers": []})
        ecr.put_image(repositoryName="web", imageManifest=manifest, imageTag="v7")
        of = {"registryId": self.number, "repositoryName": "web"}
        (image,) = ecr.describe_images(**of, imageIds=[{"imageTag": "v7"}])["imageDetails"]
        digest = {"imageDigest": image["imageDigest"]}
        (again,) = ecr.describe_images(**of, imageIds=[digest])["imageDetails"]
        self.assertEqual(again["imageTags"], ["v7"])
        with self.assertRaisesRegex(ClientError, "ImageNotFoundException"):
            ecr.describe_images(**of, imageIds=[{"imageTag": "v8"}])
        with self.assertRaisesRegex(ClientError, "RepositoryNotFoundException"):
            ecr.describe_images(registryId=self.number, repositoryName="other")
