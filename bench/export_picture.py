"""Draws docs/export.svg: how far each export's scores are from linecall's own.

    python bench/export_picture.py NAME=OUTCOME.json ... > docs/export.svg

An outcome is what `linecall export ... --json` prints. Standard library only.
"""

import json
import math
import sys

WIDTH, LEFT, RIGHT, TOP, ROW = 760, 190, 30, 64, 30
LOW, HIGH = -17.0, -11.5
INKS = ["#1f5fa8", "#c2571a", "#2e7d4f", "#7a3fa0", "#555555"]


def x(value):
    place = max(LOW, math.log10(value)) if value > 0 else LOW
    return LEFT + (place - LOW) / (HIGH - LOW) * (WIDTH - LEFT - RIGHT)


def text(at_x, at_y, words, anchor="start", size=13, ink="#222", weight="normal"):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<text x="{at_x:.1f}" y="{at_y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{ink}" font-weight="{weight}">{words}</text>'
    )


def label(proof):
    by = proof["evaluator"].split(" (")[0]
    if "reader" in by:
        by = "own reader"
    elif by.startswith("cc ") or by.startswith("gcc"):
        by = "cc"
    return f'{proof["format"]}, {by}'


def main():
    sets = []
    for argument in sys.argv[1:]:
        name, path = argument.split("=", 1)
        with open(path) as file:
            sets.append((name, json.load(file)))
    rows = []
    for _, outcome in sets:
        for proof in outcome["proofs"]:
            if proof["largest"] is not None and label(proof) not in rows:
                rows.append(label(proof))
    height = TOP + ROW * len(rows) + 78
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="Helvetica, Arial, sans-serif" role="img" '
        f'aria-label="Largest difference of every export from linecall\'s own score">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(16, 26, "Largest difference of a score from linecall's own", size=16, weight="bold"),
        text(16, 46, "divided by |b| + sum of |w x|; each dot is all rows of one data set", ink="#555"),
    ]
    bottom = TOP + ROW * len(rows)
    for power in range(-17, -11):
        at = x(10.0**power)
        out.append(
            f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{bottom}" stroke="#e3e3e3"/>'
        )
        name = "0" if power == -17 else f"1e{power}"
        out.append(text(at, bottom + 18, name, anchor="middle", size=12, ink="#555"))
    at = x(1e-12)
    out.append(
        f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{bottom}" stroke="#b00020" '
        f'stroke-width="2" stroke-dasharray="6 4"/>'
    )
    out.append(text(at - 6, TOP - 6, "beyond: not written", anchor="middle", size=12, ink="#b00020"))
    for at, name in enumerate(rows):
        y = TOP + ROW * at + ROW / 2
        out.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#f0f0f0"/>')
        out.append(text(LEFT - 12, y + 4, name, anchor="end"))
        for k, (_, outcome) in enumerate(sets):
            for proof in outcome["proofs"]:
                if proof["largest"] is not None and label(proof) == name:
                    shift = (k - (len(sets) - 1) / 2) * 5
                    out.append(
                        f'<circle cx="{x(proof["largest"]):.1f}" cy="{y + shift:.1f}" r="4" '
                        f'fill="{INKS[k % len(INKS)]}" fill-opacity="0.85"/>'
                    )
    place = 24
    for k, (name, outcome) in enumerate(sets):
        count = max((p["rows"] for p in outcome["proofs"]), default=0)
        out.append(f'<circle cx="{place}" cy="{bottom + 48}" r="5" fill="{INKS[k % len(INKS)]}"/>')
        words = f"{name} ({count:,} rows)"
        out.append(text(place + 10, bottom + 52, words, size=12))
        place += 26 + 6.6 * len(words)
    out.append("</svg>")
    print("\n".join(out))


main()
