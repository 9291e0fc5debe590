"""The ``linecall`` command of the wheel."""

from __future__ import annotations

import signal
import sys

from ._linecall import main as _main


def main():
    """Run the command with the program's arguments; its exit code is the process's."""
    # The command is stopped by Ctrl-C as any program is, without a trace of Python's.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.flush()
    sys.exit(_main(sys.argv))
