"""Several runs on one fake clock: each runs until it sleeps, then the one that wakes first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import override

from tests.helpers.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

#: A bound in real time, so that a mistake ends in an error.
_TIMEOUT_SECONDS = 120


class TurnClock(FakeClock):
    """A fake clock that several threads share. One of them runs at a time, so all is repeatable."""

    def __init__(self) -> None:
        super().__init__()
        self._turns = threading.Condition()
        #: When each thread wakes, by its number.
        self._wakes: dict[int, float] = {}
        self._own = threading.local()

    def run(self, runs: Sequence[Callable[[], T]], starts: Sequence[float]) -> list[T]:
        """Run functions side by side.

        Args:
            runs: The functions.
            starts: In how many seconds each of them starts.

        Returns:
            What they return.
        """
        self._wakes = {number: self.now + start for number, start in enumerate(starts)}

        def start(number: int) -> T:
            self._own.number = number
            try:
                self._wait_for_turn()
                return runs[number]()
            finally:
                with self._turns:
                    del self._wakes[number]
                    self._turns.notify_all()

        with ThreadPoolExecutor(len(runs)) as pool:
            return list(pool.map(start, range(len(runs))))

    @override
    def sleep(self, seconds: float, /) -> None:
        if not hasattr(self._own, "number"):
            super().sleep(seconds)
            return
        self._wakes[self._own.number] = self.now + max(0.0, seconds)
        self._wait_for_turn()

    def _wait_for_turn(self) -> None:
        number = self._own.number
        with self._turns:
            self._turns.notify_all()
            is_next = self._turns.wait_for(
                lambda: min((wake, each) for each, wake in self._wakes.items())[1] == number,
                _TIMEOUT_SECONDS,
            )
            assert is_next, "another run does not sleep or end"
            self.now = max(self.now, self._wakes[number])
