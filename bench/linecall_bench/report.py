"""Tables."""
from .timing import medians


def text(rows):
    """A task's table for the terminal."""
    found, lines = medians(rows), []
    base = {key[:3]: value[0] for key, value in found.items() if key[3] == "linecall"}
    for key, (middle, low, high, own) in found.items():
        ratio = middle / base[key[:3]] if key[:3] in base else float("nan")
        worst = max(float(r["suboptimality"]) for r in own)
        cpu = sorted(float(r["cpu_seconds"]) for r in own)[len(own) // 2]
        lines.append(f"{key[0]:24} {key[2]:6} {key[3]:26} median {middle:9.4f} s  min {low:9.4f}  "
                     f"max {high:9.4f}  cpu {cpu:8.3f}  {ratio:7.2f} x  worst {worst:.1e}")
    lines += [f"{r['task']:24} {r['target']!s:6} {r['peer']:26} {r['status']}"
              for r in rows if r["status"] != "ok"]
    return "\n".join(lines)
