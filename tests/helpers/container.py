"""A container of the Containerfile, made of namespaces, because there may be no builder.

The root folder is this machine's, read-only. As in the image of the Containerfile, Python is in
/usr/local. The program is the first process of its process namespace.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from tests.helpers.containerfile import read_stages
from tests.helpers.meltano import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MIB = 2**20
_BUILD_VARIABLES = ("PIP_INDEX_URL", "UV_", "SSL_CERT_FILE", "PATH", "HOME", "HTTP", "NO_PROXY")

#: Makes every mount read-only except the volumes and, as with `docker run --read-only`, those in
#: /dev, and starts the program as the user. The image has an index of libraries, which names
#: /usr/local/lib.
_START = """
set -eu
mount --make-rprivate /
mount --bind {python} /usr/local
mount --bind {built} /opt
{volumes}
while read -r _ _ _ _ target _; do
  case "$target" in
    /dev/*|{writable}) ;;
    *) mount -o remount,bind,ro "$target" 2>/dev/null || true ;;
  esac
done < /proc/self/mountinfo
mount -t proc proc /proc
cd /
exec setpriv --reuid={user} --regid={group} --clear-groups --no-new-privs --bounding-set=-all \
  env --ignore-environment LD_LIBRARY_PATH=/usr/local/lib {variables} {program}
"""


def build(folder: Path) -> Path:
    """Run the build stage, and return what it makes in /opt."""
    stage = read_stages()["build"]
    source, built = folder / "src", folder / "opt"
    for each in (source, built):
        each.mkdir()
    for copied in stage.all("COPY"):
        if copied.startswith("--from=uv "):  # This machine has one.
            continue
        for name in copied.split()[:-1]:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, source / name)
    script = f"""
    set -eu
    mount --make-rprivate /
    mount --bind {shlex.quote(sys.base_prefix)} /usr/local
    mount --bind {built} /opt
    cd {source}
    {stage.only("RUN")}
    """
    environment = {
        name: value for name, value in os.environ.items() if name.startswith(_BUILD_VARIABLES)
    }
    path = f"/usr/local/bin:{Path(find_uv_bin()).parent}:{os.environ['PATH']}"
    subprocess.run(
        _as_root(["unshare", "--mount", "sh", "-c", script]),
        env={**environment, "PATH": path, "UV_PYTHON": "/usr/local/bin/python3.11"},
        check=True,
    )
    return built


def container(
    built: Path,
    volumes: Mapping[str, Path],
    variables: Mapping[str, str],
    arguments: Sequence[str] = (),
    program: Sequence[str] = (),
) -> list[str]:
    """Return the command of a container.

    Args:
        built: What the build made.
        volumes: The folders that are mounted at the volumes.
        variables: More environment variables.
        arguments: Arguments of the entry point.
        program: What to start instead of the entry point with its arguments.
    """
    final = read_stages()["final"]
    assert set(final.all("VOLUME")) == set(volumes)
    user, _, group = final.only("USER").partition(":")
    for folder in volumes.values():
        os.chown(folder, int(user), int(group))
    environment = {**final.environment, **variables}
    script = _START.format(
        python=shlex.quote(sys.base_prefix),
        built=built,
        user=user,
        group=group,
        volumes="\n".join(
            f"mkdir -p {target} && mount --bind {folder} {target}"
            for target, folder in volumes.items()
        ),
        writable="|".join(volumes),
        variables=shlex.join(f"{name}={value}" for name, value in environment.items()),
        program=shlex.join([*(program or (*final.entry_point, *arguments))]),
    )
    return _as_root(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script])


def _as_root(command: list[str]) -> list[str]:
    return command if os.geteuid() == 0 else ["sudo", "--non-interactive", "-E", *command]


@contextmanager
def memory_limit(limit: int) -> Iterator[Path]:
    """Make a control group with a limit of memory.

    Args:
        limit: In bytes.

    Yields:
        The file to which a process writes its id to be limited.
    """
    root = Path("/sys/fs/cgroup")
    is_v2 = (root / "cgroup.controllers").exists()
    group = (root if is_v2 else root / "memory") / f"tap-ozonetel-{os.getpid()}"
    group.mkdir()
    try:
        name = "memory.max" if is_v2 else "memory.limit_in_bytes"
        (group / name).write_text(str(limit))
        yield group / "cgroup.procs"
    finally:
        group.rmdir()
