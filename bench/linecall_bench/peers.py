"""The peers: what each can do, and the settings from the loosest to the tightest.

Intercept conventions. `intercept=True` is a free one. Where a peer penalises its intercept
(LIBLINEAR, the liblinear solvers of scikit-learn, Snap ML), the task is the one named `...-bias`:
a column of ones, penalised like any other, no further intercept, for every peer of that task.
"""
from dataclasses import dataclass

FREE, NONE = (True,), (False,)
EITHER = (True, False)


@dataclass(frozen=True)
class Peer:
    """One solver of one package."""

    name: str
    kind: str                       # which worker
    solver: str
    losses: tuple = ("logistic",)
    penalties: tuple = ("l2",)
    intercepts: tuple = EITHER
    ladder: tuple = (0, -10)        # exponents of the tolerance, from loosest to tightest
    threads: tuple = (1,)           # tried; the first while the tolerance is searched
    storage: tuple = ("", ".csr")   # of dense data sets, tried likewise
    wide: bool = True               # whether half a million columns are in its reach

    def does(self, task):
        """Whether the peer can be asked for a task."""
        return (task.loss in self.losses and task.penalty in self.penalties
                and task.intercept in self.intercepts
                and (self.wide or task.data != "sparse")
                and not (self.kind == "glmnet" and task.data.endswith("+1")))

    def variants(self, task):
        """Data set and threads of each way to run it."""
        one_hot = task.data.split("+")[0] in ("adult", "credit")
        names = [csr_name(task.data, s) for s in self.storage] if one_hot else [task.data]
        return [(name, threads) for name in names for threads in self.threads]


def csr_name(data, storage):
    """`adult+1` stored sparse is `adult.csr+1`."""
    base, plus, rest = data.partition("+")
    return base + storage + plus + rest


ALL_LOSSES = ("logistic", "squared-hinge", "hinge")
SVM = ("squared-hinge", "hinge")

PEERS = [
    Peer("linecall", "linecall", "auto", ALL_LOSSES, ("l2", "l1"), ladder=(-3, -10),
         threads=(2, 1)),
    Peer("liblinear -s 0", "liblinear", "0", intercepts=NONE),
    Peer("liblinear -s 7", "liblinear", "7", intercepts=NONE),
    Peer("liblinear -s 1", "liblinear", "1", ("squared-hinge",), intercepts=NONE),
    Peer("liblinear -s 2", "liblinear", "2", ("squared-hinge",), intercepts=NONE),
    Peer("liblinear -s 3", "liblinear", "3", ("hinge",), intercepts=NONE),
    Peer("liblinear -s 6", "liblinear", "6", penalties=("l1",), intercepts=NONE),
    Peer("sklearn lbfgs", "sklearn", "lbfgs", threads=(2, 1)),
    Peer("sklearn newton-cholesky", "sklearn", "newton-cholesky", threads=(2, 1), wide=False),
    Peer("sklearn newton-cg", "sklearn", "newton-cg", threads=(2, 1)),
    Peer("sklearn saga", "sklearn", "saga", penalties=("l2", "l1"), ladder=(-1, -8)),
    Peer("sklearn liblinear", "sklearn", "liblinear", penalties=("l2", "l1"), intercepts=NONE),
    Peer("sklearn LinearSVC dual", "sklearn", "dual", SVM, intercepts=NONE),
    Peer("sklearn LinearSVC primal", "sklearn", "primal", ("squared-hinge",), intercepts=NONE),
    Peer("Snap ML dual", "snapml", "dual", ALL_LOSSES, intercepts=NONE, threads=(2, 1)),
    Peer("Snap ML primal", "snapml", "primal", penalties=("l2", "l1"), intercepts=NONE,
         threads=(2, 1)),
    Peer("glmnet", "glmnet", "Newton", penalties=("l2", "l1"), intercepts=EITHER,
         ladder=(-4, -20), wide=False),
    Peer("skglm", "skglm", "prox-newton", penalties=("l1",), ladder=(-1, -12), wide=False),
]
