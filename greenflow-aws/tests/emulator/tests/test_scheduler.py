"""Services start and stop tasks, and their targets come and go."""

from __future__ import annotations

from botocore.exceptions import ClientError

from .scene import GREEN, Scene


class Deployments(Scene):
    def test_a_deployment_completes_when_its_targets_are_healthy(self) -> None:
        definition = self.deploy(GREEN, 3)
        service = self.service("web-b")
        self.assertEqual((service["pendingCount"], service["runningCount"]), (3, 0))
        self.assertEqual(self.states(self.b), [])
        self.advance(101)
        self.assertEqual(self.states(self.b), ["initial"] * 3)
        self.assertEqual(self.service("web-b")["deployments"][0]["rolloutState"], "IN_PROGRESS")
        self.advance(101)
        self.assertEqual(self.states(self.b), ["healthy"] * 3)
        (deployment,) = self.service("web-b")["deployments"]
        self.assertEqual(deployment["rolloutState"], "COMPLETED")
        self.assertEqual(deployment["taskDefinition"], definition)
        self.assertEqual(deployment["runningCount"], 3)

    def test_a_service_scaled_to_0_drains_before_its_tasks_stop(self) -> None:
        self.ecs.update_service(cluster="production", service="web-a", desiredCount=0)
        self.assertEqual(self.states(self.a), ["draining"] * 2)
        self.assertEqual(self.service("web-a")["runningCount"], 2)
        self.advance(101)
        self.assertEqual(self.states(self.a), [])
        self.assertEqual(self.service("web-a")["runningCount"], 0)

    def test_a_new_definition_replaces_the_old_tasks_without_loss(self) -> None:
        definition = self.deploy(GREEN, 2)
        self.ecs.update_service(cluster="production", service="web-a", taskDefinition=definition)
        self.advance(150)
        self.assertEqual(len(self.service("web-a")["deployments"]), 2)
        self.assertEqual(self.states(self.a).count("healthy"), 2)
        self.advance(200)
        (deployment,) = self.service("web-a")["deployments"]
        self.assertEqual(deployment["taskDefinition"], definition)
        self.assertEqual(self.states(self.a), ["healthy"] * 2)

    def test_a_stopped_task_is_replaced(self) -> None:
        first = self.ecs.list_tasks(cluster="production", serviceName="web-a")["taskArns"]
        self.ecs.stop_task(cluster="production", task=first[0])
        self.advance(250)
        second = self.ecs.list_tasks(cluster="production", serviceName="web-a")["taskArns"]
        self.assertEqual(len(second), 2)
        self.assertNotIn(first[0], second)


class Failures(Scene):
    def test_an_image_that_cannot_be_pulled_trips_the_breaker(self) -> None:
        self.control("config", images={"9e9e": {"starts": False}})
        self.deploy(GREEN, 2)
        self.advance(450)
        deployment = self.service("web-b")["deployments"][0]
        self.assertEqual(deployment["rolloutState"], "FAILED")
        self.assertGreaterEqual(deployment["failedTasks"], 3)
        self.assertEqual(self.states(self.b), [])

    def test_the_reason_stands_at_the_stopped_tasks(self) -> None:
        self.control("config", images={"9e9e": {"starts": False}})
        self.deploy(GREEN, 1)
        self.advance(150)
        stopped = self.ecs.list_tasks(
            cluster="production", serviceName="web-b", desiredStatus="STOPPED"
        )["taskArns"]
        (task,) = self.ecs.describe_tasks(cluster="production", tasks=stopped)["tasks"]
        self.assertEqual(task["stopCode"], "TaskFailedToStart")
        self.assertIn("CannotPullContainerError", task["stoppedReason"])

    def test_an_unhealthy_image_is_never_healthy(self) -> None:
        self.control("config", images={"9e9e": {"healthy": False}})
        self.deploy(GREEN, 1)
        self.advance(250)
        self.assertEqual(self.states(self.b), ["unhealthy"])
        self.advance(200)
        self.assertEqual(self.service("web-b")["deployments"][0]["failedTasks"], 1)


class Identity(Scene):
    def create(self, name: str, token: str) -> str:
        service = self.ecs.create_service(
            cluster="production", serviceName=name, taskDefinition="web", clientToken=token,
            desiredCount=0, launchType="FARGATE",
        )["service"]
        return str(service["serviceArn"])

    def test_the_same_token_creates_once(self) -> None:
        self.assertEqual(self.create("web-c", "one"), self.create("web-c", "one"))

    def test_another_token_for_the_same_name_is_refused(self) -> None:
        self.create("web-c", "one")
        with self.assertRaisesRegex(ClientError, "not idempotent"):
            self.create("web-c", "two")

    def test_tasks_are_listed_by_service(self) -> None:
        self.deploy(GREEN, 3)
        for name, number in (("web-a", 2), ("web-b", 3)):
            found = self.ecs.list_tasks(cluster="production", serviceName=name)
            self.assertEqual(len(found["taskArns"]), number)

    def test_a_deleted_service_drains_and_takes_no_update(self) -> None:
        self.ecs.update_service(cluster="production", service="web-a", desiredCount=0)
        self.ecs.delete_service(cluster="production", service="web-a")
        self.assertEqual(self.service("web-a")["status"], "DRAINING")
        with self.assertRaisesRegex(ClientError, "ServiceNotActiveException"):
            self.ecs.update_service(cluster="production", service="web-a", desiredCount=1)
        self.advance(101)
        self.assertEqual(self.service("web-a")["status"], "INACTIVE")

    def test_eleven_services_at_once_are_refused(self) -> None:
        with self.assertRaisesRegex(ClientError, "more than 10"):
            self.ecs.describe_services(cluster="production", services=["web-a"] * 11)
