"""The notebooks of the guide run, and print what they show."""

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")
pytest.importorskip("pandas")

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def printed(cell):
    """What a cell prints and what its last line is, as text; pictures are left out."""
    text = "".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
        if "image/png" not in output.get("data", {})
    )
    return [line.rstrip() for line in text.splitlines()]


def test_there_are_notebooks():
    assert {path.stem for path in NOTEBOOKS} == {"credit", "sklearn-pipeline"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_prints_what_it_shows(path):
    shown = nbformat.read(path, as_version=4)
    again = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        again, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    client.execute()
    assert any(printed(cell) for cell in shown.cells)
    for number, (was, now) in enumerate(zip(shown.cells, again.cells)):
        if was.cell_type == "code":
            assert printed(now) == printed(was), f"cell {number} of {path.name}"
            # Nothing but what it is there to say: no warning of a library.
            assert not any(output.get("name") == "stderr" for output in was.outputs)
