"""A MariaDB server for the duration of a test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from filelock import FileLock

from benchmarks.local_server import HOST, TIMEOUT_SECONDS, LocalServer, run_server
from tests.helpers.meltano import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "loader"
PASSWORD = "a-password-of-nobody"

_DOWNLOAD = ROOT / ".cache" / "mariadb"
_PACKAGE = "mariadb-server-core"
#: The collation is the one of Debian's configuration. The data need not survive a power failure.
_OPTIONS = (
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
)
_TABLES = ("mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data")


@dataclass(frozen=True)
class Programs:
    """The server and its files, below one folder."""

    server: Path
    #: The SQL files of the system tables, and the messages.
    share: Path
    #: Shared libraries that the system lacks.
    libraries: Path | None = None


def system_programs() -> Programs | None:
    """Return the MariaDB of the system, or None."""
    server = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    for share in map(Path, ("/usr/share/mysql", "/usr/share/mariadb")):
        if server and (share / f"{_TABLES[0]}.sql").is_file():
            return Programs(Path(server).resolve(), share)
    return None


def downloaded_programs() -> Programs:
    """Return the MariaDB of Debian's package, without installing it.

    Raises:
        FileNotFoundError: apt is missing, or it does not have the package.
    """
    _DOWNLOAD.mkdir(parents=True, exist_ok=True)
    with FileLock(_DOWNLOAD.with_suffix(".lock")):
        root = _DOWNLOAD / "root"
        if not root.exists():
            with tempfile.TemporaryDirectory(dir=_DOWNLOAD) as folder:
                _download(Path(folder)).rename(root)
    return _programs_below(root)


def _programs_below(root: Path) -> Programs:
    (aio,) = root.glob("usr/lib/*/libaio.so.1*[0-9]")
    return Programs(root / "usr/sbin/mariadbd", root / "usr/share/mysql", aio.parent)


def _download(folder: Path) -> Path:
    """Download and unpack the package with its missing dependencies; needs no root."""
    for part in ("lists", "archives"):
        (folder / part / "partial").mkdir(parents=True)
    apt = [
        *("apt-get", "--quiet", "--yes", "-o", f"Dir::State::lists={folder / 'lists'}"),
        *("-o", f"Dir::Cache={folder}", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User="),
    ]
    install = ["install", "--download-only", "--no-install-recommends", _PACKAGE]
    try:
        for command in ([*apt, "update"], [*apt, *install]):
            subprocess.run(command, check=True, capture_output=True, text=True)
        for archive in (folder / "archives").glob("*.deb"):
            subprocess.run(["dpkg", "-x", archive, folder / "root"], check=True)  # noqa: S607
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"mariadbd is not installed, and cannot be downloaded without {error.filename}"
        ) from error
    except subprocess.CalledProcessError as error:
        raise FileNotFoundError(
            f"mariadbd is not installed, and its download failed: {error.stderr}"
        ) from error
    return folder / "root"


@dataclass
class MariaDb(LocalServer):
    """A MariaDB server."""

    programs: Programs

    @property
    def url(self) -> str:
        """The URL of the server for SQLAlchemy."""
        return f"mysql+pymysql://{USER}:{PASSWORD}@{HOST}:{self.port}/"

    def drop_root(self) -> None:
        """Run as `nobody`, who may be unable to enter the folder of the checkout."""
        if self.programs.libraries:
            root = self.programs.server.parents[2]
            shutil.copytree(root, self.folder / "root", symlinks=True)
            self.programs = _programs_below(self.folder / "root")
        self.become_nobody(self.folder, self.folder / "data")

    def create(self) -> None:
        """Initialize the data folder, with a user who may do everything.

        Raises:
            RuntimeError: The server exited with an error.
        """
        tables = [self.programs.share / f"{name}.sql" for name in _TABLES]
        sql = [
            "create database mysql;\nuse mysql;\nset @auth_root_socket=null;\n",
            "set @skip_auth_anonymous=1;\n",
            *(table.read_text(encoding="utf-8") for table in tables),
            "flush privileges;\n",
            f"create user '{USER}'@'{HOST}' identified by '{PASSWORD}';\n",
            f"grant all on *.* to '{USER}'@'{HOST}';\n",
        ]
        (self.folder / "bootstrap.sql").write_text("".join(sql), encoding="utf-8")
        with (self.folder / "bootstrap.sql").open("rb") as stdin:
            if self._popen("--bootstrap", stdin=stdin).wait(TIMEOUT_SECONDS):
                raise RuntimeError(self.log)

    def start(self) -> None:
        """Start the server, and wait until it accepts connections.

        Raises:
            RuntimeError: The server exited.
            TimeoutError: The server does not accept connections.
        """
        self.process = self._popen(
            f"--bind-address={HOST}",
            f"--port={self.port}",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
        )
        self.wait_until(self._accepts_connections)

    def _accepts_connections(self) -> bool:
        with socket.socket() as connection:
            return not connection.connect_ex((HOST, self.port))

    def stop(self) -> None:
        """Stop the server."""
        self.end(signal.SIGTERM)

    def _popen(
        self, *options: str, stdin: IO[bytes] | int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        libraries = self.programs.libraries
        files = [
            f"--datadir={self.folder / 'data'}",
            f"--lc-messages-dir={self.programs.share}",
            f"--tmpdir={self.folder}",
        ]
        command = [str(self.programs.server), "--no-defaults", *files, *_OPTIONS, *options]
        return self.popen(command, {"LD_LIBRARY_PATH": str(libraries or "")}, stdin)


@contextmanager
def mariadb() -> Iterator[MariaDb]:
    """Run a server on a free port of this machine.

    Yields:
        The running server.
    """
    programs = system_programs() or downloaded_programs()

    def make(folder: Path, port: int) -> MariaDb:
        (folder / "data").mkdir()
        return MariaDb(folder, port, programs)

    with run_server("mariadb", make) as server:
        yield server
