"""Response times as a mixture of even spreads, and CloudWatch's statistics of them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """So many values, spread evenly from `low` to `high`."""

    count: int
    low: float
    high: float

    def below(self, value: float) -> float:
        """Returns how many of them are below a value."""
        if value >= self.high:
            return float(self.count)
        if value <= self.low:
            return 0.0
        return self.count * (value - self.low) / (self.high - self.low)

    def total(self, low: float, high: float) -> float:
        """Returns the sum of those that lie between."""
        if self.low == self.high:
            return self.count * self.low if low <= self.low <= high else 0.0
        low, high = max(low, self.low), min(high, self.high)
        return (self.below(high) - self.below(low)) * (low + high) / 2 if low < high else 0.0


def statistic(name: str, spreads: list[Spread]) -> float | None:
    """Returns a statistic of all values; `None` if CloudWatch knows none of that name."""
    spreads = [spread for spread in spreads if spread.count]
    count = sum(spread.count for spread in spreads)
    low, high = min(s.low for s in spreads), max(s.high for s in spreads)
    total = sum(s.total(low, high) for s in spreads)
    plain = {
        "SampleCount": float(count),
        "Sum": total,
        "Average": total / count,
        "Minimum": low,
        "Maximum": high,
    }
    if name in plain:
        return plain[name]
    if found := re.fullmatch(r"p(\d{1,3}(?:\.\d+)?)", name):
        return _quantile(float(found.group(1)) / 100, spreads)
    if found := re.fullmatch(r"(TC|TS|TM|PR)\(([\d.]*):([\d.]*)\)", name):
        kind, first, last = found.groups()
        first_value = float(first) if first else 0.0
        last_value = float(last) if last else high
        within = sum(s.below(last_value) - s.below(first_value) for s in spreads)
        inside = sum(s.total(first_value, last_value) for s in spreads)
        ratio = inside / within if within else 0.0
        return {"TC": within, "TS": inside, "TM": ratio, "PR": 100 * within / count}[kind]
    return None


def _quantile(part: float, spreads: list[Spread]) -> float:
    wanted = part * sum(spread.count for spread in spreads)
    low, high = 0.0, max(spread.high for spread in spreads)
    for _ in range(60):
        middle = (low + high) / 2
        if sum(spread.below(middle) for spread in spreads) < wanted:
            low = middle
        else:
            high = middle
    return high
