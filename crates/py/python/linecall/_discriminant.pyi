from typing import Literal

from numpy.typing import ArrayLike

from ._base import LinearClassifier, Probabilities

class LinearDiscriminantAnalysis(Probabilities, LinearClassifier):
    def __init__(
        self,
        *,
        shrinkage: Literal["auto", "oas"] | float | None = None,
        priors: ArrayLike | None = None,
    ) -> None: ...
