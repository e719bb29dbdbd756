"""A database server on this machine, with its data in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator, Mapping, Sequence

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 60
_PAUSE_SECONDS = 0.05


@dataclass
class LocalServer:
    """The process of a server, which runs as `nobody` if this process is root."""

    folder: Path
    port: int
    #: Arguments that start a process as another user, because a server does not run as root.
    user: dict[str, Any] = field(default_factory=dict, init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> str:
        """The output of the programs."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def become_nobody(self, *folders: Path) -> None:
        """Give folders to `nobody`, who will run the programs."""
        nobody = pwd.getpwnam("nobody")
        for folder in folders:
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def popen(
        self,
        command: Sequence[str | Path],
        variables: Mapping[str, str] | None = None,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a program, whose output goes to the log."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                command,
                cwd=self.folder,
                env={"LC_ALL": "C", "TZ": "UTC", **(variables or {})},
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C must reach only this process, which then stops the server.
                start_new_session=True,
                **self.user,
            )

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Wait until the started process accepts connections.

        Raises:
            RuntimeError: The server exited.
            TimeoutError: The server does not accept connections.
        """
        until = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(self.log)
            if is_ready():
                return
            time.sleep(_PAUSE_SECONDS)
        raise TimeoutError(self.log)

    def end(self, number: signal.Signals) -> None:
        """End the process with a signal, if it runs.

        Raises:
            subprocess.TimeoutExpired: It had to be killed.
        """
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class _Server(Protocol):
    def drop_root(self) -> None: ...
    def create(self) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


S = TypeVar("S", bound=_Server)


@contextmanager
def run_server(name: str, make: Callable[[Path, int], S]) -> Iterator[S]:
    """Run a server on a free port.

    Args:
        name: The name of the server, for its folder.
        make: Makes the server from its folder and its port.

    Yields:
        The running server.
    """
    # Not in pytest's folder, which only the user who runs the tests can enter.
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    try:
        server = make(folder, free_port())
        if os.geteuid() == 0:
            server.drop_root()
        try:
            server.create()
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """Return a port of this machine that nothing uses."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
    return port
