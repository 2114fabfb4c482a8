"""Tables in and out, of every kind."""

from __future__ import annotations

import gc
import resource
import threading
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
import weir
from conftest import ORDERS, Run

DECISION = 23


def plain(table: pyarrow.Table) -> dict[str, list[Any]]:
    """The columns, with texts for dictionaries."""
    return {name: table[name].to_pylist() for name in table.column_names}


@pytest.fixture(scope="session")
def decided(orders: pyarrow.Table) -> pyarrow.Table:
    return weir.decide(orders).to_arrow()


@pytest.fixture(scope="session")
def narrow(orders: pyarrow.Table) -> pyarrow.Table:
    """The order book with few columns, for many rows."""
    return orders.select(["line_id", "date", "destination", "quantity", "item.sku", "end_user.hq"])


def test_all_columns_are_those_of_the_program(
    run: Run, orders: pyarrow.Table, decided: pyarrow.Table, tmp_path: Path
) -> None:
    run("batch", ORDERS, "--output", tmp_path, "--format", "parquet")
    written = pyarrow.parquet.read_table(tmp_path / "orders.parquet")
    assert decided.column_names == written.column_names
    assert decided.column_names == orders.column_names + decided.column_names[-DECISION:]
    ours, theirs = plain(decided), plain(written)
    for name in decided.column_names[-DECISION:]:
        assert ours[name] == theirs[name], name
    assert set(ours["weir_written_outcome"]) > {"license_required", "unresolved"}


def test_rows_come_out_as_lines_do(
    rows: list[dict[str, Any]], decided: pyarrow.Table
) -> None:
    answers = [weir.check(row) for row in rows]
    assert decided["line_id"].to_pylist() == [answer["line_id"] for answer in answers]

    def joined(values: list[str]) -> str | None:
        return "; ".join(values) or None

    columns = plain(decided)
    assert columns["weir_classification"] == [joined(one["classification"]) for one in answers]
    for reading in ("written", "enforced"):
        found = [answer[reading] for answer in answers]
        column = f"weir_{reading}_"
        assert columns[column + "outcome"] == [one["outcome"] for one in found]
        assert columns[column + "policy"] == [one["policy"] for one in found]
        assert columns[column + "exceptions"] == [joined(one["exceptions"]) for one in found]
        assert columns[column + "missing"] == [joined(one["missing"]) for one in found]
        due = [joined([duty["rule"] for duty in one["obligations"]]) for one in found]
        assert columns[column + "obligations"] == due


def frames(orders: pyarrow.Table) -> list[tuple[str, Any]]:
    """The same table in all forms."""
    frame = orders.to_pandas()
    categories = frame.astype({"destination": "category", "item.sku": "category"})
    connection = duckdb.connect()
    connection.register("orders", orders)
    return [
        ("pyarrow table", orders),
        ("pyarrow batch", orders.combine_chunks().to_batches()[0]),
        ("pyarrow reader", orders.to_reader(max_chunksize=7)),
        ("pandas", frame),
        ("pandas with categories", categories),
        ("pandas with texts", frame.convert_dtypes()),
        ("polars", polars.from_arrow(orders)),
        ("polars lazy", polars.from_arrow(orders).lazy().collect()),
        ("duckdb", connection.sql("select * from orders")),
        ("decided before", weir.decide(orders, readings="written")),
    ]


def test_tables_of_every_kind_are_decided(orders: pyarrow.Table, decided: pyarrow.Table) -> None:
    expected = plain(decided)
    for kind, table in frames(orders):
        found = plain(weir.decide(table).to_arrow())
        for name in decided.column_names[-DECISION:]:
            assert found[name] == expected[name], (kind, name)
        assert list(found) == list(expected), kind


def test_answers_come_as_tables_of_every_kind(
    orders: pyarrow.Table, decided: pyarrow.Table
) -> None:
    column = "weir_enforced_outcome"
    expected = decided[column].to_pylist()
    frame = weir.decide(orders).to_pandas()
    assert isinstance(frame[column].dtype, pandas.CategoricalDtype)
    assert frame[column].tolist() == expected
    assert weir.decide(orders).to_polars()[column].to_list() == expected
    assert polars.DataFrame(weir.decide(orders))[column].to_list() == expected
    connection = duckdb.connect()
    relation = weir.decide(orders).to_duckdb(connection)
    counts = relation.aggregate(f"{column}, count(*)").fetchall()
    assert dict(counts) == {value: expected.count(value) for value in set(expected)}
    reader = weir.decide(orders).to_reader()
    assert reader.read_all()[column].to_pylist() == expected
    batches = [pyarrow.record_batch(batch) for batch in weir.decide(orders)]
    assert pyarrow.Table.from_batches(batches)[column].to_pylist() == expected
    texts = weir.decide(orders, categories=False).to_arrow()
    assert texts.schema.field(column).type == pyarrow.string()
    assert texts[column].to_pylist() == expected


def test_the_index_of_a_frame_stays(orders: pyarrow.Table) -> None:
    frame = orders.to_pandas().set_index("line_id")
    found = weir.decide(frame).to_pandas()
    assert found.index.equals(frame.index) and found.index.name == "line_id"


def test_columns_of_every_type() -> None:
    line = {"destination": "DE", "item.sku": "nvidia-h100-sxm", "exporter.informed": "none"}
    base = {name: [value] * 2 for name, value in line.items()}
    days = [date(2024, 6, 1), date(2025, 7, 1)]
    tables = [
        pyarrow.table({**base, "date": days, "quantity": [1, 2]}),
        pyarrow.table({**base, "date": [str(day) for day in days], "quantity": [1.0, 2.0]}),
        pyarrow.table(
            {
                **base,
                "date": pyarrow.array(days).cast(pyarrow.timestamp("ns")),
                "quantity": pyarrow.array([1, 2], pyarrow.uint8()),
            }
        ),
        pyarrow.table(
            {
                **{name: pyarrow.array(value, pyarrow.string_view()) for name, value in base.items()},
                "date": pyarrow.array(days).cast(pyarrow.timestamp("us", "UTC")),
                "quantity": pyarrow.array([1, 2], pyarrow.decimal128(20, 4)),
            }
        ),
    ]
    answers = [
        [weir.decide(table).to_arrow()[f"weir_{name}"].to_pylist() for name in ("classification", "written_missing")]
        for table in tables
    ]
    assert answers[0][0] == ["3A090.a"] * 2
    assert all(answer == answers[0] for answer in answers)


def test_lists_and_structs_are_facts() -> None:
    rows = [
        {
            "date": "2026-02-01",
            "destination": "CN",
            "item": {"sku": "nvidia-h200-sxm"},
            "end_user.listed": ["entity_list", "a_list"],
        },
        {"date": "2026-02-01", "destination": "CN", "item": None, "end_user.listed": []},
    ]
    table = pyarrow.Table.from_pylist(rows)
    for kind in (table, polars.DataFrame(rows)):
        found = weir.decide(kind).to_arrow()
        assert found.column_names[:4] == ["date", "destination", "item", "end_user.listed"]
        assert found["weir_classification"].to_pylist()[1] is None
        error = found["weir_error"].to_pylist()[0]
        assert error is not None and "end_user.listed" in error
    sound = weir.decide(table.drop_columns(["end_user.listed"])).to_arrow()
    assert sound["weir_classification"].to_pylist()[0] == "3A090.a"
    assert sound["item"].to_pylist() == [row["item"] for row in rows]


def test_columns_of_other_names_and_one_reading(
    orders: pyarrow.Table, decided: pyarrow.Table
) -> None:
    names = {"destination": "ship_to", "item.sku": "sku"}
    renamed = orders.rename_columns([names.get(name, name) for name in orders.column_names])
    found = weir.decide(renamed, map=names, readings="enforced").to_arrow()
    assert found.column_names[-13:][0] == "weir_classification"
    assert not any(name.startswith("weir_written") for name in found.column_names)
    for name in found.column_names[-13:]:
        assert found[name].to_pylist() == decided[name].to_pylist(), name


def test_a_column_that_is_called_almost_like_a_fact_is_named() -> None:
    table = pyarrow.table({"date": ["2024-06-01"], "Destinaton": ["DE"], "remark": [""]})
    with pytest.warns(UserWarning, match="column `Destinaton` is not taken: if `destination`") as told:
        weir.decide(table)
    assert [warning.filename for warning in told] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        weir.decide(table, map={"destination": "Destinaton"})


def test_a_law_of_ones_own(root: Path, orders: pyarrow.Table, decided: pyarrow.Table) -> None:
    path = root / "examples" / "scenarios" / "threshold-2400.md"
    column = "weir_written_outcome"
    other = weir.decide(orders, law=path).to_arrow()[column].to_pylist()
    assert other != decided[column].to_pylist()
    assert other == weir.decide(orders, law=weir.Law(path)).to_arrow()[column].to_pylist()


def test_what_is_not_known_keeps_a_row_open() -> None:
    table = polars.DataFrame(
        {"date": ["2024-06-01"] * 2, "destination": ["DE", None], "item.sku": ["nvidia-h100-sxm"] * 2}
    )
    found = weir.decide(table).to_polars()
    assert found["weir_written_outcome"].to_list() == ["unresolved", "unresolved"]
    assert "destination" in found["weir_written_missing"].to_list()[1]
    assert found["weir_error"].to_list() == [None, None]


def test_rows_that_cannot_be_decided() -> None:
    table = pyarrow.table({"date": ["2024-06-01", "yesterday", None], "destination": ["UK", "DE", "DE"]})
    found = weir.decide(table).to_arrow()
    errors = found["weir_error"].to_pylist()
    assert "bad_country" in errors[0] and "(column destination)" in errors[0]
    assert "bad_date" in errors[1] and "missing_date" in errors[2]
    assert found["weir_written_outcome"].to_pylist() == [None, None, None]
    with pytest.raises(weir.RowError, match="row 1: bad_country: .*column destination") as caught:
        weir.decide(table, strict=True).to_arrow()
    assert (caught.value.row, caught.value.code) == (1, "bad_country")
    late = pyarrow.table({"date": ["2024-06-01"] * 200_000 + ["never"]})
    for threads in (1, 3):
        with pytest.raises(weir.RowError, match="row 200001: bad_date"):
            weir.decide(late, strict=True, threads=threads).to_polars()
        with pytest.raises(weir.RowError, match="row 200001"):
            list(weir.decide(late, strict=True, threads=threads))
    with pytest.raises(Exception, match="row 200001: bad_date"):
        pyarrow.table(weir.decide(late, strict=True))


def test_columns_that_cannot_be_read() -> None:
    hours = pyarrow.array([3_600], pyarrow.time32("s"))
    table = pyarrow.table({"date": ["2024-06-01"], "destination": hours})
    with pytest.raises(weir.ColumnError, match="column `destination`: .*Time32") as caught:
        weir.decide(table)
    assert caught.value.column == "destination"
    with pytest.raises(weir.ColumnError, match="column `ship_to`: there is no such column"):
        weir.decide(table, map={"destination": "ship_to"})
    with pytest.raises(weir.WeirError, match="no fact `destinaton`; is `destination` meant"):
        weir.decide(table, map={"destinaton": "destination"})
    with pytest.raises(weir.ColumnError, match="column `destination`: a column of type Int64"):
        weir.decide(pyarrow.table({"date": ["2024-06-01"], "destination": [1]})).to_arrow()
    lists = pyarrow.array([["uvl"], [None], None], pyarrow.list_(pyarrow.string()))
    table = pyarrow.table({"date": ["2024-06-01"] * 3, "end_user.listed": lists})
    errors = weir.decide(table).to_arrow()["weir_error"].to_pylist()
    assert "bad_list" in errors[1] and (errors[0], errors[2]) == (None, None)
    twice = pyarrow.table([["a"], ["b"]], names=["date", "date"])
    with pytest.raises(weir.ColumnError, match="twice"):
        weir.decide(twice)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TypeError, match="builtins.list is no table"):
        weir.decide([{"date": "2024-06-01"}])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="weir.check"):
        weir.decide({"date": "2024-06-01"})  # type: ignore[arg-type]
    for series in (pyarrow.array([1]), polars.Series([1])):
        with pytest.raises(TypeError, match="is no table of columns"):
            weir.decide(series)
    with pytest.raises(TypeError, match=r"`collect\(\)` makes one"):
        weir.decide(polars.LazyFrame({"date": ["2024-06-01"]}))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`threads` is 1 or more"):
        weir.decide(pyarrow.table({"date": ["2024-06-01"]}), threads=0)
    with pytest.raises(weir.WeirError, match="`map =x` is not FACT=COLUMN"):
        weir.decide(pyarrow.table({"date": ["2024-06-01"]}), map={"": "x"})
    with pytest.raises(ValueError, match="`readings`"):
        weir.decide(pyarrow.table({"date": ["2024-06-01"]}), readings="both")  # type: ignore[arg-type]


def test_tables_without_rows_or_facts() -> None:
    nothing = pyarrow.table({"date": pyarrow.array([], pyarrow.string())})
    assert weir.decide(nothing).to_pandas().shape == (0, 1 + DECISION)
    for without in (pyarrow.table({}), pyarrow.table({"x": [1, 2]})):
        with pytest.raises(weir.ColumnError, match="column `date`: no column is this fact"):
            weir.decide(without)


def test_a_decided_table_is_read_once(orders: pyarrow.Table) -> None:
    decided = weir.decide(orders)
    assert decided.to_arrow().num_rows == 60
    for read in (decided.to_arrow, decided.to_polars, decided.to_reader):
        with pytest.raises(weir.WeirError, match="read already"):
            read()
    assert list(decided) == []


def test_threads_change_nothing(narrow: pyarrow.Table) -> None:
    many = pyarrow.concat_tables([narrow] * 400)
    assert many.num_rows == 24_000
    found = [
        weir.decide(many.to_reader(max_chunksize=1000), threads=threads, categories=False).to_arrow()
        for threads in (1, 2, 5)
    ]
    assert found[0].equals(found[1]) and found[0].equals(found[2])
    assert found[0]["line_id"].to_pylist() == many["line_id"].to_pylist()


def test_python_runs_on_while_rows_are_decided(narrow: pyarrow.Table) -> None:
    many = pyarrow.concat_tables([narrow] * 1000)
    ticks, done = 0, threading.Event()

    def work() -> None:
        weir.decide(many, threads=1).to_arrow()
        done.set()

    worker = threading.Thread(target=work)
    worker.start()
    while not done.wait(0.001):
        ticks += 1
    worker.join()
    assert ticks > 10


def test_a_stream_is_decided_in_flat_memory(narrow: pyarrow.Table) -> None:
    batch = pyarrow.concat_tables([narrow] * 500).combine_chunks().to_batches()[0]
    passed = 0

    def batches(count: int) -> Iterator[pyarrow.RecordBatch]:
        nonlocal passed
        for _ in range(count):
            passed += 1
            yield batch

    def peak_after(count: int) -> int:
        reader = pyarrow.RecordBatchReader.from_batches(batch.schema, batches(count))
        rows = sum(one.num_rows for one in weir.decide(reader).to_reader())
        assert rows == count * batch.num_rows
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    begun = weir.decide(pyarrow.RecordBatchReader.from_batches(batch.schema, batches(50)), threads=2)
    next(iter(begun))
    assert passed <= 2, "no more is read than is decided"
    few = peak_after(8)
    many = peak_after(40)
    # The answers of the difference would take some 100 MB.
    assert many - few < 30_000, f"{few} KiB, then {many} KiB"
