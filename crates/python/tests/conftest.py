"""What several tests need: the program, the order book of the examples."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest

ROOT = Path(__file__).resolve().parents[3]
ORDERS = ROOT / "examples" / "orders.csv"

Run = Callable[..., str]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs the program `weir` that `WEIR` names, and gives what it writes."""
    program = os.environ.get("WEIR")
    assert program, "WEIR names the program to compare with, built with --features batch"

    def run(*arguments: object) -> str:
        words = [program, *(str(argument) for argument in arguments)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 3), done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    """The order book, a line each; an empty cell is not there."""
    with ORDERS.open(newline="", encoding="utf-8") as file:
        return [{key: cell for key, cell in row.items() if cell} for row in csv.DictReader(file)]


@pytest.fixture(scope="session")
def orders() -> pyarrow.Table:
    """The order book as a table of texts."""
    with ORDERS.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    columns = {key: [row[key] for row in found] for key in found[0]}
    return pyarrow.table(columns)


@pytest.fixture(scope="session")
def lines(rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The order book as JSON Lines."""
    path = tmp_path_factory.mktemp("orders") / "orders.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
