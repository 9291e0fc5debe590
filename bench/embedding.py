"""Embeddings of words and pairs of words, against fastText.

    python3.11 -m venv bench/.venv-embedding && bench/.venv-embedding/bin/pip install fasttext==0.9.3 "numpy<2"
    cargo build --release --locked -p linecall-linear --example bench_embedding
    bench/.venv-embedding/bin/python bench/embedding.py [--sets ag_news,sst2] [--runs 5] [OUT]

Both get the same tokens, in one order, and make the same model: words and pairs of neighbours, an end-of-text word,
one vector of DIM numbers each, their average, softmax. fastText reads text and hashes pairs into 2 million
buckets at each visit, as it does; linecall reads counts of grams that were numbered beforehand. So that reading,
the dictionary and the first vectors count for neither, seconds of an epoch are taken from two fits:
(seconds of MANY epochs - seconds of FEW) / (MANY - FEW). Runs of both alternate, on one machine, and medians are told, of wall
and of processor seconds.

Accuracies are on the published (or, for AG News, the stated) test rows, after FEW epochs, of the same rate, over
seeds. No setting was chosen on these rows: rate and epochs are fastText's usual ones for text.
"""

import argparse
import csv
import gzip
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from linecall_bench.settings import DATA, RELEASE, TABLES

BENCH = Path(os.environ.get("LINECALL_BENCH_EMBEDDING", RELEASE / "examples" / "bench_embedding"))
TEXT = Path(os.environ.get("LINECALL_BENCH_TEXT", TABLES.parent / "text"))
TOKEN = re.compile(r"[a-z0-9']+|[.,!?;:()]")
BUCKETS = 2_000_000
# Rate, and the two numbers of epochs.
SETTINGS = {"ag_news": (0.5, 5, 25), "sst2": (0.5, 5, 25), "newsgroups20": (0.5, 5, 10)}


def tokens(text):
    return TOKEN.findall(text.lower())


def ag_news():
    with open(TEXT / "ag_news/test.csv", encoding="utf-8", newline="") as file:
        rows = [(row[0], tokens(" ".join(row[1:]))) for row in csv.reader(file)]
    parts = (TEXT / "ag_news/split.txt").read_text().split()
    return [[row for row, own in zip(rows, parts) if own == part] for part in ("train", "test")]


def sst2():
    def part(name):
        lines = (TEXT / "sst2" / name).read_text(encoding="utf-8").splitlines()
        cells = [line.rsplit("\t", 1) for line in lines if "\t" in line]
        return [(label, tokens(text)) for text, label in cells]

    return [part("train.tsv"), part("test.tsv")]


def newsgroups20():
    def part(name):
        with gzip.open(TEXT / "newsgroups20" / name, "rt", encoding="utf-8", newline="") as file:
            return [(row["label"], tokens(row["text"])) for row in csv.DictReader(file)]

    return [part("train.csv.gz"), part("test.csv.gz")]


def write(name, folder):
    """The set in both formats, and the number of words of its training rows."""
    csv.field_size_limit(1 << 30)
    train, test = {"ag_news": ag_news, "sst2": sst2, "newsgroups20": newsgroups20}[name]()
    # fastText reads the file as it lies, and some of these lie sorted by class.
    random.Random(0).shuffle(train)
    classes = sorted({label for label, _ in train})
    grams, words = {}, 0
    for part, rows in (("train", train), ("test", test)):
        with open(folder / f"{name}.{part}.txt", "w", encoding="utf-8") as text, open(
            folder / f"{name}.{part}.svm", "w", encoding="utf-8"
        ) as counts:
            for label, own in rows:
                text.write(f"__label__{classes.index(label)} {' '.join(own)}\n")
                own = own + ["</s>"]
                words += len(own) if part == "train" else 0
                row = {}
                for gram in own + [f"{a} {b}" for a, b in zip(own, own[1:])]:
                    at = grams.setdefault(gram, len(grams) + 1)
                    row[at] = row.get(at, 0) + 1
                cells = " ".join(f"{at}:{n}" for at, n in sorted(row.items()))
                counts.write(f"{classes.index(label)} {cells}\n")
    return len(train), words


def fasttext_once(folder, name, dim, rate, epochs, threads):
    """In a process of its own: accuracy on the test rows."""
    import fasttext

    model = fasttext.train_supervised(
        str(folder / f"{name}.train.txt"), dim=dim, lr=rate, epoch=epochs, wordNgrams=2, minCount=1,
        bucket=BUCKETS, thread=threads, verbose=0,
    )
    print("accuracy", model.test(str(folder / f"{name}.test.txt"))[1])


def timed(command):
    """Wall and processor seconds of a command, and the accuracy that it prints."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, processor, float(out[out.index("accuracy") + 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="ag_news,sst2,newsgroups20")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--dims", default="100,16")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--group", type=int, default=8)
    parser.add_argument("--worker", nargs=5)
    parser.add_argument("out", nargs="?")
    options = parser.parse_args()
    folder = DATA / "embedding"
    folder.mkdir(parents=True, exist_ok=True)
    if options.worker:
        name, dim, rate, epochs, threads = options.worker
        return fasttext_once(folder, name, int(dim), float(rate), int(epochs), int(threads))
    results = []
    for name in options.sets.split(","):
        rows, words = write(name, folder)
        rate, few, many = SETTINGS[name]
        for dim in map(int, options.dims.split(",")):
            for threads in map(int, options.threads.split(",")):
                ours = lambda epochs: [
                    BENCH, folder / f"{name}.train.svm", folder / f"{name}.test.svm", dim, rate, epochs,
                    options.group, threads, "softmax",
                ]
                theirs = lambda epochs: [
                    sys.executable, __file__, "--worker", name, dim, rate, epochs, threads,
                ]
                times = {"linecall": [], "fasttext": []}
                right = {"linecall": [], "fasttext": []}
                for _ in range(options.runs):
                    for who, command in (("linecall", ours), ("fasttext", theirs)):
                        short, long = (timed(list(map(str, command(n)))) for n in (few, many))
                        times[who].append([(b - a) / (many - few) for a, b in zip(short[:2], long[:2])])
                        right[who].append(short[2])
                of = lambda who, at: statistics.median(run[at] for run in times[who])
                result = {
                    "set": name, "rows": rows, "words": words, "dim": dim, "threads": threads, "runs": options.runs,
                    "wall": {who: of(who, 0) for who in times}, "processor": {who: of(who, 1) for who in times},
                    "ratios": [b[0] / a[0] for a, b in zip(times["linecall"], times["fasttext"])],
                    "accuracy": {who: statistics.mean(right[who]) for who in right},
                }
                results.append(result)
                rates = {who: words / result["wall"][who] / 1e6 for who in times}
                print(
                    f"| {name} | {dim} | {threads} | {rates['linecall']:.2f} | {rates['fasttext']:.2f} | "
                    f"{statistics.median(result['ratios']):.1f} | "
                    f"{result['processor']['fasttext'] / result['processor']['linecall']:.1f} | "
                    f"{result['accuracy']['linecall']:.4f} | {result['accuracy']['fasttext']:.4f} |",
                    flush=True,
                )
    if options.out:
        Path(options.out).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
