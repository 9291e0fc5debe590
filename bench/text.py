"""Text classifiers from a CSV file to calls, beside scikit-learn: `python bench/text.py DATA [--runs N]`.

DATA is the folder with the text sets (ag_news, newsgroups20, sst2, movie_reviews). Each task is a
training and a test file; both programs read the training file, learn TF-IDF over words and pairs of
words and a linear support vector machine (squared hinge, C = 1), and call the rows of the test file.
Whole processes, start and imports included, alternating; medians of wall seconds, processor seconds
and peak memory; accuracy with the paired 95% interval of the difference.

    python -m venv bench/.venv && bench/.venv/bin/pip install scikit-learn pandas
    cargo build --release -p linecall-cli
    bench/.venv/bin/python bench/text.py ../shared/data/text --save
"""

import argparse
import csv
import gzip
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINECALL = os.environ.get("LINECALL", str(ROOT / "target/release/linecall"))

PEER = """
import sys
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC
train, test, out = sys.argv[1:]
train, test = (pd.read_csv(f, dtype=str, keep_default_na=False) for f in (train, test))
vectorizer = TfidfVectorizer(ngram_range=(1, 2))
model = LinearSVC(C=1.0).fit(vectorizer.fit_transform(train.text), train.label)
pd.Series(model.predict(vectorizer.transform(test.text))).to_csv(out, index=False, header=["call"])
"""


def rows_of(folder, task):
    """Training and test rows: label and text."""

    def table(path):
        opener = gzip.open if str(path).endswith(".gz") else open
        with opener(path, "rt", encoding="utf8", newline="") as file:
            return list(csv.DictReader(file))

    if task == "newsgroups20":
        part = lambda name: [(r["label"], r["text"]) for r in table(folder / task / f"{name}.csv.gz")]
        return part("train"), part("test")
    if task == "movie_reviews":
        all_rows = table(folder / task / "movie_reviews.csv.gz")
        held = [r for r in all_rows if r["cv_fold"] in ("0", "1")]
        rest = [r for r in all_rows if r["cv_fold"] not in ("0", "1")]
        return tuple([(r["label"], r["text"]) for r in part] for part in (rest, held))
    if task == "sst2":

        def tsv(name):
            lines = (folder / task / f"{name}.tsv").read_text(encoding="utf8").splitlines()
            return [tuple(reversed(line.rsplit("\t", 1))) for line in lines]

        return tsv("train"), tsv("test")
    with open(folder / "ag_news/test.csv", encoding="utf8", newline="") as file:
        lines = list(csv.reader(file))
    split = (folder / "ag_news/split.txt").read_text().split()
    rows = [(label, f"{title} {text}") for label, title, text in lines]
    return tuple([r for r, s in zip(rows, split) if s == part] for part in ("train", "test"))


def write(path, rows):
    with open(path, "w", encoding="utf8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["label", "text"])
        out.writerows(rows)


def timed(commands):
    """Wall and processor seconds, and the largest peak of memory, of processes one after the other."""
    wall, cpu, peak = 0.0, 0.0, 0
    for command in commands:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, errors = child.stderr.read(), None
        _, status, usage = os.wait4(child.pid, 0)
        wall += time.perf_counter() - start
        if status:
            raise SystemExit(f"{command}: {_.decode()}")
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
    return wall, cpu, peak / 1024


def calls(path):
    with open(path, encoding="utf8", newline="") as file:
        return [row["call"] for row in csv.DictReader(file)]


def paired(ours, theirs, truth):
    """Difference of accuracies and the half width of its 95% interval over the same rows."""
    each = [(a == t) - (b == t) for a, b, t in zip(ours, theirs, truth)]
    mean = statistics.fmean(each)
    return mean, 1.96 * statistics.pstdev(each) / len(each) ** 0.5


def task_of(folder, name, runs, place):
    train, test = rows_of(folder, name)
    files = [place / f"{name}_{part}.csv" for part in ("train", "test")]
    write(files[0], train)
    write(files[1], test)
    model, out, peer_out = (place / f"{name}.{end}" for end in ("linecall", "ours", "peer"))
    ours = [
        [LINECALL, "fit", files[0], "--target", "label", "--text", "text", "--loss", "squared-hinge",
         "--no-tune", "--C", "1", "--holdout", "0", "-o", model, "--quiet"],
        [LINECALL, "predict", model, files[1], "-o", out, "--quiet"],
    ]
    peer = [[sys.executable, "-c", PEER, files[0], files[1], peer_out]]
    found = {"ours": [], "peer": []}
    for _ in range(runs):
        found["ours"].append(timed(ours))
        found["peer"].append(timed(peer))
    truth = [label for label, _ in test]
    own, other = calls(out), calls(peer_out)
    accuracy = lambda called: sum(a == b for a, b in zip(called, truth)) / len(truth)
    middle = {who: [statistics.median(column) for column in zip(*times)] for who, times in found.items()}
    difference, half = paired(own, other, truth)
    megabytes = sum(len(text.encode()) for _, text in train + test) / 1e6
    return {
        "task": name,
        "rows": [len(train), len(test)],
        "megabytes": megabytes,
        "accuracy": [accuracy(own), accuracy(other)],
        "difference": [difference, half],
        "ours": middle["ours"],
        "peer": middle["peer"],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--task", action="append")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    tasks = args.task or ["ag_news", "sst2", "newsgroups20", "movie_reviews"]
    results = []
    with tempfile.TemporaryDirectory() as place:
        for name in tasks:
            found = task_of(args.data, name, args.runs, pathlib.Path(place))
            results.append(found)
            (wall, cpu, peak), (peer_wall, peer_cpu, peer_peak) = found["ours"], found["peer"]
            print(
                f"{name}: {found['megabytes']:.1f} MB; {wall:.2f} s against {peer_wall:.2f} s "
                f"({peer_wall / wall:.1f}x), processor {cpu:.2f} against {peer_cpu:.2f} s, memory "
                f"{peak:.0f} against {peer_peak:.0f} MB; accuracy {found['accuracy'][0]:.4f} against "
                f"{found['accuracy'][1]:.4f} ({found['difference'][0]:+.4f} +- {found['difference'][1]:.4f})",
                flush=True,
            )
    if args.save:
        import sklearn

        about = {"cpu": platform.processor(), "cores": os.cpu_count(), "scikit_learn": sklearn.__version__}
        page = {"about": about, "runs": args.runs, "tasks": results}
        (ROOT / "bench/text.json").write_text(json.dumps(page, indent=1) + "\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
