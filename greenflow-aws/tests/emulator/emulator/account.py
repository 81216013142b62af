"""One account: everything that a test has to itself."""

from __future__ import annotations

import threading
import time
from typing import Any

from .faults import Faults
from .meddlers import Meddlers
from .metrics import Series
from .scheduler import Scheduler
from .settings import Settings
from .stale import Stale
from .targets import Targets
from .traffic import Traffic

lock = threading.RLock()
"""Held by whoever looks at or changes any account."""


class Account:
    """What is played for one account, beside what moto keeps of it."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.region = "us-east-1"
        self.settings = Settings()
        self.faults = Faults()
        self.stale = Stale()
        self.series = Series()
        self.log: list[dict[str, Any]] = []
        self.release = threading.Event()
        self._ahead = 0.0
        self.called_at = 0.0
        """When somebody last made a call, by our own time."""
        self.targets = Targets(self)
        self.scheduler = Scheduler(self)
        self.traffics: dict[str, Traffic] = {}
        """By production rule: one for each stage."""
        self.meddlers = Meddlers(self)

    def now(self) -> float:
        """Returns the account's time, in seconds since 1970."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Moves the account's time on, a little at a time, so that all happens in its order."""
        until = self._ahead + seconds
        while self._ahead < until:
            self._ahead = min(until, self._ahead + STEP)
            self.play()

    def play(self) -> None:
        """Lets happen what is due."""
        now = self.now()
        self.meddlers.play(now)
        self.targets.look_anew()
        self.scheduler.play(now)
        self.targets.play(now)
        for traffic in self.traffics.values():
            traffic.play(now)

    def watch(self, rule: str, groups: list[str]) -> None:
        """Makes a rule one with production traffic, which is for these target groups."""
        self.traffics[rule] = Traffic(self, rule, groups)

    def note(self, call: Any, fault: str | None) -> None:
        """Keeps that a call came."""
        self.called_at = time.time()
        self.log.append({"at": self.now(), "op": call.operation, "fault": fault})


def account(number: str) -> Account:
    """Returns an account; there is every one."""
    with lock:
        if number not in _accounts:
            _accounts[number] = Account(number)
        return _accounts[number]


def play_all() -> None:
    """Lets happen everywhere what is due."""
    with lock:
        for one in list(_accounts.values()):
            # One that nobody calls any more catches up when somebody does.
            if one.called_at > time.time() - WATCHED:
                one.play()


STEP = 1.0
WATCHED = 30.0
_accounts: dict[str, Account] = {}
