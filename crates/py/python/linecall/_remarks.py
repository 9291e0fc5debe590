"""Remarks as warnings."""

from __future__ import annotations

import sys
import warnings


class Remark(UserWarning):
    """What a careful colleague would say beside an answer, a model that is read from elsewhere, or an
    export: what was not known, what it rests on, what to expect. ``warnings.filterwarnings`` silences
    it; of an answer it stands in the document, too, as ``remarks``.
    """


def warn(remarks):
    """Warn of each remark, a text or a dictionary with one, at the line that called the package."""
    level, frame = 1, sys._getframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith("linecall."):
        level, frame = level + 1, frame.f_back
    for remark in remarks:
        text = remark if isinstance(remark, str) else remark["text"]
        warnings.warn(text, Remark, stacklevel=level)
