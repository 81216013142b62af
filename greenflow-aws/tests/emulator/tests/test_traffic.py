"""Metrics follow the weights, over CloudWatch's own protocol."""

from __future__ import annotations

import datetime
import math
from typing import Any

from .scene import GREEN, Scene


class Traffic(Scene):
    def setUp(self) -> None:
        super().setUp()
        self.deploy(GREEN, 2)
        self.advance(250)
        self.cloudwatch = self.client("cloudwatch")

    def measure(self, name: str, stat: str, group: str | None, period: int = 60) -> list[float]:
        """Reads a metric over the last two closed minutes."""
        now = self.control("advance", seconds=0)["now"]
        end = math.floor(now / 60) * 60
        dimensions = [("LoadBalancer", self.made["load_balancer"].split("loadbalancer/")[1])]
        if group:
            dimensions.append(("TargetGroup", group.split(":")[-1]))
        metric = {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": name,
            "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions],
        }
        query: dict[str, Any] = {
            "Id": "m",
            "MetricStat": {"Metric": metric, "Period": period, "Stat": stat},
        }
        (result,) = self.cloudwatch.get_metric_data(
            MetricDataQueries=[query],
            StartTime=datetime.datetime.fromtimestamp(end - 120, datetime.UTC),
            EndTime=datetime.datetime.fromtimestamp(end, datetime.UTC),
            ScanBy="TimestampAscending",
        )["MetricDataResults"]
        values: list[float] = result["Values"]
        return values

    def test_the_counts_follow_the_weights(self) -> None:
        self.weigh(90, 10)
        self.advance(180)
        self.assertEqual(self.measure("RequestCount", "Sum", self.a), [10800.0, 10800.0])
        self.assertEqual(self.measure("RequestCount", "Sum", self.b), [1200.0, 1200.0])
        self.assertEqual(self.measure("RequestCount", "Sum", None), [12000.0, 12000.0])

    def test_a_group_without_requests_publishes_nothing(self) -> None:
        self.advance(180)
        self.assertEqual(self.measure("RequestCount", "Sum", self.b), [])
        self.assertEqual(self.measure("HTTPCode_Target_5XX_Count", "Sum", self.a), [])

    def test_a_bad_image_fails_once_it_has_its_share(self) -> None:
        self.control("config", images={"9e9e": {"errors": 0.3, "from_share": 0.5}})
        self.weigh(90, 10)
        self.advance(180)
        self.assertEqual(self.measure("HTTPCode_Target_5XX_Count", "Sum", self.b), [])
        self.weigh(50, 50)
        self.advance(180)
        self.assertEqual(self.measure("HTTPCode_Target_5XX_Count", "Sum", self.b), [1800.0, 1800.0])
        self.assertEqual(self.measure("HTTPCode_Target_5XX_Count", "Sum", self.a), [])

    def test_response_times_have_percentiles_and_counts(self) -> None:
        self.control("config", images={"9e9e": {"slow": 0.1, "slow_ms": 900, "latency_ms": 80}})
        self.weigh(0, 100)
        self.advance(180)
        for stat, wanted in (("p50", 0.084), ("p99", 1.305), ("PR(:0.5)", 90.0)):
            for value in self.measure("TargetResponseTime", stat, self.b):
                self.assertAlmostEqual(value, wanted, delta=0.01)
        for value in self.measure("TargetResponseTime", "TC(0.5:)", self.b):
            self.assertEqual(value, 1200.0)

    def test_weight_without_targets_is_served_by_nobody(self) -> None:
        self.ecs.update_service(cluster="production", service="web-b", desiredCount=0)
        self.weigh(50, 50)
        self.advance(240)
        self.assertEqual(self.measure("HTTPCode_ELB_5XX_Count", "Sum", None), [6000.0, 6000.0])
        self.assertEqual(self.measure("RequestCount", "Sum", self.a), [6000.0, 6000.0])

    def test_a_wrong_balancer_or_period_has_no_data(self) -> None:
        self.advance(180)
        self.made["load_balancer"] = "x:loadbalancer/app/other/1"
        self.assertEqual(self.measure("RequestCount", "Sum", self.a), [])
        with self.assertRaisesRegex(Exception, "period"):
            self.measure("RequestCount", "Sum", self.a, period=7)

    def test_a_delay_hides_the_newest_seconds(self) -> None:
        self.advance(180)
        self.control("config", metric_delay_s=10_000)
        self.assertEqual(self.measure("RequestCount", "Sum", self.a), [])

    def test_the_history_tells_weights_with_health(self) -> None:
        self.weigh(90, 10)
        states = self.control("history", rule=self.made["rule"])["states"]
        self.assertEqual(states[-1]["weights"], {self.a: 90, self.b: 10})
        self.assertEqual(states[-1]["healthy"], {self.a: 2, self.b: 2})
        self.assertEqual(states[0]["weights"], {self.a: 100, self.b: 0})

    def test_alarms_and_metrics_of_others_are_motos(self) -> None:
        self.cloudwatch.put_metric_alarm(
            AlarmName="errors", Namespace="X", MetricName="Y", Period=60, EvaluationPeriods=1,
            Threshold=1.0, ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
        )
        (alarm,) = self.cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"]
        self.assertIsInstance(alarm["StateUpdatedTimestamp"], datetime.datetime)
