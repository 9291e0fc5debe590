"""Writes ``docs/python-api.md`` from the docstrings and signatures of the installed package.

    python crates/py/reference.py            # writes the page
    python crates/py/reference.py --check    # fails where it is not what it would be
"""

import inspect
import re
import sys
from pathlib import Path

import linecall

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python-api.md"

#: What stands in which part of the page.
PARTS = {
    "Estimators": [
        "LogisticRegression", "LogisticRegressionCV", "LinearSVC", "RidgeClassifier", "SGDClassifier",
        "MultinomialNB", "BernoulliNB", "ComplementNB", "GaussianNB", "LinearDiscriminantAnalysis",
        "FairClassifier", "RiskScore", "Scorecard",
    ],
    "Models": ["Model", "from_sklearn"],
    "Questions": [
        "challenge", "recourse", "explain", "audit", "fairness", "multiplicity", "inference",
        "diagnose", "forget",
    ],
    "Answers": ["Answer"],
    "Everything else": ["progress", "Error", "Remark", "__version__"],
}

HEAD = """# Python reference

Every public class, function and parameter of the package `linecall`, from its docstrings;
[the guide](python.md) says what to do with them. Written by `crates/py/reference.py`, and a test fails
where it is out of date.
"""

#: Methods that scikit-learn's base classes give to every estimator.
THEIRS = "Beside these, estimators have what scikit-learn gives all of its own: `get_params`, \
`set_params`, `score` and requests for metadata."


def markdown(text):
    """Text of a docstring as Markdown."""
    text = re.sub(r":(?:class|func|meth|mod|attr):`~?([^`]+)`", r"`\1`", text)
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def sections(doc):
    """Name and lines of each section of a docstring; what comes first has no name."""
    lines = inspect.cleandoc(doc).split("\n")
    found, name, own = [], None, []
    at = 0
    while at < len(lines):
        ruled = at + 1 < len(lines) and lines[at] and set(lines[at + 1].strip()) == {"-"}
        if ruled:
            found.append((name, own))
            name, own = lines[at].strip(), []
            at += 2
            continue
        own.append(lines[at])
        at += 1
    found.append((name, own))
    return [(name, "\n".join(own).strip("\n").split("\n")) for name, own in found]


def items(lines):
    """The entries of a section as a list."""
    out = []
    for line in lines:
        if not line.strip():
            continue
        if line[0] != " ":
            name, _, kind = line.partition(" : ")
            names = ", ".join(f"`{one.strip()}`" for one in name.split(","))
            out.append(f"- {names}" + (f" ({markdown(kind)})" if kind else "") + ":")
        else:
            out[-1] += " " + markdown(line.strip())
    return [line.rstrip(":") if line.endswith(":") else line for line in out]


def body(doc):
    """A docstring as Markdown."""
    out = []
    for name, lines in sections(doc):
        if name is None:
            out += ["\n".join(markdown(line) for line in lines), ""]
        elif name == "Examples":
            out += ["```python", *lines, "```", ""]
        elif name in ("Notes", "References", "See Also"):
            out += [f"*{name}*", "", *map(markdown, lines), ""]
        else:
            out += [f"*{name}*", "", *items(lines), ""]
    return out


def signature(name, thing):
    """How it is called, on as many lines as it takes."""
    own = inspect.signature(thing)
    kept = [p.replace(annotation=p.empty) for p in own.parameters.values() if p.name != "self"]
    own = own.replace(parameters=kept, return_annotation=inspect.Signature.empty)
    text = f"{name}{own}"
    if len(text) <= 96:
        return text
    inside = str(own)[1:-1]
    parts, depth, quote, start = [], 0, None, 0
    for at, c in enumerate(inside):
        if quote:
            quote = None if c == quote else quote
        elif c in "'\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(inside[start:at].strip())
            start = at + 1
    parts.append(inside[start:].strip())
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), ")"])


def members(cls):
    """Public methods and properties that linecall defines, in the order of their names."""
    found = {}
    for base in reversed(cls.__mro__):
        if not base.__module__.startswith("linecall"):
            continue
        for name, member in vars(base).items():
            if name.startswith("_") or name.startswith("set_"):
                continue
            found[name] = member
    return sorted(found.items())


def entry(name):
    """The part of the page about one public name."""
    thing = getattr(linecall, name)
    out = [f"### `{name}`", ""]
    if isinstance(thing, str):
        return [*out, "The version of the package.", ""]
    if inspect.isfunction(thing):
        return [*out, "```python", signature(f"linecall.{name}", thing), "```", "", *body(thing.__doc__)]
    if issubclass(thing, (Exception, Warning)):
        return [*out, markdown(inspect.cleandoc(thing.__doc__)), ""]
    if name not in ("Answer",):
        out += ["```python", signature(f"linecall.{name}", thing), "```", ""]
    out += body(thing.__doc__)
    told = {
        attribute.strip()
        for section, lines in sections(thing.__doc__) if section == "Attributes"
        for line in lines if line and line[0] != " "
        for attribute in line.partition(" : ")[0].split(",")
    }
    properties = [
        f"- `{own}`: {markdown(inspect.cleandoc(member.__doc__))}".replace("\n", " ")
        for own, member in members(thing)
        if isinstance(member, property) and own not in told and member.__doc__
    ]
    if properties:
        out += ["*Properties*", "", *properties, ""]
    for own, member in members(thing):
        if isinstance(member, property):
            continue
        bound = getattr(thing, own)
        if not callable(bound):
            # A method that depends on a parameter, such as the probabilities of one loss.
            bound = getattr(member, "fn", None)
        if bound is None or not bound.__doc__:
            continue
        kind = "classmethod " if isinstance(member, classmethod) else ""
        call = signature(f"{name}.{own}", bound)
        out += [f"#### `{name}.{own}`", "", "```python", kind + call, "```", "", *body(bound.__doc__)]
    return out


def page():
    """The page."""
    listed = [name for names in PARTS.values() for name in names]
    if sorted(listed) != sorted(linecall.__all__):
        raise SystemExit(f"PARTS and linecall.__all__ differ: {set(listed) ^ set(linecall.__all__)}")
    out = [HEAD]
    for part, names in PARTS.items():
        out += [f"## {part}", ""]
        if part == "Estimators":
            out += [THEIRS, ""]
        for name in names:
            out += entry(name)
    text = "\n".join(out)
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE} is out of date")
    PAGE.write_text(page(), encoding="utf-8")
