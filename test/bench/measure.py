"""Runs one program to its end: `measure.py FILE PROGRAM ARGUMENT…` writes what it took into FILE, as JSON.

Node tells the resources of all its children together, and time(1) counts in hundredths of a second. This process is small on purpose:
Linux adds the peak memory of whoever starts a program to that of the program.
"""

import json
import os
import sys
import time

out, *argv = sys.argv[1:]
began = time.perf_counter_ns()
child = os.posix_spawnp(argv[0], argv, os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter_ns() - began
with open(out, "w", encoding="utf-8") as file:
    json.dump(
        {
            "status": os.waitstatus_to_exitcode(status),
            "wallMs": wall / 1e6,
            "cpuMs": (usage.ru_utime + usage.ru_stime) * 1e3,
            # Linux counts it in KiB (getrusage(2)).
            "peakMb": usage.ru_maxrss * 1024 / 1e6,
        },
        file,
    )
sys.exit(min(255, abs(os.waitstatus_to_exitcode(status))))
