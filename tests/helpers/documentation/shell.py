"""A shell that runs one block after the other, as a reader does who copies them."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.processes import running, wait_until

# The variables and the directory at the end of a block are those at the start of the next one.
_SCRIPT = """\
set -e -o pipefail
trap 'pwd > "$0/directory"; env --null > "$0/variables"' EXIT
. "$0/block"
"""
_TIMEOUT_SECONDS = 600  # A clone installs its plugins first.


@dataclass
class Shell:
    """A shell in a directory."""

    directory: Path
    variables: dict[str, str]

    def run(self, script: str) -> str:
        """Run a block of commands, and return what it prints, stderr included.

        Any command that fails, also within a pipe, is an error of the test.
        """
        done = self.run_process(script)
        assert done.returncode == 0, f"{script}\n{done.stdout}"
        return done.stdout

    def run_until(self, script: str, line: str) -> str:
        """Run a block that does not end, and return what it prints up to a line.

        Args:
            script: The block.
            line: How the line starts.
        """
        with tempfile.TemporaryDirectory() as name:
            log = Path(name) / "log"
            command = ["/bin/bash", "-c", script]
            with running(command, self.variables, log, self.directory):
                wait_until(lambda: f"\n{line}" in log.read_text(encoding="utf-8"), script)
            return log.read_text(encoding="utf-8")

    def run_process(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a block of commands, which may fail."""
        with tempfile.TemporaryDirectory() as name:
            files = Path(name)
            (files / "block").write_text(script, encoding="utf-8")
            process = subprocess.Popen(
                ["/bin/bash", "-c", _SCRIPT, name],
                cwd=self.directory,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
            try:
                printed, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            self.directory = Path((files / "directory").read_text(encoding="utf-8").rstrip("\n"))
            pairs = (files / "variables").read_bytes().split(b"\0")[:-1]
            self.variables = {
                os.fsdecode(name): os.fsdecode(value)
                for name, _, value in (pair.partition(b"=") for pair in pairs)
            }
        return subprocess.CompletedProcess(script, process.returncode, printed)
