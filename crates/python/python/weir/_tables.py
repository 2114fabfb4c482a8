"""Whole tables, through the Arrow PyCapsule interface."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, Union

from . import _law
from ._law import LawLike
from ._weir import Decider, Stream

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow

Reading = Literal["written", "enforced"]
READINGS: tuple[Reading, ...] = ("written", "enforced")


class ArrowStream(Protocol):
    """A table that can be read through the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A capsule with an ``ArrowArrayStream``."""


class ArrowArray(Protocol):
    """A batch that can be read through the Arrow PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """Two capsules, with an ``ArrowSchema`` and an ``ArrowArray``."""


#: What can be decided: a DataFrame of pandas or Polars, a relation of DuckDB, a table, a reader or a
#: batch of pyarrow, and whatever else speaks the Arrow PyCapsule interface.
Table = Union[ArrowStream, ArrowArray]


class Decided:
    """A table with its decisions, decided while it is read.

    It can be read once: by one of its methods, by a loop over its batches, or by whatever takes the
    Arrow PyCapsule interface (``pyarrow.table(decided)``, ``polars.DataFrame(decided)``). Rows come
    in their order, and memory does not grow with their number where the table itself is a stream.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __repr__(self) -> str:
        return "<weir.Decided: a table that is decided when it is read>"

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as an Arrow stream."""
        return self._stream.reader().__arrow_c_stream__(requested_schema)

    def __iter__(self) -> Iterator[ArrowArray]:
        """The batches, each to be read through the Arrow PyCapsule interface."""
        while (batch := self._stream.next()) is not None:
            yield batch

    def to_arrow(self) -> pyarrow.Table:
        """All rows as a table of pyarrow."""
        import pyarrow

        return pyarrow.table(self._stream.collect())

    def to_reader(self) -> pyarrow.RecordBatchReader:
        """A reader of pyarrow, for tables that are larger than memory."""
        import pyarrow

        return pyarrow.RecordBatchReader.from_stream(self)

    def to_pandas(self) -> pandas.DataFrame:
        """All rows as a DataFrame of pandas; texts of decisions are categories."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """All rows as a DataFrame of Polars; texts of decisions are categories."""
        import polars

        return polars.DataFrame(self._stream.collect())

    def to_duckdb(
        self, connection: duckdb.DuckDBPyConnection | None = None
    ) -> duckdb.DuckDBPyRelation:
        """All rows as a relation of DuckDB, of a connection or of the default one."""
        import duckdb

        return (connection or duckdb).from_arrow(self.to_arrow())


def decide(
    table: Table,
    *,
    law: LawLike | None = None,
    map: Mapping[str, str] | None = None,
    readings: Reading | Iterable[Reading] = READINGS,
    strict: bool = False,
    categories: bool = True,
    threads: int | None = None,
) -> Decided:
    """Decides every row of a table, each for itself, as ``weir batch`` does.

    ``table`` is a DataFrame of pandas or Polars, a relation of DuckDB, a table, a reader or a batch
    of pyarrow, or anything else with ``__arrow_c_stream__`` or ``__arrow_c_array__``. A column is the
    fact of its own name, if there is one (``weir.Law().facts``); structs hold facts by their path.
    All columns are kept, and the decision's columns come behind them: ``weir_classification``,
    ``weir_written_outcome``, ... (docs/guide/deciding-tables.md). A null is a fact that is not known.

    - ``law``: a :class:`Law`, or paths or texts of packs that join the shipped law or replace its
      own; the shipped law by default.
    - ``map``: facts and the columns that hold them, where those have other names.
    - ``readings``: ``"written"``, ``"enforced"`` or both.
    - ``strict``: raise :class:`RowError` at the first row that cannot be decided. Otherwise such a
      row has the reason in ``weir_error`` and no decision.
    - ``categories``: whether texts come as dictionaries, which take less room, or plain.
    - ``threads``: how many decide; all cores by default. The answer does not depend on it.

    >>> import pyarrow
    >>> orders = pyarrow.table({"date": ["2024-06-01"], "destination": ["DE"],
    ...                         "item.sku": ["nvidia-h100-sxm"]})
    >>> decide(orders).to_arrow()["weir_classification"].to_pylist()
    ['3A090.a']

    Raises :class:`ColumnError` where a column is missing or of a type that its fact cannot have, and
    warns of a column that is called almost like a fact and is none.
    """
    decider = made(law, map, readings, categories, strict)
    if not hasattr(table, "__arrow_c_stream__") and not hasattr(table, "__arrow_c_array__"):
        raise TypeError(_unreadable(table))
    if threads is not None and threads < 1:
        raise ValueError(f"`threads` is 1 or more, not {threads}")
    stream = decider.stream(table, threads or _cores())
    for column, fact in stream.alike.items():
        warnings.warn(
            f"column `{column}` is not taken: if `{fact}` is meant, say map={{{fact!r}: {column!r}}}",
            stacklevel=2,
        )
    return Decided(stream)


def made(
    law: LawLike | None,
    map: Mapping[str, str] | None,
    readings: Reading | Iterable[Reading],
    categories: bool,
    strict: bool,
) -> Decider:
    """What decides tables in that manner."""
    pairs = [f"{fact}={column}" for fact, column in (map or {}).items()]
    return Decider(_law.of(law)._core, pairs, list(_readings(readings)), categories, strict)


def _readings(readings: Reading | Iterable[Reading]) -> tuple[Reading, ...]:
    asked = (readings,) if isinstance(readings, str) else tuple(readings)
    unknown = [reading for reading in asked if reading not in READINGS]
    if unknown or not asked:
        what = repr(unknown[0]) if unknown else "nothing"
        raise ValueError(f"`readings` is `written`, `enforced` or both, not {what}")
    return asked


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _unreadable(table: Any) -> str:
    of = type(table)
    name = f"{of.__module__}.{of.__name__}"
    if of.__module__.startswith("pyspark."):
        return "a DataFrame of PySpark is decided by `weir.spark.decide`"
    if of.__module__.startswith("pandas."):
        return f"{name} has no `__arrow_c_stream__`: pandas 2.2 or later with pyarrow has"
    if of.__name__ == "LazyFrame":
        return f"{name} is no table yet: `collect()` makes one"
    if isinstance(table, Mapping):
        return "one row is decided by `weir.check`; for columns, take `pyarrow.table(...)`"
    return f"{name} is no table with `__arrow_c_stream__`; `pyarrow.table(...)` makes one"
