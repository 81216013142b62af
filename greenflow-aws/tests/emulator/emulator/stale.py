"""Reads that still show the state before a write."""

from __future__ import annotations

from collections.abc import Callable

from .call import Call
from .reply import Reply

Read = Callable[[Call], Reply]


class Stale:
    """Remembers what each read showed before the latest write, for as many reads as are wanted.

    A read that was never made before the write shows the truth: there is nothing older to show.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, bytes], Call] = {}
        self._old: dict[tuple[str, str, bytes], tuple[int, Reply]] = {}

    def before_write(self, wanted: dict[str, int], again: Read) -> None:
        """Takes a picture of what every known read shows now."""
        for key, call in self._known.items():
            if number := wanted.get(call.operation, 0):
                self._old[key] = (number, again(call))

    def read(self, call: Call, wanted: dict[str, int]) -> Reply | None:
        """Returns the old picture, as long as it is to be shown."""
        key = _key(call)
        if call.operation in wanted:
            self._known[key] = call
        number, reply = self._old.get(key, (0, None))
        if reply is None:
            return None
        if number <= 1:
            del self._old[key]
        else:
            self._old[key] = (number - 1, reply)
        return reply


def _key(call: Call) -> tuple[str, str, bytes]:
    return (call.service, call.operation, call.body)
