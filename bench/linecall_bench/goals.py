"""What we set out to do, and whether we did: each goal from the medians of the runs."""
from dataclasses import dataclass


@dataclass
class Goal:
    """One goal: what was asked, what was measured, and whether that is enough."""

    what: str
    asked: str
    measured: str
    met: bool


def judge(found):
    """All goals that the medians (`timing.medians`) speak of."""
    return [*_best_peer(found), *_default(found), *_glmnet(found), *_process(found),
            *_memory(found), *_pass(found), *_reading(found)]


def _groups(found, kind):
    groups = {}
    for (task, own, target, peer), value in found.items():
        if own == kind:
            groups.setdefault((task, target), {})[peer] = value
    return {key: peers for key, peers in groups.items() if "linecall" in peers}


def _ratio(key, asked, peers, name, what):
    ratio = peers[name][0] / peers["linecall"][0]
    return Goal(f"{key[0]}{', ' + key[1] if key[1] else ''}: {what}", f">= {asked:g} x",
                f"{ratio:.2f} x {name}", ratio >= asked)


def _fastest(peers, within=lambda name: True):
    names = [name for name in peers if name != "linecall" and within(name)]
    return min(names, key=lambda name: peers[name][0], default=None)


def _best_peer(found):
    for key, peers in _groups(found, "fit").items():
        name = _fastest(peers)
        if name:
            yield _ratio(key, 2, peers, name, "fit against the best peer")


def _default(found):
    for key, peers in _groups(found, "fit").items():
        if "sklearn lbfgs" in peers:
            yield _ratio(key, 5, peers, "sklearn lbfgs", "fit against scikit-learn's default")


def _glmnet(found):
    for key, peers in _groups(found, "fit").items():
        name = _fastest(peers, lambda name: name.startswith("glmnet"))
        if "l1-path" in key[0] and name:
            yield _ratio(key, 2, peers, name, "path against glmnet")


def _process(found):
    for key, peers in _groups(found, "process").items():
        name = _fastest(peers, lambda name: name.startswith("liblinear"))
        if name:
            yield _ratio(key, 5, peers, name, "whole process against LIBLINEAR")


def _memory(found):
    def peak(value):
        return max(float(r["peak_mib"]) for r in value[3])
    for key, peers in _groups(found, "process").items():
        name = _fastest(peers, lambda name: name.startswith("liblinear"))
        if name:
            share = peak(peers["linecall"]) / peak(peers[name])
            yield Goal(f"{key[0]}, {key[1]}: peak memory against LIBLINEAR", "< 0.67",
                       f"{share:.2f} of {name}", share < 2 / 3)


def _pass(found):
    for (task, _), peers in _groups(found, "pass").items():
        share = peers["linecall"][0] / peers["read bandwidth"][0]
        yield Goal(f"{task}: a gradient pass against reading as many bytes", "<= 1.5",
                   f"{share:.2f} of the time", share <= 1.5)


def _reading(found):
    asked = {"read-libsvm": (5, "liblinear's reader"), "read-csv": (1, "polars")}
    for key, peers in _groups(found, "read").items():
        least, name = asked.get(key[0], (0, ""))
        if name in peers:
            yield _ratio(key, least, peers, name, "reading")
