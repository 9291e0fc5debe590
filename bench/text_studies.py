"""The studies of texts on public sets: `python bench/text_studies.py DATA --json FOLDER [SET ...]`.

DATA is the folder with the text sets (sst5, newsgroups20, ag_news, waimai_zh, hotel_sentiment_ja,
nsmc_ko). Each set becomes a CSV file with `label` and `text` in a temporary folder; files with more
than 10,000 rows are drawn from without replacement (seed 0), in their order. Runs
`linecall study text-grid` on the first three and `linecall study encodings` on the last four, keeps
the documents in FOLDER, and prints them as Markdown tables: that of bench/text_grid.md is one.
A document that is in FOLDER already is not made again.

    cargo build --release -p linecall-cli
    python bench/text_studies.py ../shared/data/text --json /tmp/studies
"""

import argparse
import csv
import gzip
import json
import os
import pathlib
import random
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINECALL = os.environ.get("LINECALL", str(ROOT / "target/release/linecall"))
MOST = 10_000
GRID = ["sst5", "newsgroups20", "ag_news"]
ENCODINGS = ["ag_news", "waimai_zh", "hotel_sentiment_ja", "nsmc_ko"]


def table(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


def parts(folder, name):
    """Training and test rows, label and text; no test rows where the set has no split."""
    pair = lambda rows: [(row["label"], row["text"]) for row in rows]
    if name in ("sst5", "nsmc_ko"):
        return [pair(table(folder / name / f"{part}.csv")) for part in ("train", "test")]
    if name == "newsgroups20":
        return [pair(table(folder / name / f"{part}.csv.gz")) for part in ("train", "test")]
    if name == "ag_news":
        # The numbers are names: no class is above another.
        names = (folder / name / "classes.txt").read_text(encoding="utf8").splitlines()
        names = [line.split()[-1] for line in names if line.strip()]
        with open(folder / name / "test.csv", encoding="utf8", newline="") as file:
            rows = [(names[int(k) - 1], f"{title} {text}") for k, title, text in csv.reader(file)]
        split = (folder / name / "split.txt").read_text().split()
        return [[r for r, s in zip(rows, split) if s == part] for part in ("train", "test")]
    if name == "waimai_zh":
        words = {"1": "good", "0": "bad"}
        rows = table(folder / name / "waimai_10k.csv")
        return [[(words[row["label"]], row["review"]) for row in rows], []]
    words = {"1": "positive", "0": "neutral", "-1": "negative"}
    rows = table(folder / name / "pn.csv")
    of = lambda test: [(words[r["label"]], r["text"]) for r in rows if (r["split"] == "test") == test]
    return [of(False), of(True)]


def some(rows):
    if len(rows) <= MOST:
        return rows
    kept = random.Random(0).sample(range(len(rows)), MOST)
    return [rows[i] for i in sorted(kept)]


def write(path, rows):
    with open(path, "w", encoding="utf8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["label", "text"])
        out.writerows(rows)


def run(folder, kept, study, name, more):
    document = kept / f"{study}-{name}.json"
    if not document.exists():
        with tempfile.TemporaryDirectory() as space:
            files = [pathlib.Path(space) / f"{name}-{part}.csv" for part in ("train", "test")]
            train, test = (some(rows) for rows in parts(folder, name))
            for file, rows in zip(files, (train, test)):
                write(file, rows)
            command = [LINECALL, "study", study, str(files[0]), "--target", "label", "--text", "text"]
            command += (["--test", str(files[1])] if test else []) + more + ["--json", "--quiet"]
            found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        document.write_text(found)
    return json.loads(document.read_text())


def markdown(head, rows):
    left = sum(1 for name in head if name in ("representation", "learner", "level", "weighting", "n"))
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join(["---"] * left + ["--:"] * (len(head) - left)) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def behind(row):
    own = row["behind"]
    return "best" if own is None else "{value:.1f} ({low:.1f} to {high:.1f})".format(
        **{k: 100 * own[k] for k in ("value", "low", "high")}
    )


REPRESENTATIONS = {
    "unigrams": "unigrams",
    "bigrams": "unigrams, bigrams",
    "trigrams": "unigrams to trigrams",
    "lsi": "LSI",
}


def grid(name, found):
    train, test = found["about"]["rows"]
    print(f"\n## {name}: {train:,} rows, {test:,} test rows, {len(found['about']['classes'])} classes\n")
    ordered = found["rows"][0]["rmse"] is not None
    head = ["representation", "learner", "columns", "accuracy", "behind, points", "macro F1"]
    head += ["RMSE", "RMSE expected"] if ordered else []
    head += ["calibration error", "25%", "50%", "KB", "seconds"]
    lines = []
    for row in found["rows"]:
        line = [REPRESENTATIONS[row["representation"]], row["method"], f"{row['columns']:,}"]
        line += [f"{100 * row['accuracy']:.1f}%", behind(row), f"{row['macro_f1']:.3f}"]
        line += [f"{row['rmse']:.3f}", f"{row['rmse_expected']:.3f}"] if ordered else []
        line += [f"{row['calibration_error']:.3f}"]
        line += [f"{100 * point['accuracy']:.1f}%" for point in row["curve"][:2]]
        seconds = row["seconds"]["represent"] + row["seconds"]["fit"]
        lines.append(line + [f"{-(-row['bytes'] // 1000):,}", f"{seconds:.1f}"])
    markdown(head, lines)
    topics = next(row["topics"] for row in found["rows"] if row["topics"])
    print(f"\nLSI: {topics['count']} directions, {100 * topics['share']:.1f}% of the sum of squares.")


def encodings(name, found):
    train, test = found["about"]["rows"]
    print(f"\n## {name}: {train:,} rows, {test:,} test rows, {len(found['about']['classes'])} classes\n")
    head = ["level", "weighting", "n", "columns", "train error", "test error", "gap"]
    lines = []
    for row in found["rows"]:
        length = "1" if row["length"] == 1 else f"1-{row['length']}"
        line = [row["level"].replace("_", " "), row["weighting"], length, f"{row['columns']:,}"]
        line += [f"{100 * row[k]:.1f}%" for k in ("train_error", "test_error", "gap")]
        seconds = row["seconds"]["represent"] + row["seconds"]["fit"]
        lines.append(line + [behind(row), f"{-(-row['bytes'] // 1000):,}", f"{seconds:.1f}"])
    markdown(head + ["behind, points", "KB", "seconds"], lines)
    print(f"\nWords: segmenter `{found['study']['segmenter']}`.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, required=True)
    parser.add_argument("sets", nargs="*", help="names such as text-grid-sst5; all if none is given")
    args = parser.parse_args()
    args.json.mkdir(parents=True, exist_ok=True)
    for study, names, show, more in (
        ("text-grid", GRID, grid, ["--curve"]),
        ("encodings", ENCODINGS, encodings, []),
    ):
        for name in names:
            if not args.sets or f"{study}-{name}" in args.sets:
                show(name, run(args.data, args.json, study, name, more))


if __name__ == "__main__":
    main()
