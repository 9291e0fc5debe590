"""The benchmarks of linecall; see `bench/README.md`."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from linecall_bench.main import main  # noqa: E402

main()
