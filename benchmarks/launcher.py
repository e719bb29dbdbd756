"""Starts a program from a small process and prints its exit code, CPU seconds and peak memory.

The peak of a child starts at the size of the process that forked it. So this script runs without
`site` and imports as little as possible.
"""

import resource
import subprocess
import sys

with open(sys.argv[1], "wb") as output:  # noqa: PTH123
    code = subprocess.call(sys.argv[2:], stdout=output)  # noqa: S603
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
sys.stdout.write(f"{code} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}\n")
