"""A MariaDB server for the duration of a test."""

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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from tests.helpers.meltano import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "loader"
PASSWORD = "a-password-of-nobody"

_HOST = "127.0.0.1"
_TIMEOUT_SECONDS = 60
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
        FileNotFoundError: There is no apt, or it does not have the package.
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
            f"There is no mariadbd, and no {error.filename} to download it with"
        ) from error
    except subprocess.CalledProcessError as error:
        raise FileNotFoundError(
            f"There is no mariadbd, and it cannot be downloaded: {error.stderr}"
        ) from error
    return folder / "root"


@dataclass
class MariaDb:
    """A server with its data in its own folder."""

    programs: Programs
    folder: Path
    port: int
    #: Arguments that start a process as another user, because a server does not run as root.
    user: dict[str, Any] = field(default_factory=dict, init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The URL of the server for SQLAlchemy."""
        return f"mysql+pymysql://{USER}:{PASSWORD}@{_HOST}:{self.port}/"

    def drop_root(self) -> None:
        """Run as `nobody`, who may be unable to enter the folder of the checkout."""
        nobody = pwd.getpwnam("nobody")
        if self.programs.libraries:
            root = self.programs.server.parents[2]
            shutil.copytree(root, self.folder / "root", symlinks=True)
            self.programs = _programs_below(self.folder / "root")
        for folder in (self.folder, self.folder / "data"):
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

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
            f"create user '{USER}'@'{_HOST}' identified by '{PASSWORD}';\n",
            f"grant all on *.* to '{USER}'@'{_HOST}';\n",
        ]
        (self.folder / "bootstrap.sql").write_text("".join(sql), encoding="utf-8")
        with (self.folder / "bootstrap.sql").open("rb") as stdin:
            if self._popen("--bootstrap", stdin=stdin).wait(_TIMEOUT_SECONDS):
                raise RuntimeError(self.log)

    def start(self) -> None:
        """Start the server, and wait until it accepts connections.

        Raises:
            RuntimeError: The server exited.
            TimeoutError: The server does not accept connections.
        """
        self.process = self._popen(
            f"--bind-address={_HOST}",
            f"--port={self.port}",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
        )
        until = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(self.log)
            with socket.socket() as connection:
                if not connection.connect_ex((_HOST, self.port)):
                    return
            time.sleep(0.05)
        raise TimeoutError(self.log)

    def stop(self) -> None:
        """Stop the server."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    @property
    def log(self) -> str:
        """The output of the server."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _popen(self, *options: str, stdin: Any = subprocess.DEVNULL) -> subprocess.Popen[bytes]:  # noqa: ANN401
        libraries = self.programs.libraries
        files = [
            f"--datadir={self.folder / 'data'}",
            f"--lc-messages-dir={self.programs.share}",
            f"--tmpdir={self.folder}",
        ]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self.programs.server, "--no-defaults", *files, *_OPTIONS, *options],
                cwd=self.folder,
                env={"LC_ALL": "C", "TZ": "UTC", "LD_LIBRARY_PATH": str(libraries or "")},
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C must reach only the tests, which then stop the server.
                start_new_session=True,
                **self.user,
            )


@contextmanager
def mariadb() -> Iterator[MariaDb]:
    """Run a server on a free port of this machine.

    Yields:
        The running server.
    """
    programs = system_programs() or downloaded_programs()
    # Not in pytest's folder, which only the user who runs the tests can enter.
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
    try:
        (folder / "data").mkdir()
        server = MariaDb(programs, folder, _free_port())
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
        taken.bind((_HOST, 0))
        port: int = taken.getsockname()[1]
    return port
