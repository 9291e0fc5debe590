"""The tasks: what is minimised, on which data, and what we set out to do."""
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Task:
    """One objective on one data set."""

    name: str
    data: str
    loss: str = "logistic"
    penalty: str = "l2"
    intercept: bool = False
    path: int = 0  # number of L1 strengths; 0: one strength, C = 1
    ratio: float = 1e-2  # the last strength of a path against the first
    targets: tuple = (1e-3, 1e-6)

    def lambdas(self, objective):
        """The strengths, from the largest."""
        if not self.path:
            return np.array([1.0 / objective.n])
        return objective.top_lambda() * np.geomspace(1.0, self.ratio, self.path)


PATH = {"penalty": "l1", "path": 100, "targets": (1e-6,)}

TASKS = [
    Task("sparse-logistic", "sparse"),
    Task("sparse-squared-hinge", "sparse", loss="squared-hinge"),
    Task("sparse-hinge", "sparse", loss="hinge"),
    Task("dense-logistic", "dense", intercept=True),
    Task("dense-logistic-bias", "dense+1"),
    Task("adult-logistic", "adult", intercept=True),
    Task("adult-logistic-bias", "adult+1"),
    Task("spambase-logistic", "spambase", intercept=True),
    Task("spambase-logistic-bias", "spambase+1"),
    Task("credit-logistic", "credit", intercept=True),
    Task("credit-logistic-bias", "credit+1"),
    Task("spambase-l1-path", "spambase", **PATH, intercept=True),
    Task("spambase-l1-path-long", "spambase", **PATH, intercept=True, ratio=1e-4),
    Task("spambase-l1-path-bias", "spambase+1", **PATH),
    Task("adult-l1-path", "adult", **PATH, intercept=True),
    Task("adult-l1-path-long", "adult", **PATH, intercept=True, ratio=1e-4),
    Task("adult-l1-path-bias", "adult+1", **PATH),
]
BY_NAME = {task.name: task for task in TASKS}
