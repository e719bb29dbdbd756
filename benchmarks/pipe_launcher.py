"""Runs `tap | loader` from a small process and prints what each used, and the wall seconds.

The arguments are the command of the tap, a `|`, and the command of the loader. As in `launcher.py`,
the peak of a child starts at the size of this process.
"""

import os
import subprocess
import sys
import time

split = sys.argv.index("|")
started = time.monotonic()
tap = subprocess.Popen(sys.argv[1:split], stdout=subprocess.PIPE)  # noqa: S603
loader = subprocess.Popen(  # noqa: S603
    sys.argv[split + 1 :], stdin=tap.stdout, stdout=subprocess.DEVNULL
)
if tap.stdout:
    tap.stdout.close()  # If the loader ends, the tap must notice.
for process in (tap, loader):
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    sys.stdout.write(f"{process.returncode} {seconds} {usage.ru_maxrss}\n")
sys.stdout.write(f"{time.monotonic() - started}\n")
