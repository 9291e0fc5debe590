"""Threads, signals, forks, pickles, start-up."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import linecall


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60_000, 60))
    return X, (X[:, :5].sum(1) + rng.normal(size=60_000) > 0).astype(int)


def test_other_threads_run_during_a_fit(large):
    # The waiting thread wakes every 50 ms at most; a held lock would let nobody count.
    X, y = large
    ticks, done = [], threading.Event()

    def count():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    start = len(ticks)
    linecall.LogisticRegressionCV(Cs=20, cv=10).fit(X[:20_000], y[:20_000])
    counted = len(ticks) - start
    done.set()
    thread.join()
    assert counted > 5


def test_progress_is_told_and_may_end_the_work(large):
    X, y = large
    seen = []
    with linecall.progress(lambda *report: seen.append(report)):
        linecall.LogisticRegressionCV(Cs=5, cv=4).fit(X[:5000], y[:5000])
    stages = {stage for stage, _, _ in seen}
    assert stages == {"cross-validation", "fitting"}
    assert max(done for _, done, _ in seen) == 20

    class Enough(Exception):
        pass

    def stop(stage, done, total):
        raise Enough(stage)

    with pytest.raises(Enough), linecall.progress(stop):
        linecall.LogisticRegression().fit(X, y)
    # Nothing of it lingers.
    linecall.LogisticRegression().fit(X[:500], y[:500])


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on POSIX systems")
def test_ctrl_c_is_answered(tmp_path):
    script = tmp_path / "long.py"
    script.write_text(
        "import numpy as np, linecall, sys\n"
        "rng = np.random.default_rng(0)\n"
        "X = rng.normal(size=(200_000, 100)); y = (X[:, 0] > rng.normal(size=200_000)) * 1\n"
        "print('ready', flush=True)\n"
        "try:\n"
        "    linecall.LogisticRegressionCV(Cs=100, cv=20).fit(X, y)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(2.0)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert out == "interrupted\n"


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="threads are listed by Linux")
def test_a_fit_that_is_given_up_ends(tmp_path):
    # A fit that would go on for many minutes: to more digits than there are.
    script = tmp_path / "endless.py"
    script.write_text(
        "import os, signal, threading, time, numpy as np, linecall\n"
        "def at_work():\n"
        "    names = []\n"
        "    for task in os.listdir('/proc/self/task'):\n"
        "        try:\n"
        "            names.append(open(f'/proc/self/task/{task}/comm').read().strip())\n"
        "        except OSError:\n"
        "            pass\n"
        "    return 'linecall' in names\n"
        "rng = np.random.default_rng(0)\n"
        "X = rng.normal(size=(400_000, 40)); y = (X[:, 0] > rng.normal(size=400_000)) * 1\n"
        "assert not at_work()\n"
        "def interrupt():\n"
        "    print('at work', at_work(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Timer(3.0, interrupt).start()\n"
        "try:\n"
        "    linecall.LogisticRegression(solver='dual-descent', tol=1e-300, max_iter=10**9).fit(X, y)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', flush=True)\n"
        "for _ in range(600):\n"
        "    if not at_work():\n"
        "        print('ended', flush=True)\n"
        "        break\n"
        "    time.sleep(0.1)\n"
        "os._exit(0)\n"
    )
    found = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=600)
    assert found.stdout.split("\n")[:-1] == ["at work True", "interrupted", "ended"], found.stderr


def fit_in_child(queue):
    X = np.arange(40.0).reshape(-1, 1)
    queue.put(linecall.LogisticRegression().fit(X, X[:, 0] > 20).coef_[0, 0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of POSIX systems")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_has_threads_of_its_own():
    X = np.arange(40.0).reshape(-1, 1)
    here = linecall.LogisticRegression().fit(X, X[:, 0] > 20).coef_[0, 0]
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=fit_in_child, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == here
    child.join(timeout=60)
    assert child.exitcode == 0


def test_many_threads_fit_at_once(large):
    X, y = large
    X, y = X[:4000], y[:4000]
    alone = linecall.LogisticRegression().fit(X, y).coef_
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(linecall.LogisticRegression().fit(X, y).coef_))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and all((coef == alone).all() for coef in found)


def test_the_number_of_threads_changes_nothing(tmp_path):
    script = (
        "import numpy as np, linecall\n"
        "rng = np.random.default_rng(0); X = rng.normal(size=(3000, 7))\n"
        "y = (X[:, 0] > rng.normal(size=3000)) * 1\n"
        "print(linecall.LogisticRegression().fit(X, y).coef_.tobytes().hex())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "RAYON_NUM_THREADS": n},
            capture_output=True, text=True, check=True,
        ).stdout
        for n in ("1", "2", "5")
    }
    assert len(found) == 1


def estimators():
    return [
        linecall.LogisticRegression(), linecall.LogisticRegressionCV(Cs=2, cv=2), linecall.LinearSVC(),
        linecall.RidgeClassifier(), linecall.SGDClassifier(), linecall.MultinomialNB(),
        linecall.BernoulliNB(), linecall.ComplementNB(), linecall.GaussianNB(),
        linecall.LinearDiscriminantAnalysis(), linecall.FairClassifier(),
    ]


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: type(e).__name__)
def test_pickles_and_clones(estimator, weighted):
    X, y, s = weighted
    X = np.abs(X)
    fitted = estimator.fit(X, y, s) if not isinstance(
        estimator, (linecall.LinearDiscriminantAnalysis,)
    ) else estimator.fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict(X) == fitted.predict(X)).all()
    if hasattr(fitted, "coef_"):
        assert (again.coef_ == fitted.coef_).all()
    other = clone(fitted)
    assert not hasattr(other, "classes_")
    assert repr(other) == repr(estimator)


def test_pickles_hold_the_bytes_of_a_model_file(weighted):
    X, y, _ = weighted
    fitted = linecall.LogisticRegression().fit(X, y)
    data = pickle.dumps(fitted)
    assert fitted.model_.to_bytes() in data


def test_searches_pipelines_and_pandas_output(cancer_frame):
    X, y = cancer_frame
    pipe = make_pipeline(StandardScaler(), linecall.LogisticRegression()).set_output(
        transform="pandas"
    )
    search = GridSearchCV(pipe, {"logisticregression__C": [0.01, 1.0]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.95
    assert list(search.best_estimator_[-1].feature_names_in_) == list(X.columns)


def test_metadata_is_routed(weighted):
    import sklearn

    X, y, s = weighted
    with sklearn.config_context(enable_metadata_routing=True):
        own = linecall.LogisticRegression().set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipe = make_pipeline(scaler, own).fit(X, y, sample_weight=s)
    scaled = StandardScaler().fit_transform(X)
    alone = linecall.LogisticRegression().fit(scaled, y, s)
    assert (pipe[-1].coef_ == alone.coef_).all()


def test_a_fit_that_is_cut_off_warns(cancer):
    X, y = cancer
    with pytest.warns(ConvergenceWarning, match="limit of 1"):
        linecall.LogisticRegression(max_iter=1, C=100).fit(X, y)


def test_separated_classes_without_a_penalty_are_an_error():
    with pytest.raises(linecall.Error, match="separated by") as found:
        linecall.LogisticRegression(C=np.inf).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    assert "\n" not in str(found.value)


def test_import_is_quick():
    # Beyond what NumPy, SciPy and scikit-learn cost, which every user of both has paid.
    script = (
        "import time, numpy, sklearn.base, sklearn.calibration, sklearn.pipeline\n"
        "import sklearn.linear_model\n"
        "start = time.perf_counter(); import linecall; print(time.perf_counter() - start)\n"
    )
    found = [
        float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                             check=True).stdout)
        for _ in range(3)
    ]
    print(f"import linecall: {min(found) * 1e3:.0f} ms beyond scikit-learn")


def test_the_command_is_carried():
    found = subprocess.run(
        [sys.executable, "-c", "from linecall._command import main; main()", "--version"],
        capture_output=True, text=True,
    )
    assert found.returncode == 0 and "linecall" in found.stdout
    refused = subprocess.run(
        [sys.executable, "-c", "from linecall._command import main; main()", "inspect", "no.linecall"],
        capture_output=True, text=True,
    )
    assert refused.returncode == 2 and refused.stderr.startswith("error: no.linecall")
