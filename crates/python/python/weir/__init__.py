"""Decides whether a shipment of AI chips needs a U.S. export license.

Tables (pandas, Polars, DuckDB, Arrow, PySpark), single lines and chips are decided by the same law
as by the program ``weir``, and come to the same answers:

>>> import weir
>>> weir.classify("nvidia-h200-sxm", date="2026-01-01")["classification"]
['3A090.a']

- :func:`decide` adds the decision to a table, as columns.
- :func:`check` decides one line, :func:`explain` shows everything that was tested for it.
- :func:`classify` says under which paragraphs a chip falls.
- :class:`Law` is the law that they use: the shipped one, or one with packs of your own.
- :mod:`weir.spark` does it to a DataFrame of PySpark.

Not legal advice.
"""

from ._law import Law, LawLike
from ._rows import check, classify, explain
from ._tables import Decided, decide
from ._weir import ColumnError, LawError, RowError, WeirError, __version__

__all__ = [
    "ColumnError",
    "Decided",
    "Law",
    "LawError",
    "LawLike",
    "RowError",
    "WeirError",
    "__version__",
    "check",
    "classify",
    "decide",
    "explain",
]
