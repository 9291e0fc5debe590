"""Telling a callback how far long work has come."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

_WATCH = ContextVar("linecall_watch", default=None)


@contextmanager
def progress(callback):
    """Call back from long work inside the block.

    Parameters
    ----------
    callback : callable
        Is called as ``callback(stage, done, total)`` on the thread that waits, at most every 50 ms;
        ``total`` is 0 where a stage begins. An exception that it raises ends the work.

    Examples
    --------
    >>> import linecall
    >>> stages = []
    >>> with linecall.progress(lambda stage, done, total: stages.append(stage)):
    ...     model = linecall.LogisticRegression().fit([[0.0], [1.0], [2.0]], [0, 1, 1])
    >>> stages[0]
    'fitting'
    """
    if not callable(callback):
        raise TypeError(f"callback is {callback!r}, expected something to call")
    token = _WATCH.set(callback)
    try:
        yield
    finally:
        _WATCH.reset(token)


def watch():
    """The callback of the block that the caller is in, or None."""
    return _WATCH.get()
