"""What the balancer and ECS publish, as GetMetricData shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import CloudWatchBackend

from .distribution import Spread, statistic
from .traffic import Second

if TYPE_CHECKING:
    from .account import Account

Dimensions = dict[str, str]


class Series:
    """Gauges that a test sets to a value, such as a database's connections."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, frozenset[tuple[str, str]]], float] = {}

    def put(self, namespace: str, name: str, dimensions: Dimensions, value: float | None) -> None:
        """Makes it so from now on, and for the past; `None` ends it."""
        key = (namespace, name, frozenset(dimensions.items()))
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value

    def get(self, namespace: str, name: str, dimensions: Dimensions) -> float | None:
        """Returns the value, if there is one."""
        return self._values.get((namespace, name, frozenset(dimensions.items())))


@dataclass(frozen=True)
class Query:
    """One query for one metric."""

    namespace: str
    name: str
    dimensions: Dimensions
    stat: str
    period: int


def install() -> None:
    """Lets GetMetricData know what is played; everything else is moto's."""
    moto = CloudWatchBackend.get_metric_data

    def get_metric_data(
        self: Any, queries: list[Any], start_time: Any, end_time: Any, scan_by: str = ASCENDING
    ) -> list[dict[str, Any]]:
        from .account import account

        if len(queries) > MOST_QUERIES:
            raise ValidationError(f"The collection MetricDataQueries must not have a size greater "
                                  f"than {MOST_QUERIES}.")
        played = Played(account(self.account_id))
        answers: dict[str, dict[str, Any]] = {}
        rest = []
        for query in queries:
            read = _read(query)
            if read is None or not played.knows(read):
                rest.append(query)
                continue
            points = list(played.points(read, start_time.timestamp(), end_time.timestamp()))
            if scan_by != ASCENDING:
                points.reverse()
            answers[query["Id"]] = _answer(query, read, points)
        if rest:
            for answer in moto(self, rest, start_time, end_time, scan_by):
                answers[answer["id"]] = answer
        wanted = [q["Id"] for q in queries if q.get("ReturnData", True)]
        return [answers[name] for name in wanted if name in answers]

    CloudWatchBackend.get_metric_data = get_metric_data


class Played:
    """The played metrics of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        traffics = account.traffics.values()
        self._traffics = {traffic.balancer: traffic for traffic in traffics}
        self._groups = {arn.rsplit(":", 1)[-1]: arn for t in traffics for arn in t.groups}

    def knows(self, query: Query) -> bool:
        """Returns whether the metric is one of those that are played."""
        known = {"AWS/ApplicationELB": BALANCER, "AWS/ECS": SERVICE}
        if query.name in known.get(query.namespace, ()):
            return True
        return self._account.series.get(query.namespace, query.name, query.dimensions) is not None

    def points(self, query: Query, start: float, end: float) -> Iterator[tuple[float, float]]:
        """Returns the points of the periods that begin in [start, end) and have any."""
        period = max(query.period, self._account.settings.resolution_s)
        seen = int(self._account.now() - self._account.settings.metric_delay_s)
        first = int(start // query.period * query.period)
        for begin in range(-(-first // period) * period, int(-(-end // 1)), period):
            value = self._value(query, begin, min(begin + period, seen))
            if value is not None:
                yield float(begin), value

    def _value(self, query: Query, begin: int, end: int) -> float | None:
        if begin >= end:
            return None
        gauge = self._gauge(query)
        if gauge is not None:
            return statistic(query.stat, [Spread(1, gauge, gauge)])
        spreads = list(self._spreads(query, begin, end))
        if not any(spread.count for spread in spreads):
            return None
        return statistic(query.stat, spreads)

    def _gauge(self, query: Query) -> float | None:
        series = self._account.series.get(query.namespace, query.name, query.dimensions)
        if series is not None:
            return series
        group = self._group(query.dimensions)
        if query.name == "HealthyHostCount" and group:
            return float(self._account.targets.healthy(group))
        if query.name == "UnHealthyHostCount" and group:
            states = self._account.targets.states(group)
            return float(sum(state == "unhealthy" for _, state, _ in states))
        if query.namespace != "AWS/ECS":
            return None
        for service in self._account.scheduler.services():
            record = service.record
            named = query.dimensions == {"ClusterName": record.cluster_name,
                                         "ServiceName": record.name}
            running = [task for task in service.tasks if task.runs]
            if named and running:
                image = self._account.settings.image(running[0].image)
                return image.cpu if query.name == "CPUUtilization" else image.memory
        return None

    def _spreads(self, query: Query, begin: int, end: int) -> Iterator[Spread]:
        traffic = self._traffics.get(query.dimensions.get("LoadBalancer"))
        group = self._group(query.dimensions)
        if traffic is None or ("TargetGroup" in query.dimensions and group is None):
            return
        for second in range(begin, end):
            if query.name in ("HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_503_Count"):
                yield Spread(traffic.unserved.get(second, 0), 1.0, 1.0)
                continue
            for arn, counted in traffic.seconds.get(second, {}).items():
                if group in (None, arn):
                    yield from _of(query.name, counted)

    def _group(self, dimensions: Dimensions) -> str | None:
        return self._groups.get(dimensions.get("TargetGroup", ""))


def _of(name: str, counted: Second) -> Iterator[Spread]:
    """Returns what one group's second adds to a metric. A count of 0 is not published."""
    if name in ("RequestCount", "RequestCountPerTarget"):
        yield Spread(counted.requests, 1.0, 1.0)
    elif name == "HTTPCode_Target_5XX_Count":
        yield Spread(counted.errors, 1.0, 1.0)
    elif name == "HTTPCode_Target_2XX_Count":
        yield Spread(counted.requests - counted.errors, 1.0, 1.0)
    elif name == "TargetResponseTime":
        image = counted.image
        usual, slow = image.latency_ms / 1000, image.slow_ms / 1000
        yield Spread(counted.requests - counted.slow, usual / 2, usual * 1.5)
        yield Spread(counted.slow, slow, slow * 1.5)


def _read(query: dict[str, Any]) -> Query | None:
    said = query.get("MetricStat")
    if not said:
        return None
    period = int(said["Period"])
    if period not in SHORT_PERIODS and (period <= 0 or period % 60):
        raise ValidationError(f"The period {period} is not 1, 5, 10, 30 or a multiple of 60.")
    metric = said["Metric"]
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
    return Query(metric["Namespace"], metric["MetricName"], dimensions, said["Stat"], period)


def _answer(query: Any, read: Query, points: list[tuple[float, float]]) -> dict[str, Any]:
    return {
        "id": query["Id"],
        "label": query.get("Label") or read.name,
        "timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
        "values": [value for _, value in points],
        "status_code": "Complete",
    }


ASCENDING = "TimestampAscending"
MOST_QUERIES = 500
SHORT_PERIODS = (1, 5, 10, 30)
BALANCER = (
    "RequestCount",
    "RequestCountPerTarget",
    "HTTPCode_Target_2XX_Count",
    "HTTPCode_Target_4XX_Count",
    "HTTPCode_Target_5XX_Count",
    "HTTPCode_ELB_5XX_Count",
    "HTTPCode_ELB_503_Count",
    "TargetResponseTime",
    "HealthyHostCount",
    "UnHealthyHostCount",
)
SERVICE = ("CPUUtilization", "MemoryUtilization")
