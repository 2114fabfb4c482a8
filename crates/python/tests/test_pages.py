"""That examples in docstrings, in the guide and in the notebook run and say what they show, and that
the types of the package are right."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import nbformat
import pytest
import weir

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", ["weir", "weir._law", "weir._rows", "weir._tables"])
def test_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    done = doctest.testmod(module, optionflags=FLAGS)
    assert done.attempted > 0 and done.failed == 0


def test_everything_public_has_a_docstring() -> None:
    for name in weir.__all__:
        thing = getattr(weir, name)
        if not isinstance(thing, (type, types.FunctionType)):
            continue
        assert thing.__doc__, name
        members = vars(thing).items() if isinstance(thing, type) else []
        for member, value in members:
            if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                assert value.__doc__, f"{name}.{member}"


@pytest.mark.parametrize("page", ["docs/guide/python.md", "crates/python/README.md"])
def test_pages(page: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    text = (root / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```pycon\n(.*?)```", text, flags=re.DOTALL)
    assert blocks
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page, page, 0)
    done = doctest.DocTestRunner(optionflags=FLAGS).run(test)
    assert done.attempted > 3 and done.failed == 0


def test_the_notebook_says_what_it_shows(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "examples")
    notebook = nbformat.read(root / "examples" / "decide.ipynb", as_version=4)
    nbformat.validate(notebook)
    names: dict[str, Any] = {}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) > 4
    for cell in cells:
        shown = [output for output in cell.outputs if output.output_type == "execute_result"]
        found = run_cell(cell.source, names)
        expected = shown[0].data["text/plain"] if shown else None
        assert (None if found is None else repr(found)) == expected, cell.source


def run_cell(source: str, names: dict[str, Any]) -> Any:
    """Runs a cell; the value of its last line, if that has one."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def test_types_are_right(root: Path, tmp_path: Path) -> None:
    user = tmp_path / "user.py"
    user.write_text(
        "import weir\n"
        "import weir.spark\n"
        "outcome: str = weir.check({'date': '2026-01-01'})['written']['outcome']\n"
        "law = weir.Law('packs', assume={'end_use': 'civil'})\n"
        "through: int = law.verified_through.year\n"
        "def decided(table: weir.Decided) -> weir.Decided:\n"
        "    return weir.decide(table, law=law, readings='written')\n"
    )
    bad = tmp_path / "bad.py"
    bad.write_text("import weir\nweir.decide([1], readings='written')\nweir.Law().hash + 1\n")
    project = root / "crates" / "python"

    def checked(*paths: Path) -> subprocess.CompletedProcess[str]:
        settings = ["--config-file", project / "pyproject.toml", "--cache-dir", tmp_path / "cache"]
        words = [sys.executable, "-m", "mypy", *settings, *paths]
        return subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)

    package = Path(weir.__file__).parent
    assert (package / "py.typed").exists()
    good = checked(project / "python" / "weir", user)
    assert good.returncode == 0, good.stdout
    found = checked(bad)
    assert found.returncode == 1 and found.stdout.count("error:") == 2, found.stdout
