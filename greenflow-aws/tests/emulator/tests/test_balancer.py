"""Weights, their limits, and the health of targets."""

from __future__ import annotations

from botocore.exceptions import ClientError

from .scene import Scene, forward


class Weights(Scene):
    def test_what_is_written_is_read(self) -> None:
        for pair in ([90, 10], [0, 100], [999, 0]):
            self.weigh(*pair)
            self.assertEqual(self.weights(), pair)

    def test_a_weight_beyond_999_is_refused_and_nothing_changes(self) -> None:
        for pair in ([1000, 0], [-1, 100]):
            with self.assertRaisesRegex(ClientError, "ValidationError"):
                self.weigh(*pair)
        self.assertEqual(self.weights(), [100, 0])

    def test_six_groups_are_too_many(self) -> None:
        with self.assertRaisesRegex(ClientError, "TooManyTargetGroups"):
            action = forward([(self.a, 1)] * 6)
            self.elb.modify_rule(RuleArn=self.made["rule"], Actions=[action])

    def test_the_default_rule_cannot_be_modified(self) -> None:
        rules = self.elb.describe_rules(ListenerArn=self.made["listener"])["Rules"]
        (default,) = (rule["RuleArn"] for rule in rules if rule["IsDefault"])
        with self.assertRaisesRegex(ClientError, "OperationNotPermitted"):
            self.elb.modify_rule(RuleArn=default, Actions=[forward([(self.a, 1)])])

    def test_a_listener_has_the_same_limits(self) -> None:
        with self.assertRaisesRegex(ClientError, "ValidationError"):
            action = forward([(self.a, 1000), (self.b, 0)])
            self.elb.modify_listener(
                ListenerArn=self.made["listener"], DefaultActions=[action]
            )

    def test_one_group_is_read_in_both_forms(self) -> None:
        action = {"Type": "forward", "Order": 1, "TargetGroupArn": self.a}
        self.elb.modify_rule(RuleArn=self.made["rule"], Actions=[action])
        rule = self.elb.describe_rules(RuleArns=[self.made["rule"]])["Rules"][0]
        (shown,) = rule["Actions"]
        self.assertEqual(shown["TargetGroupArn"], self.a)
        self.assertEqual(shown["ForwardConfig"]["TargetGroups"][0]["Weight"], 1)


class Health(Scene):
    def test_a_group_that_no_rule_names_is_not_checked(self) -> None:
        for rule in (*self.made["preview_rules"], self.made["rule"]):
            self.elb.delete_rule(RuleArn=rule)
        self.assertEqual(self.states(self.a), ["unused", "unused"])

    def test_an_unknown_target_is_unused_and_its_removal_no_error(self) -> None:
        targets = [{"Id": "10.9.9.9", "Port": 80}]
        found = self.elb.describe_target_health(TargetGroupArn=self.a, Targets=targets)
        health = found["TargetHealthDescriptions"][0]["TargetHealth"]
        self.assertEqual((health["State"], health["Reason"]), ("unused", "Target.NotRegistered"))
        self.elb.deregister_targets(TargetGroupArn=self.a, Targets=targets)

    def test_the_same_address_with_two_ports_is_two_targets(self) -> None:
        for port in (80, 81):
            self.elb.register_targets(TargetGroupArn=self.b, Targets=[{"Id": "10.9.9.9", "Port": port}])
        self.assertEqual(self.states(self.b), ["initial", "initial"])

    def test_a_test_can_show_a_state(self) -> None:
        self.control("health", target_group=self.a, state="unhealthy", reason="Target.Timeout", count=1)
        self.assertEqual(self.states(self.a), ["unhealthy", "healthy"])
        self.control("health", target_group=self.a)
        self.assertEqual(self.states(self.a), ["healthy", "healthy"])
