"""Single lines, and chips."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date as Date
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, Literal

from . import _law, _values
from ._law import LawLike
from ._weir import RowError, WeirError

Language = Literal["en", "zh"]


def check(
    row: Mapping[str, Any], *, law: LawLike | None = None, lang: Language = "en"
) -> dict[str, Any]:
    """Decides one line: what ``weir check --format jsonl`` writes of it.

    ``row`` maps facts to values, as a line of JSON does: ``{"date": "2026-03-01", "destination":
    "SG", "item.sku": "nvidia-h200-sxm", ...}``. ``None`` and NaN are facts that are not known.
    The keys of the answer are described in docs/reference/output.md.

    >>> answer = check({"date": "2026-03-01", "destination": "CN", "item.sku": "nvidia-b200"})
    >>> answer["written"]["outcome"], answer["written"]["because"][0]["rule"]
    ('license_required', '3a090-a-1')

    Raises :class:`RowError` where the line cannot be decided.
    """
    return _answer(_law.of(law)._core.check(_values.line(row), _is_chinese(lang)))


def explain(
    row: Mapping[str, Any],
    *,
    law: LawLike | None = None,
    all: bool = False,
    lang: Language = "en",
) -> dict[str, Any]:
    """Explains one line: what ``weir explain --format json`` writes of it.

    The answer has the ``determination`` that :func:`check` gives, the ``trace`` of everything that
    was tested with the values seen (with ``all``, what did not matter too), and ``flips``, the
    smallest changes of fact that would change the answer.

    Raises :class:`RowError` where the line cannot be decided.
    """
    return _answer(_law.of(law)._core.explain(_values.line(row), all, _is_chinese(lang)))


def classify(
    chip: str | Mapping[str, Any],
    *,
    date: str | Date | None = None,
    law: LawLike | None = None,
) -> dict[str, Any]:
    """Says under which paragraphs of the control list a chip falls.

    ``chip`` is a key of the catalogue (``weir chips list``), or a mapping of facts of the item, whose
    names may leave out ``item.``: ``{"kind": "chip", "tpp": 2300, "die_area_mm2": 800,
    "datacenter": True}``. ``date`` is the day; today in UTC by default.

    The answer has

    - ``as_of``, the day; ``classification``, the paragraphs on it; ``open``, whether there may be
      others if more were known;
    - ``tpp``, the total processing performance, and ``performance_density``, per mm²: int or
      Decimal, exact but for a density without end, which is cut after six decimals; ``None`` if not known;
    - ``unknown``, the facts that would settle the paragraphs that are open;
    - ``versions``, the paragraphs under every version of the law;
    - ``thresholds``, each limb of a paragraph with the distance to its thresholds.

    >>> chip = classify({"kind": "chip", "tpp": 2300, "datacenter": True}, date="2026-01-01")
    >>> chip["tpp"], chip["classification"], chip["open"], chip["unknown"][0]
    (2300, [], True, 'item.performance_density')

    Raises :class:`RowError` where there is no such chip or a value cannot be read.
    """
    known = _law.of(law)
    row: dict[str, Any] = {"item.sku": chip} if isinstance(chip, str) else {}
    if not isinstance(chip, str):
        facts = set(known.facts)
        for name, value in _flat("", chip):
            item = f"item.{name}"
            if name in facts or item in facts:
                row[name if name in facts else item] = value
                continue
            near = known._core.nearest(item) or known._core.nearest(name)
            hint = f"; is `{near}` meant?" if near else "; `weir.Law().facts` has all"
            raise WeirError(f"there is no fact `{name}`{hint}")
    if date is not None or "date" not in row:
        row["date"] = date if date is not None else datetime.now(timezone.utc).date()
    answer = _answer(known._core.classify(_values.line(row)))
    for key in ("tpp", "performance_density"):
        answer[key] = _values.number(answer[key])
    for limb in answer["thresholds"]:
        for threshold in limb["thresholds"]:
            for key in ("limit", "value", "distance"):
                threshold[key] = _values.number(threshold[key])
    return answer


def _flat(prefix: str, row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if not isinstance(row, Mapping):
        raise TypeError(f"a chip is a key of the catalogue or a mapping, not {type(row).__name__}")
    found: list[tuple[str, Any]] = []
    for key, value in row.items():
        name = f"{prefix}{key}"
        found += _flat(f"{name}.", value) if isinstance(value, Mapping) else [(name, value)]
    return found


def _is_chinese(lang: str) -> bool:
    if lang not in ("en", "zh"):
        raise ValueError(f"`lang` is `en` or `zh`, not {lang!r}")
    return lang == "zh"


def _answer(written: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(written, parse_float=Decimal)
    errors = answer.get("errors")
    if not errors:
        return answer
    said = []
    for wrong in errors:
        column = f" (column {wrong['column']})" if wrong.get("column") else ""
        hint = f"; {wrong['hint']}" if wrong.get("hint") else ""
        said.append(f"{wrong['code']}: {wrong['message']}{hint}{column}")
    error = RowError("\n".join(said))
    error.code = errors[0]["code"]
    error.column = errors[0].get("column")
    error.hint = errors[0].get("hint") or None
    raise error
