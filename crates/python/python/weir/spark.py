"""Decides DataFrames of PySpark, with ``mapInArrow``.

Every executor needs this package in the same version; the law travels with the job, and an executor
that comes to another hash refuses to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import _law
from ._law import Law, LawLike
from ._tables import READINGS, Reading, _readings, made
from ._weir import Decider

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame

__all__ = ["Batches", "decide"]


class Batches:
    """The function that ``mapInArrow`` takes: batches in, batches with their decisions out.

    It can be pickled, and reads its law once in every process. ``mapInArrow`` takes no column that has
    a dot in its name: give the columns other names before it, and say with ``names`` which they have,
    in order.
    """

    def __init__(
        self,
        *,
        law: LawLike | None = None,
        map: Mapping[str, str] | None = None,
        readings: Reading | Iterable[Reading] = READINGS,
        strict: bool = False,
        names: Iterable[str] | None = None,
    ) -> None:
        self.names = None if names is None else list(names)
        self.law: Law = _law.of(law)
        self.map = dict(map or {})
        self.readings = _readings(readings)
        self.strict = strict
        self._decider: Decider | None = made(self.law, self.map, self.readings, False, strict)

    @property
    def columns(self) -> list[str]:
        """The columns that are added, all of them texts."""
        return self._made().added()

    def __call__(self, batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        """Decides batches one after another."""
        import pyarrow

        decider = self._made()
        before = 0
        for batch in batches:
            if self.names is not None:
                batch = batch.rename_columns(self.names)
            yield pyarrow.record_batch(decider.batch(batch, before))
            before += batch.num_rows

    def _made(self) -> Decider:
        # What decides is made anew in every process.
        if self._decider is None:
            self._decider = made(self.law, self.map, self.readings, False, self.strict)
        return self._decider

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_decider": None}


def decide(
    frame: DataFrame,
    *,
    law: LawLike | None = None,
    map: Mapping[str, str] | None = None,
    readings: Reading | Iterable[Reading] = READINGS,
    strict: bool = False,
) -> DataFrame:
    """Decides every row of a DataFrame of PySpark, as :func:`weir.decide` does a table.

    The columns that came in are kept, those of the decision come behind them as texts. With
    ``strict`` a row that cannot be decided fails its task; the row is counted within its partition.

    Raises :class:`weir.ColumnError`, before anything runs, where a column is missing or of a type
    that its fact cannot have.
    """
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.sql.types import StringType, StructField, StructType

    names = frame.columns
    batches = Batches(law=law, map=map, readings=readings, strict=strict, names=names)
    every = made(batches.law, batches.map, READINGS, False, strict)
    # No row is decided: a column that cannot be read is found before a job runs.
    every.stream(to_arrow_schema(frame.schema).empty_table(), 1)
    fields = [field for field in frame.schema.fields if field.name not in every.added()]
    fields += [StructField(name, StringType()) for name in batches.columns]
    # `mapInArrow` looks columns up by name, and takes what follows a dot for a part of one.
    plain = frame.toDF(*(f"column_{at}" for at in range(len(names))))
    return plain.mapInArrow(batches, StructType(fields))
