"""DataFrames of PySpark, on a local Spark."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pytest
import weir
import weir.spark
from pyspark.sql import DataFrame, SparkSession


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "7")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def frame(spark: SparkSession, orders: pyarrow.Table) -> DataFrame:
    return spark.createDataFrame(orders.to_pandas()).repartition(3)


def sorted_rows(table: pyarrow.Table) -> list[dict[str, object]]:
    return sorted(table.to_pylist(), key=lambda row: str(row["line_id"]))


def test_a_frame_is_decided_as_a_table(frame: DataFrame, orders: pyarrow.Table) -> None:
    decided = weir.spark.decide(frame)
    expected = weir.decide(orders, categories=False).to_arrow()
    assert decided.columns == expected.column_names
    assert sorted_rows(decided.toArrow()) == sorted_rows(expected)
    assert decided.filter("weir_written_outcome = 'license_required'").count() > 0


def test_the_law_travels_with_the_job(
    root: Path, frame: DataFrame, orders: pyarrow.Table
) -> None:
    law = weir.Law(root / "examples" / "scenarios" / "threshold-2400.md")
    column = "weir_written_outcome"
    names = [name.replace(".", "_") for name in frame.columns]
    batches = weir.spark.Batches(law=law, readings="written", names=frame.columns)
    schema = f"line_id string, {', '.join(f'`{name}` string' for name in batches.columns)}"
    found = frame.toDF(*names).mapInArrow(
        lambda inputs: (batch.select(["line_id", *batches.columns]) for batch in batches(inputs)),
        schema,
    )
    expected = weir.decide(orders, law=law, categories=False).to_arrow()
    expected = expected.select(["line_id", "weir_classification", column])
    asked = found.select("line_id", "weir_classification", column).toArrow()
    assert sorted_rows(asked) == sorted_rows(expected)
    shipped = weir.decide(orders, categories=False).to_arrow()
    assert expected[column].to_pylist() != shipped[column].to_pylist()


def test_columns_are_found_before_a_job_runs(frame: DataFrame) -> None:
    with pytest.raises(weir.ColumnError, match="column `ship_to`"):
        weir.spark.decide(frame, map={"destination": "ship_to"})
    lasting = frame.selectExpr("date", "make_dt_interval(1) as destination")
    with pytest.raises(weir.ColumnError, match="column `destination`"):
        weir.spark.decide(lasting)


def test_structs_are_facts(spark: SparkSession) -> None:
    rows = [("2026-02-01", "CN", ("nvidia-h200-sxm",))]
    schema = "date string, destination string, item struct<sku: string>"
    frame = spark.createDataFrame(rows, schema)
    decided = weir.spark.decide(frame)
    assert decided.columns[:3] == ["date", "destination", "item"]
    row = decided.first()
    assert (row["weir_classification"], row["item"]["sku"]) == ("3A090.a", "nvidia-h200-sxm")


def test_bad_rows_of_a_frame(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("2024-06-01", "UK")], "date string, destination string")
    error = weir.spark.decide(frame).first()["weir_error"]
    assert "bad_country" in error
    with pytest.raises(Exception, match="row 1: bad_country"):
        weir.spark.decide(frame, strict=True).collect()
