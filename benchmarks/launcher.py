"""Starts a program from a process so small that what is measured is the program's own.

A child's peak begins at the size of the process that forked it. So this runs without `site`, and
imports as little as it can.
"""

import os
import resource
import subprocess
import sys

with open(os.devnull if sys.argv[1] == "-" else sys.argv[1], "wb") as output:  # noqa: PTH123
    code = subprocess.call(sys.argv[2:], stdout=output)  # noqa: S603
used = resource.getrusage(resource.RUSAGE_CHILDREN)
sys.stdout.write(f"{code} {used.ru_utime + used.ru_stime} {used.ru_maxrss}\n")
