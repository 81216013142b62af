"""What a test may set for its account, and how a release behaves."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


class BadSetting(ValueError):
    """A control request says something that makes no sense."""


@dataclass(frozen=True)
class Image:
    """How every task behaves that runs an image; unknown images are healthy."""

    starts: bool = True
    """False: the image cannot be pulled, and no task of it ever runs."""
    healthy: bool = True
    """False: it runs, but its targets never pass a health check."""
    errors: float = 0.0
    """Which share of its requests it answers with a 5xx."""
    latency_ms: float = 80.0
    """Its usual response time; single ones lie between half and one and a half of it."""
    slow: float = 0.0
    """Which share of its requests takes `slow_ms` instead."""
    slow_ms: float = 900.0
    from_share: float = 0.0
    """Errors and slow requests occur only while it has at least this share of the traffic."""
    cpu: float = 30.0
    memory: float = 40.0


@dataclass
class Settings:
    """Durations are in seconds. The defaults are those of a fast test, not of AWS."""

    start_s: float = 0.2
    """From a task's launch to RUNNING."""
    health_s: float = 0.2
    """From a target's registration to its first healthy answer."""
    drain_s: float = 0.2
    """How long a target drains before its task stops."""
    kill_s: float = 2.0
    """How long ECS watches an unhealthy target before it replaces the task."""
    breaker_tasks: int = 3
    """How many failed tasks trip the circuit breaker, if that is more than half of the desired."""
    autoscaler_s: float = 0.0
    """How often autoscaling lifts counts to the registered minimum; 0 is never."""
    rate: float = 200.0
    """Requests per second on the production rule."""
    resolution_s: int = 60
    """How finely the balancer publishes its metrics; on AWS 60."""
    metric_delay_s: float = 0.0
    """How long after it a second shows in the metrics."""
    stale_reads: dict[str, int] = field(default_factory=dict)
    """After a write, how many reads of an operation still show the state before it."""
    images: dict[str, Image] = field(default_factory=dict)
    """Behaviour by image, each named by its digest or by any other part of its reference."""

    def change(self, wanted: dict[str, Any]) -> None:
        """Takes over what is given, all of it or nothing."""
        known = {f.name: f for f in fields(self)}
        taken: dict[str, Any] = {}
        for name, value in wanted.items():
            if name not in known:
                raise BadSetting(f"there is no setting {name!r}; there are: {', '.join(known)}")
            if name == "images":
                value = {**self.images, **{key: _image(key, said) for key, said in value.items()}}
            elif name == "stale_reads":
                value = {str(op): int(number) for op, number in value.items()}
            elif not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0:
                raise BadSetting(f"{name} must be a number of at least 0, not {value!r}")
            taken[name] = value
        for name, value in taken.items():
            setattr(self, name, value)

    def image(self, reference: str) -> Image:
        """Returns how an image behaves."""
        for part, image in self.images.items():
            if part in reference:
                return image
        return HEALTHY


def _image(key: str, said: dict[str, Any]) -> Image:
    try:
        return Image(**said)
    except TypeError as error:
        raise BadSetting(f"image {key!r}: {error}") from None


HEALTHY = Image()
