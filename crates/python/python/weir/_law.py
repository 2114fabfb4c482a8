"""The law that answers come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from . import _values
from ._weir import LawError, Library, __version__

if TYPE_CHECKING:
    from ._weir import State


class Law:
    """A law with its catalogue of chips, read once and used for many answers.

    ``sources`` join the shipped law or replace its packs, as ``weir --law`` does: a folder of packs,
    the path of a pack, or the text of one (a text has a line break, a path has none). ``assume``
    holds facts that are taken for granted on every line where they are not given (``--assume``),
    ``parts`` the paths of more vendors' tables (``--parts``).

    A law can be pickled. It then carries its packs by value and their hash, so that another process
    decides by the same law or refuses.

    >>> Law().packs[0]
    'us.ear.china-2022'
    """

    _core: Library

    def __init__(
        self,
        *sources: str | os.PathLike[str],
        assume: Mapping[str, Any] | None = None,
        parts: Iterable[str | os.PathLike[str]] = (),
    ) -> None:
        paths: list[str] = []
        packs: list[tuple[str, str]] = []
        for source in sources:
            if isinstance(source, str) and "\n" in source:
                packs.append((f"pack {len(packs) + 1}", source))
            else:
                paths.append(os.fspath(source))
        assumed = [f"{fact}={_values.text(fact, value)}" for fact, value in (assume or {}).items()]
        tables = []
        for path in parts:
            try:
                tables.append((str(path), Path(path).read_text(encoding="utf-8")))
            except OSError as why:
                raise LawError(f"cannot read `{os.fspath(path)}`: {why.strerror}") from why
        self._core = Library.open(paths, packs, assumed, tables)

    @property
    def hash(self) -> str:
        """A hash of all that answers depend on: version, packs, vocabulary, tables, assumptions."""
        return self._core.hash

    @property
    def packs(self) -> list[str]:
        """The ids of the packs."""
        return self._core.packs

    @property
    def facts(self) -> list[str]:
        """The names of all facts: what a column or a key can be called."""
        return self._core.facts

    @property
    def verified_through(self) -> date:
        """The last day through which the packs were checked against the law."""
        return date.fromisoformat(self._core.verified_through)

    def __repr__(self) -> str:
        return f"<weir.Law of {len(self.packs)} packs, {self.hash[:12]}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Law) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def __reduce__(self) -> tuple[Callable[..., Law], tuple[State, str, str]]:
        return _restored, (self._core.state(), self.hash, __version__)


#: What stands for a law: one, a path or text of a pack, or several of them.
LawLike: TypeAlias = Union[Law, str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]]

_KEPT: dict[str, Law] = {}
_KEPT_MOST = 8


def _restored(state: State, hash: str, version: str) -> Law:
    if version != __version__:
        raise LawError(
            f"this law was pickled by weir {version}, and this is weir {__version__}\n\n"
            "hint: install the same version of weir in both places"
        )
    if hash not in _KEPT:
        law = Law.__new__(Law)
        law._core = Library.restore(state, hash)
        while len(_KEPT) >= _KEPT_MOST:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[hash] = law
    return _KEPT[hash]


@lru_cache(maxsize=1)
def _shipped() -> Law:
    return Law()


def of(law: LawLike | None) -> Law:
    """The law that an argument means."""
    if law is None:
        return _shipped()
    if isinstance(law, Law):
        return law
    if isinstance(law, (str, os.PathLike)):
        return Law(law)
    if not isinstance(law, Iterable):
        raise TypeError("a law is a weir.Law, the path or the text of a pack, or several of these")
    return Law(*law)
