"""Faults by operation: what happens to the next calls instead of an ordinary answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .settings import BadSetting

KINDS = {
    "throttle": "refused with ThrottlingException, nothing happens",
    "error": "refused with `code` and `status`, nothing happens",
    "error_after": "carried out, then answered with `code` and `status`",
    "delay": "carried out `seconds` later, then answered",
    "delay_after": "carried out at once, answered `seconds` later",
    "drop_before": "the connection closes, nothing happens",
    "drop_after": "carried out, then the connection closes",
    "late": "the connection closes, and `seconds` later it is carried out",
    "hang": "nothing happens until `/gf/release`, or for `seconds`; then the connection closes",
}


@dataclass
class Fault:
    """What to do to which calls."""

    op: str
    """An operation, or `*` for all."""
    kind: str
    times: int = 1
    """To how many calls; -1 is all that come."""
    skip: int = 0
    """How many calls pass first."""
    seconds: float = 1.0
    status: int = 500
    code: str = "InternalFailure"
    message: str = "The request processing has failed because of an injected fault."

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadSetting(f"there is no fault {self.kind!r}; there are: {', '.join(KINDS)}")


class Faults:
    """The faults of one account that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, wanted: dict[str, Any]) -> None:
        """Takes one more fault; they act in the order of their coming."""
        try:
            self._waiting.append(Fault(**wanted))
        except TypeError as error:
            raise BadSetting(f"fault: {error}") from None

    def clear(self) -> None:
        """Forgets all."""
        self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """Returns those that are still to come: a test whose fault never came tests nothing."""
        return [asdict(fault) for fault in self._waiting]

    def take(self, operation: str) -> Fault | None:
        """Returns what happens to this call, if anything."""
        for fault in self._waiting:
            if fault.op not in ("*", operation) or fault.times == 0:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times > 0:
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
            return fault
        return None
