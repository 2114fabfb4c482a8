"""The compiled part of ``weir``."""

from ._tables import ArrowArray, ArrowStream, Table

__version__: str

_Document = tuple[str, str]
State = tuple[_Document, list[_Document], list[str], list[_Document]]

class WeirError(ValueError):
    """Something that weir cannot do."""

class LawError(WeirError):
    """A law that cannot be read or used."""

class ColumnError(WeirError):
    """A column that cannot be read."""

    column: str | None

class RowError(WeirError):
    """A row that cannot be decided.

    ``code`` is a stable word such as ``bad_date``; ``column`` and ``hint`` are of single lines, ``row``
    (from 1) is of tables.
    """

    code: str | None
    column: str | None
    hint: str | None
    row: int | None

class Library:
    """A law with its catalogue. Lines and answers are JSON."""

    @staticmethod
    def open(
        paths: list[str],
        packs: list[_Document],
        assume: list[str],
        parts: list[_Document],
    ) -> Library: ...
    @staticmethod
    def restore(state: State, hash: str) -> Library: ...
    def state(self) -> State: ...
    @property
    def hash(self) -> str: ...
    @property
    def packs(self) -> list[str]: ...
    @property
    def verified_through(self) -> str: ...
    @property
    def facts(self) -> list[str]: ...
    def nearest(self, name: str) -> str | None: ...
    def check(self, line: str, chinese: bool) -> str: ...
    def explain(self, line: str, all: bool, chinese: bool) -> str: ...
    def classify(self, line: str) -> str: ...

class Decider:
    """What decides tables."""

    def __init__(
        self,
        library: Library,
        mapping: list[str],
        readings: list[str],
        dictionaries: bool,
        strict: bool,
    ) -> None: ...
    def added(self) -> list[str]: ...
    def stream(self, table: Table, threads: int) -> Stream: ...
    def batch(self, batch: ArrowArray, before: int) -> ArrowArray: ...

class Stream:
    """A table that is decided as it is read. It can be read once."""

    alike: dict[str, str]

    def reader(self) -> ArrowStream: ...
    def collect(self) -> ArrowStream: ...
    def next(self) -> ArrowArray | None: ...
