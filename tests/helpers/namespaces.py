"""Runs commands in Linux namespaces as a container engine does: a root of its own, and limits."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence

_CGROUPS = Path("/sys/fs/cgroup")

#: The devices that programs need. A container engine gives a few more.
_DEVICES = ("null", "zero", "random", "urandom")


@dataclass(frozen=True)
class Root:
    """The root of a container: files of its own over the system and the Python of this machine.

    They take the place of the base image. Its Python is in /usr/local, as in the official images.

    Attributes:
        folder: The files of the root. /usr and /etc are those of this machine.
        local: What was changed in /usr/local.
    """

    folder: Path
    local: Path

    @classmethod
    def create(cls, folder: Path) -> Root:
        """Make an empty root."""
        root = cls(folder / "root", folder / "local")
        root.local.mkdir(parents=True)
        for name in ("usr", "etc", "proc", "dev", "tmp"):
            (root.folder / name).mkdir(parents=True)
        (root.folder / "tmp").chmod(0o1777)
        for name in ("bin", "sbin", "lib", "lib64"):
            system = Path("/", name)
            if system.is_symlink():
                (root.folder / name).symlink_to(system.readlink())
        for name in _DEVICES:
            (root.folder / "dev" / name).touch()
        (root.folder / "dev/shm").mkdir()
        return root

    def locate(self, path: str) -> Path:
        """Return where a file of the container is on this machine."""
        inside = Path(path)
        if inside.is_relative_to("/usr/local"):
            return self.local / inside.relative_to("/usr/local")
        return self.folder / inside.relative_to("/")


def command_in(
    root: Root,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    user: str = "0:0",
    folder: str = "/",
    volumes: Mapping[str, Path] | None = None,
    read_only: bool = True,
    join: str = "",
) -> list[str]:
    """Return the command line that runs a command as process 1 of a container.

    It has its own mounts and processes, but the network of this machine. Users other than root need
    the package uidmap, which maps the uids of the container.

    Args:
        root: The root of the container.
        command: The command. Its program is looked up in the container's PATH.
        environment: All its environment variables.
        user: The uid and the gid.
        folder: The working directory.
        volumes: Folders of this machine that are mounted writable.
        read_only: Whether everything but the volumes is read-only.
        join: A line of shell that sets limits for the process.
    """
    mounted = root.folder
    mode = "ro" if read_only else "rw"
    work = root.local.with_name("work")
    work.mkdir(exist_ok=True)
    for inside in volumes or {}:
        root.locate(inside).mkdir(parents=True, exist_ok=True)
    layers = f"lowerdir={sys.base_prefix},upperdir={root.local},workdir={work}"
    lines = [
        "set -e",
        join,
        f"mount --bind {mounted} {mounted}",
        *(f"mount -o bind,ro /{name} {mounted}/{name}" for name in ("usr", "etc")),
        f"mount -t overlay -o {mode},{layers} overlay {mounted}/usr/local",
        f"mount -t proc proc {mounted}/proc",
        *(f"mount -o bind /dev/{name} {mounted}/dev/{name}" for name in _DEVICES),
        f"mount -t tmpfs -o mode=1777,size=64m shm {mounted}/dev/shm",  # noqa: S108
        *(
            f"mount --bind {outside} {mounted}{inside}"
            for inside, outside in (volumes or {}).items()
        ),
        f"mount -o remount,bind,{mode} {mounted}",
    ]
    variables = [f"{name}={value}" for name, value in environment.items()]
    entered = f'cd "$1"; shift; exec env -i {shlex.join(variables)} "$@"'
    drop = ["setpriv", "--no-new-privs", "chroot", f"--userspec={user}", "--groups=", str(mounted)]
    lines.append(f"exec {shlex.join([*drop, '/bin/sh', '-ec', entered, 'sh', folder, *command])}")
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    if os.geteuid() != 0:
        unshare += ["--map-root-user", "--map-auto"]
    return [*unshare, "sh", "-c", "\n".join(lines)]


def process_in_container(started: subprocess.Popen[str]) -> Path:
    """Return the folder in /proc of the process 1 of a container that was started."""
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text(encoding="utf-8")
    (pid,) = children.split()
    return Path("/proc", pid)


@dataclass(frozen=True)
class MemoryLimit:
    """A hard limit of memory.

    Attributes:
        join: The line of shell by which a process joins.
        group: The cgroup; None where this user may not make one.
    """

    join: str
    group: Path | None

    def kills(self) -> int | None:
        """How many processes were killed because of the limit; None if that is not counted."""
        if self.group is None:
            return None
        for name in ("memory.events", "memory.oom_control"):
            with suppress(FileNotFoundError):
                lines = (self.group / name).read_text(encoding="utf-8").splitlines()
                return int(dict(line.split() for line in lines)["oom_kill"])
        return None


@contextmanager
def memory_limit(limit: int, folder: Path) -> Iterator[MemoryLimit]:
    """Make a cgroup with a memory limit, as a container engine does.

    Its memory includes the page cache, which the kernel gives back under pressure. Where this user
    may not make a cgroup, the private memory of the process is limited (RLIMIT_DATA). That is
    stricter, as reserved memory counts too.

    Args:
        limit: The limit in bytes.
        folder: A folder of the test, which names the cgroup.
    """
    is_v2 = (_CGROUPS / "cgroup.controllers").exists()
    group = (
        _CGROUPS if is_v2 else _CGROUPS / "memory"
    ) / f"{folder.parent.name}-{folder.name}-{os.getpid()}"
    try:
        if is_v2:
            (_CGROUPS / "cgroup.subtree_control").write_text("+memory", encoding="utf-8")
        group.mkdir()
    except OSError:
        yield MemoryLimit(f"prlimit --data={limit} --pid $$", None)
        return
    try:
        file = "memory.max" if is_v2 else "memory.limit_in_bytes"
        (group / file).write_text(str(limit), encoding="utf-8")
        if is_v2:
            (group / "memory.swap.max").write_text("0", encoding="utf-8")
        yield MemoryLimit(f"echo 0 > {group}/cgroup.procs", group)
    finally:
        group.rmdir()
