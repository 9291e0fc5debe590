"""Versions of the peers and the machine."""
import functools
import importlib.metadata
import platform
import re
import subprocess

from .settings import LINECALL, ROOT


def _said(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).strip()


@functools.cache
def of(kind):
    """The version of what is behind a kind of worker; empty where it is not installed."""
    if kind == "linecall":
        said = _said(str(LINECALL), "--version").split() or ["?"]
        commit = _said("git", "-C", str(ROOT), "describe", "--always", "--dirty")
        return f"{said[-1]} ({commit})" if commit else said[-1]
    if kind == "glmnet":
        script = "cat(as.character(packageVersion('glmnet')), as.character(getRversion()))"
        found = re.fullmatch(r"(\S+) (\S+)", _said("Rscript", "--vanilla", "-e", script))
        return f"{found[1]} (R {found[2]})" if found else ""
    if kind == "liblinear":
        found = re.search(r"ii\s+liblinear4\S*\s+(\S+)", _said("dpkg", "-l", "liblinear4"))
        return found[1] if found else ""
    try:
        return importlib.metadata.version({"sklearn": "scikit-learn"}.get(kind, kind))
    except importlib.metadata.PackageNotFoundError:
        return ""


def machine():
    """The CPU's model and the number of cores."""
    text = open("/proc/cpuinfo", encoding="utf-8").read()
    model = re.search(r"model name\s*:\s*(.*)", text)
    cores = len(re.findall(r"^processor", text, re.MULTILINE))
    memory = re.search(r"MemTotal:\s*(\d+)", open("/proc/meminfo", encoding="utf-8").read())
    return {"cpu": model[1].strip() if model else platform.processor(), "cores": cores,
            "memory_gib": round(int(memory[1]) / 2 ** 20)}


def table():
    """Name and version of everything that takes part."""
    kinds = {"linecall": "linecall", "LIBLINEAR": "liblinear", "scikit-learn": "sklearn",
             "Snap ML": "snapml", "glmnet": "glmnet", "skglm": "skglm", "numpy": "numpy",
             "scipy": "scipy", "numba": "numba", "polars": "polars"}
    found = {name: of(kind) or "not installed" for name, kind in kinds.items()}
    return found | {"Python": platform.python_version()}
