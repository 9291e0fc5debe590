"""Runs a command and prints its wall seconds, CPU seconds and peak memory.

A process of its own, since the peak that the system reports for a child is never below the
memory of the process that started it: `python -S launch.py COMMAND...`.
"""
import json
import os
import sys
import time

out = os.open(os.devnull, os.O_WRONLY)
began = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
                        file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)])
_, status, used = os.wait4(child, 0)
print(json.dumps({"seconds": time.perf_counter() - began, "code": os.waitstatus_to_exitcode(status),
                  "cpu_seconds": used.ru_utime + used.ru_stime,
                  "peak_mib": used.ru_maxrss / 1024}))
