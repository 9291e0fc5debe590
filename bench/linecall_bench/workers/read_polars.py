"""One timed read by polars: `read_polars.py FILE`; see `reading.py`."""
import json
import sys
import time

import polars

path = sys.argv[1]
began = time.perf_counter()
table = polars.read_csv(path) if path.endswith(".csv") else polars.read_parquet(path)
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "rows": len(table)}), file=sys.stderr)
