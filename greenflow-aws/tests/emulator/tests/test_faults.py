"""Faults by operation, stale reads, others who write."""

from __future__ import annotations

import time

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from .scene import GREEN, Scene


class Faults(Scene):
    def test_a_throttled_call_does_nothing(self) -> None:
        self.control("fault", op="ModifyRule", kind="throttle")
        with self.assertRaisesRegex(ClientError, "Rate exceeded"):
            self.weigh(90, 10)
        self.assertEqual(self.weights(), [100, 0])
        self.weigh(90, 10)
        self.assertEqual(self.weights(), [90, 10])

    def test_an_error_is_said_in_each_protocol(self) -> None:
        said = {"kind": "error", "status": 400, "code": "AccessDeniedException", "message": "no"}
        self.control("fault", op="*", times=3, **said)
        for call in (
            lambda: self.weights(),
            lambda: self.service("web-a"),
            lambda: self.client("cloudwatch").describe_alarms(),
        ):
            with self.assertRaises(ClientError) as caught:
                call()
            self.assertEqual(caught.exception.response["Error"]["Code"], "AccessDeniedException")

    def test_a_connection_dropped_before_has_no_effect_and_after_it_has(self) -> None:
        for kind, wanted in (("drop_before", [100, 0]), ("drop_after", [90, 10])):
            self.control("fault", op="ModifyRule", kind=kind)
            with self.assertRaises(ConnectionClosedError):
                self.weigh(90, 10)
            self.assertEqual(self.weights(), wanted)

    def test_a_late_write_takes_effect_when_nobody_expects_it(self) -> None:
        self.control("fault", op="ModifyRule", kind="late", seconds=0.3)
        with self.assertRaises(ConnectionClosedError):
            self.weigh(90, 10)
        self.assertEqual(self.weights(), [100, 0])
        self.until(lambda: self.weights() == [90, 10])

    def test_a_delayed_write_outlives_its_callers_patience(self) -> None:
        self.elb = self.client("elbv2", read_timeout=0.2)
        self.control("fault", op="ModifyRule", kind="delay", seconds=1)
        with self.assertRaises(ReadTimeoutError):
            self.weigh(90, 10)
        self.until(lambda: self.weights() == [90, 10])

    def test_the_fault_passes_over_as_many_calls_as_it_is_told(self) -> None:
        waiting = self.control("fault", op="DescribeRules", kind="throttle", skip=1)["waiting"]
        self.assertEqual(len(waiting), 1)
        self.weights()
        with self.assertRaises(ClientError):
            self.weights()
        self.assertEqual(self.control("fault")["waiting"], [])

    def test_the_log_names_every_call_and_its_fault(self) -> None:
        self.control("fault", op="ModifyRule", kind="throttle")
        with self.assertRaises(ClientError):
            self.weigh(90, 10)
        self.weights()
        log = self.control("log", clear=True)
        self.assertEqual(log["counts"], {"DescribeRules": 1, "ModifyRule": 1})
        self.assertEqual([call["fault"] for call in log["calls"]], ["throttle", None])
        self.assertEqual(self.control("log")["calls"], [])

    def test_senseless_control_requests_are_refused(self) -> None:
        for action, said in (
            ("fault", {"op": "ModifyRule", "kind": "explode"}),
            ("config", {"start": 1}),
            ("config", {"images": {"9e": {"colour": 1}}}),
            ("nothing", {}),
        ):
            with self.assertRaisesRegex(OSError, "400"):
                self.control(action, **said)

    def until(self, holds: object) -> None:
        """Waits for what must come; the suite's own limit ends it if it does not."""
        while not holds():  # type: ignore[operator]
            time.sleep(0.02)


class Consistency(Scene):
    def test_reads_lag_behind_a_write_as_often_as_wanted(self) -> None:
        self.control("config", stale_reads={"DescribeServices": 2})
        self.service("web-b")
        self.deploy(GREEN, 2)
        shown = [self.service("web-b")["desiredCount"] for _ in range(3)]
        self.assertEqual(shown, [0, 0, 2])

    def test_a_picture_is_of_the_moment_before_the_write(self) -> None:
        self.control("config", stale_reads={"DescribeRules": 1})
        self.weights()
        self.weigh(90, 10)
        self.assertEqual([self.weights(), self.weights()], [[100, 0], [90, 10]])
        self.weigh(50, 50)
        self.assertEqual([self.weights(), self.weights()], [[90, 10], [50, 50]])


class Others(Scene):
    def test_a_template_sets_the_weights_back(self) -> None:
        weights = {self.a: 100, self.b: 0}
        self.control("meddle", rule=self.made["rule"], weights=weights, every_s=60)
        self.advance(1)
        self.weigh(50, 50)
        self.assertEqual(self.weights(), [50, 50])
        self.advance(60)
        self.assertEqual(self.weights(), [100, 0])

    def test_a_template_takes_a_group_out(self) -> None:
        self.control("meddle", rule=self.made["rule"], weights={self.a: 1}, times=1)
        self.advance(1)
        self.assertEqual(self.weights(), [1])

    def test_autoscaling_lifts_a_count_unless_it_is_suspended(self) -> None:
        scaling = self.client("application-autoscaling")
        target = {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/production/web-b",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=9)
        self.control("config", autoscaler_s=10)
        self.advance(11)
        self.assertEqual(self.service("web-b")["desiredCount"], 2)
        scaling.register_scalable_target(**target, SuspendedState={"DynamicScalingOutSuspended": True})
        self.ecs.update_service(cluster="production", service="web-b", desiredCount=0)
        self.advance(11)
        self.assertEqual(self.service("web-b")["desiredCount"], 0)

    def test_accounts_do_not_see_each_other(self) -> None:
        self.weigh(50, 50)
        mine = self.number
        self.setUp()
        self.assertNotEqual(mine, self.number)
        self.assertEqual(self.weights(), [100, 0])
        self.assertEqual(self.control("log")["counts"], {"DescribeRules": 1})
