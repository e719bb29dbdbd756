"""The process of a run, in a thread: what it does goes through here, and may be its end."""

from __future__ import annotations

import gc
import http.client
import os
import threading
import time
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.simulation.plans import RunPlan
    from tests.helpers.turns import TurnClock

#: Less than the timeout of a request, in seconds.
REQUEST_TIMEOUT = 30


class KilledError(BaseException):
    """The run is killed. Like SIGKILL, it is no exception that the tap handles."""


@contextmanager
def ignoring_open_files() -> Iterator[None]:
    """Ignore the files that a killed run has left open. Those of a process would be closed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            yield
        finally:
            gc.collect()


@dataclass
class Process:
    """A run of the tap as the operating system sees it.

    It also is the clock of the run.
    """

    clock: TurnClock
    plan: RunPlan
    cache: Path
    #: Where the run was killed, such as `record 3`.
    killed_at: str | None = None
    requests: int = 0
    #: What the run has logged as warnings and errors.
    warnings: list[str] = field(default_factory=list)
    _points: int = 0
    _files: dict[Path, bytes] = field(default_factory=dict)

    def time(self) -> float:
        self._check_alive()
        return self.clock.time()

    def sleep(self, seconds: float, /) -> None:
        self.reach("wait")
        self.clock.sleep(seconds)

    def reach(self, point: str) -> None:
        """Reach a point at which the plan may kill the run."""
        self._check_alive()
        if self.plan.kill_point != point:
            return
        self._points += 1
        if self._points == self.plan.kill_number:
            self.killed_at = f"{point} {self._points}"
            self._files = {path: path.read_bytes() for path in self._cache_files()}
            raise KilledError

    def _check_alive(self) -> None:
        if self.killed_at and not self.plan.kill_is_graceful:
            raise KilledError

    def restore_files(self) -> None:
        """Restore the cache of the moment of the kill, since a killed process cleans nothing up."""
        if self.plan.kill_is_graceful:
            return
        for path in self._cache_files() - self._files.keys():
            path.unlink()
        for path, content in self._files.items():
            path.write_bytes(content)

    def _cache_files(self) -> set[Path]:
        # Not the locks: those of a killed process are released, and their files stay.
        return {path for path in self.cache.rglob("*") if path.is_file() and path.suffix != ".lock"}

    def send(self) -> None:
        """Let a request travel to the server."""
        self.reach("request")
        self.requests += 1
        self.clock.sleep(self.plan.latency(self.requests))

    def receive(self) -> None:
        """Let a response travel back.

        Raises:
            TimeoutError: It does not arrive in time.
        """
        if self.requests in self.plan.timeouts:
            self.clock.sleep(REQUEST_TIMEOUT)
            raise TimeoutError
        self.clock.sleep(self.plan.latency(-self.requests))
        self.reach("response")


class Processes:
    """Puts each thread's process in the place of the operating system."""

    def __init__(self, clock: TurnClock, on_response: Callable[[], None]) -> None:
        """Replace the clock with this one, and call `on_response` when a server has responded."""
        self._clock = clock
        self._on_response = on_response
        self._own = threading.local()

    @property
    def current(self) -> Process | None:
        """The process of this thread."""
        return getattr(self._own, "process", None)

    @contextmanager
    def running(self, process: Process) -> Iterator[None]:
        """Run a process in this thread."""
        self._own.process = process
        try:
            yield
        finally:
            del self._own.process

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace the clock, the network and the renaming of files of this Python."""
        send = http.client.HTTPConnection.putrequest
        receive = http.client.HTTPResponse.begin
        replace = os.replace

        def putrequest(connection: http.client.HTTPConnection, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            if process := self.current:
                process.send()
            send(connection, *args, **kwargs)

        def begin(response: http.client.HTTPResponse, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            try:
                receive(response, *args, **kwargs)
            finally:
                self._on_response()
            if process := self.current:
                process.receive()

        def rename(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            if process := self.current:
                process.reach("cache draft")
            replace(*args, **kwargs)
            if process:
                process.reach("cache")

        with ExitStack() as stack:
            for target, name, function in (
                (time, "sleep", self._clock.sleep),
                (http.client.HTTPConnection, "putrequest", putrequest),
                (http.client.HTTPResponse, "begin", begin),
                (os, "replace", rename),
            ):
                stack.enter_context(patch.object(target, name, function))
            yield
