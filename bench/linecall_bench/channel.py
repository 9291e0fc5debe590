"""A worker process at the other end of two pipes, with a limit on the time of an answer."""
import itertools
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

from . import datasets
from .settings import BENCH, BENCH_FIT, DATA, environment

COUNT = itertools.count()


class Cut(Exception):
    """The worker took longer than the limit, and was ended."""


class Worker:
    """One peer with one data set loaded."""

    def __init__(self, command, threads):
        self.threads = threads
        self.log = tempfile.TemporaryFile()
        env = environment(threads) | {"PYTHONPATH": str(BENCH)}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, env=env, text=True, bufsize=1)
        self.lines = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.loaded = self._answer(600)

    def _listen(self):
        for line in self.process.stdout:
            if line.startswith("REPLY "):
                self.lines.put(json.loads(line[6:]))
        self.lines.put(None)

    def _answer(self, limit):
        began, cpu = time.monotonic(), self._cpu_seconds()
        while True:
            try:
                answer = self.lines.get(timeout=0.5)
                break
            except queue.Empty:
                # On a machine with other work the wall clock alone would be unjust.
                wall = time.monotonic() - began
                if wall > limit and (self._cpu_seconds() - cpu > limit or wall > 10 * limit):
                    self.close()
                    raise Cut(f"no answer in {limit:.0f} s") from None
        if answer is None:
            self.log.seek(0)
            last = self.log.read().decode(errors="replace").strip().splitlines()[-1:]
            return {"error": "the worker died: " + " ".join(last)}
        return answer

    def _cpu_seconds(self):
        try:
            stat = open(f"/proc/{self.process.pid}/stat", encoding="utf-8").read()
        except OSError:
            return 0.0
        ticks = stat.rsplit(")", 1)[1].split()[11:13]
        return sum(int(t) for t in ticks) / os.sysconf("SC_CLK_TCK")

    def ask(self, limit, **request):
        """One answer; `threads` is filled in."""
        pairs = {"threads": self.threads} | request
        try:
            self.process.stdin.write("\t".join(f"{k}={v}" for k, v in pairs.items()) + "\n")
        except BrokenPipeError:
            return {"error": "the worker died"}
        return self._answer(limit)

    def fit(self, limit, task, lambdas, **request):
        """An answer with the `coefficients`, one row of `w, b` per strength."""
        stem = DATA / f"scratch-{os.getpid()}-{next(COUNT)}"
        paths = {"lambdas": stem.with_suffix(".lambdas"), "coef": stem.with_suffix(".coef")}
        np.asarray(lambdas, np.float64).tofile(paths["lambdas"])
        try:
            answer = self.ask(limit, loss=task.loss.replace("-", "_"), penalty=task.penalty,
                              intercept=int(task.intercept), **paths, **request)
            if "error" not in answer:
                answer["coefficients"] = np.fromfile(paths["coef"]).reshape(len(lambdas), -1)
            return answer
        finally:
            for path in paths.values():
                path.unlink(missing_ok=True)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def command(kind, folder):
    """How the worker of a kind of peer is started."""
    if kind == "linecall":
        return [str(BENCH_FIT), str(folder)]
    if kind == "glmnet":
        return ["Rscript", "--vanilla", str(BENCH / "linecall_bench/workers/glmnet.R"), str(folder)]
    return [sys.executable, "-m", "linecall_bench.workers.serve", kind, str(folder)]


def linecall_path(task, scale, lambdas, tolerance):
    """linecall's coefficients of a task at a tight tolerance."""
    worker = Worker(command("linecall", datasets.ensure(task.data, scale)), 2)
    try:
        answer = worker.fit(600, task, lambdas, tolerance=tolerance)
    finally:
        worker.close()
    if "error" in answer:
        raise SystemExit(f"{task.name}: linecall: {answer['error']}")
    return answer["coefficients"]
