"""The reference of the guide is what the docstrings say, and they say everything."""

import importlib.util
import inspect
from pathlib import Path

import pytest

import linecall

HERE = Path(__file__).resolve()


def reference():
    spec = importlib.util.spec_from_file_location("reference", HERE.parents[1] / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current():
    own = reference()
    assert own.PAGE.read_text(encoding="utf-8") == own.page(), "run crates/py/reference.py"


def told(doc, *names):
    own = reference()
    return {
        entry.strip().lstrip("*")
        for name, lines in own.sections(doc) if name in names
        for line in lines if line and line[0] != " "
        for entry in line.partition(" : ")[0].split(",")
    }


def asked(thing):
    return {name for name in inspect.signature(thing).parameters if name not in ("self", "cls")}


@pytest.mark.parametrize("name", [n for n in linecall.__all__ if n != "__version__"])
def test_every_parameter_is_told(name):
    thing = getattr(linecall, name)
    assert thing.__doc__
    if inspect.isfunction(thing):
        assert told(thing.__doc__, "Parameters") == asked(thing)
        return
    if issubclass(thing, Exception):
        return
    if name not in ("Answer", "Model"):
        # These two are made by other means than their constructor.
        assert told(thing.__doc__, "Parameters") == asked(thing)
    for own, member in reference().members(thing):
        if isinstance(member, property):
            assert member.__doc__, own
            continue
        bound = getattr(thing, own)
        bound = bound if callable(bound) else member.fn
        assert told(bound.__doc__ or "", "Parameters") == asked(bound), f"{name}.{own}"
