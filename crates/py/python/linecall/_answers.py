"""Answers as objects: the facade's own documents and pages."""

from __future__ import annotations

import html as _html
import json
import os


class Answer:
    """An answer to a question about a model.

    The answer is a document, the same that the command prints with ``--json`` (``docs/json.md`` says
    what each key means). ``answer["key"]`` looks into it; a notebook shows its page.

    Attributes
    ----------
    kind : str
        The question: 'challenge', 'recourse', 'audit', 'multiplicity', 'fairness', 'explain',
        'inference', 'diagnose' or 'forget'.
    document : dict
        The answer.
    model : Model or None
        The model that the answer made: of 'forget', the one without the rows.
    """

    def __init__(self, kind, document, page=None, model=None):
        self.kind, self.document, self.model = kind, document, model
        self._page = page

    def __getitem__(self, key):
        return self.document[key]

    def keys(self):
        """Keys of the document."""
        return self.document.keys()

    def __repr__(self):
        keys = ", ".join(self.document)
        return f"<linecall {self.kind}: {keys}>"

    def to_json(self, *, indent=2):
        """The document as JSON.

        Parameters
        ----------
        indent : int or None, default=2
            Spaces of indentation.

        Returns
        -------
        text : str
            JSON.
        """
        return json.dumps(self.document, indent=indent)

    def to_frame(self):
        """The heart of the answer as a table.

        Returns
        -------
        table : pandas.DataFrame or polars.DataFrame
            Of pandas where it is installed, else of polars.
        """
        rows = _ROWS[self.kind](self.document)
        try:
            import pandas

            return pandas.DataFrame(rows)
        except ImportError:
            pass
        try:
            import polars

            return polars.DataFrame(rows, strict=False)
        except ImportError:
            raise ImportError("to_frame needs pandas or polars; install one of them") from None

    def to_html(self):
        """The answer as a page of its own.

        Returns
        -------
        page : str
            HTML that needs nothing else.
        """
        if self._page is not None and self._page.lstrip().startswith("<svg"):
            return _PAGE.format(title=self.kind, body=self._page + _table(self))
        return self._page or _PAGE.format(title=self.kind, body=_table(self))

    def save_html(self, path):
        """Write the page.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        with open(os.fspath(path), "w", encoding="utf-8") as file:
            file.write(self.to_html())

    def _repr_html_(self):
        # A frame of its own keeps the page's style and script apart from the notebook's.
        page = _html.escape(self.to_html(), quote=True)
        return (
            f'<iframe srcdoc="{page}" sandbox="allow-scripts" '
            'style="width:100%;height:640px;border:1px solid #ccc"></iframe>'
        )

    def plot(self, ax=None):
        """Draw the heart of the answer with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        ax : matplotlib.axes.Axes
            What was drawn on.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise ImportError("plot needs matplotlib; install it, or take to_frame()") from None
        if ax is None:
            import matplotlib.pyplot as pyplot

            _, ax = pyplot.subplots()
        assert Figure is not None
        _PLOTS[self.kind](self.document, ax)
        return ax


_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    "<style>body{{font-family:system-ui,sans-serif;margin:1.5em}}table{{border-collapse:collapse}}"
    "td,th{{padding:.25em .8em;border-bottom:1px solid #ddd;text-align:left}}</style>"
    "<body><h1>{title}</h1>{body}</body></html>"
)


def _shown(value):
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)


def _table(answer):
    rows = _ROWS[answer.kind](answer.document)
    if not rows:
        return "<p>Nothing.</p>"
    head = "".join(f"<th>{_html.escape(str(key))}</th>" for key in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{_html.escape(_shown(v))}</td>" for v in row.values()) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _given(part):
    """A part of a document, or an error that says why it could not be answered."""
    if isinstance(part, dict) and set(part) == {"unavailable"}:
        from ._linecall import Error

        raise Error(part["unavailable"])
    return part


# -- rows -----------------------------------------------------------------------------------------


def _contributions(document):
    called = document["call"]["class"]
    parts = _given(document["contributions"])
    part = next((p for p in parts if p["class"] == called), parts[0])
    return [
        {"column": c["column"], "value": c["value"], "contribution": c["contribution"]}
        for c in part["columns"]
    ]


def _ways(document):
    part = _given(document["recourse"]) if "recourse" in document else document
    rows = []
    for number, way in enumerate(part.get("ways", []), 1):
        for change in way["changes"]:
            rows.append(
                {
                    "way": number,
                    "column": change["column"],
                    "from": change["from"],
                    "to": change["to"],
                    "cost": way["cost"],
                    "score": way["score"],
                    "probability": way.get("probability"),
                }
            )
    return rows


def _figures(fairness):
    rows = []
    for part in fairness:
        for group in part["groups"]:
            row = {"column": part["column"], "group": group["group"], "rows": group["rows"]}
            for name in ("favourable", "true_positive_rate", "false_positive_rate", "accuracy"):
                rate = group.get(name) or {}
                row[name] = rate.get("value")
                row[f"{name}_low"], row[f"{name}_high"] = rate.get("low"), rate.get("high")
            rows.append(row)
    return rows


def _audit(document):
    recourse = document["recourse"]
    if set(recourse) == {"unavailable"}:
        return [{"group": "all", "rows": document["rows"], "unavailable": recourse["unavailable"]}]

    def row(column, group, of):
        return {
            "column": column,
            "group": group,
            "rows": of["rows"],
            "asking": of["asking"],
            "feasible": of["feasible"],
            "median_cost": of["quantiles"][2],
        }

    rows = [row(None, "all", recourse["all"])]
    for by in recourse.get("by_group", []):
        rows += [row(by["column"], g.get("group"), g.get("summary", g)) for g in by["groups"]]
    return rows


def _curve(document):
    return [
        {
            "epsilon": point["epsilon"],
            **{
                f"{name}_{end}": point[name][end]
                for name in ("ambiguity", "discrepancy")
                for end in ("lower", "upper")
            },
        }
        for point in document["curve"]
    ]


def _weights(document):
    return [
        {"class": one.get("class"), "column": c["column"], "value": c["value"], "weight": c["weight"]}
        for one in document["explanations"]
        for c in one["columns"]
    ]


def _intervals(document):
    return [
        {"method": table["method"], **{k: v for k, v in row.items() if not isinstance(v, (dict, list))}}
        for table in document["tables"]
        for row in table["rows"]
    ]


def _flat(document):
    return [
        {"key": key, "value": json.dumps(value) if isinstance(value, (dict, list)) else value}
        for key, value in document.items()
    ]


_ROWS = {
    "challenge": _contributions,
    "recourse": _ways,
    "audit": _audit,
    "multiplicity": _curve,
    "fairness": lambda document: _figures(document["fairness"]),
    "explain": _weights,
    "inference": _intervals,
    "diagnose": _flat,
    "forget": _flat,
}


# -- pictures -------------------------------------------------------------------------------------


def _bars(rows, label, value, ax, most=20):
    rows = sorted(rows, key=lambda row: -abs(row[value]))[:most][::-1]
    ax.barh([str(label(row)) for row in rows], [row[value] for row in rows])
    ax.axvline(0, linewidth=0.8, color="black")


def _plot_contributions(document, ax):
    _bars(_contributions(document), lambda r: f"{r['column']} = {r['value']}", "contribution", ax)
    ax.set_xlabel(f"adds to the score of {document['call']['class']}")


def _plot_ways(document, ax):
    cost = {}
    for row in _ways(document):
        cost.setdefault(row["way"], [row["cost"], []])[1].append(f"{row['column']} to {row['to']}")
    names = ["; ".join(changes) for _, changes in cost.values()][::-1]
    ax.barh(names, [own for own, _ in cost.values()][::-1])
    ax.set_xlabel("cost")


def _plot_rates(document, ax):
    rows = _figures(document["fairness"])
    at = range(len(rows))
    value = [row["favourable"] or 0.0 for row in rows]
    error = [
        [v - (row["favourable_low"] or 0.0) for v, row in zip(value, rows)],
        [(row["favourable_high"] or 0.0) - v for v, row in zip(value, rows)],
    ]
    ax.barh(list(at), value, xerr=error)
    ax.set_yticks(list(at), [f"{row['column']} = {row['group']}" for row in rows])
    ax.set_xlabel("share called as wished")


def _plot_curve(document, ax):
    rows = _curve(document)
    epsilon = [row["epsilon"] for row in rows]
    for name in ("ambiguity", "discrepancy"):
        low, high = [r[f"{name}_lower"] for r in rows], [r[f"{name}_upper"] for r in rows]
        ax.fill_between(epsilon, low, high, alpha=0.3)
        ax.plot(epsilon, low, label=name)
    ax.set_xlabel("epsilon")
    ax.set_ylabel("share of rows")
    ax.legend()


def _plot_audit(document, ax):
    curve = _given(document["recourse"])["curve"]
    ax.step([cost for cost, _ in curve], [share for _, share in curve], where="post")
    ax.set_xlabel("cost")
    ax.set_ylabel("share with a way within it")


def _plot_weights(document, ax):
    _bars(_weights(document), lambda r: f"{r['column']} = {r['value']}", "weight", ax)
    ax.set_xlabel("weight")


def _plot_intervals(document, ax):
    rows = [row for row in _intervals(document) if row.get("coef") is not None][::-1]
    at = list(range(len(rows)))
    low = [row["coef"] - row.get("low", row["coef"]) for row in rows]
    high = [row.get("high", row["coef"]) - row["coef"] for row in rows]
    ax.errorbar([row["coef"] for row in rows], at, xerr=[low, high], fmt="o")
    ax.set_yticks(at, [f"{row['term']} ({row['method']})" for row in rows])
    ax.axvline(0, linewidth=0.8, color="black")
    ax.set_xlabel("coefficient")


def _no_picture(document, ax):
    raise NotImplementedError("this answer has no picture; save_html writes its page")


_PLOTS = {
    "challenge": _plot_contributions,
    "recourse": _plot_ways,
    "audit": _plot_audit,
    "multiplicity": _plot_curve,
    "fairness": _plot_rates,
    "explain": _plot_weights,
    "inference": _plot_intervals,
    "diagnose": _no_picture,
    "forget": _no_picture,
}
