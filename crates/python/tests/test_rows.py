"""Single lines and chips: what the program writes, byte by byte."""

from __future__ import annotations

import json
import pickle
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
import weir
from conftest import Run
from weir import _law, _values

LINE = {
    "date": "2026-02-01",
    "destination": "CN",
    "quantity": 1000,
    "item.sku": "nvidia-h200-sxm",
    "exporter.informed": "none",
}


def test_check_is_what_the_program_writes(
    run: Run, rows: list[dict[str, Any]], lines: Path
) -> None:
    written = run("check", lines, "--no-carry", "--format", "jsonl").splitlines()
    assert len(written) == len(rows) == 60
    core = _law.of(None)._core
    for row, answer in zip(rows, written):
        assert core.check(_values.line(row), False) == answer
        assert weir.check(row) == json.loads(answer, parse_float=Decimal)


def test_explain_is_what_the_program_writes(
    run: Run, rows: list[dict[str, Any]], lines: Path
) -> None:
    core = _law.of(None)._core
    for row in rows[::5]:
        asked = ["explain", lines, "--line", row["line_id"], "--no-carry", "--format", "json"]
        written = run(*asked)
        assert core.explain(_values.line(row), False, False) + "\n" == written
        assert weir.explain(row) == json.loads(written, parse_float=Decimal)
    row = rows[13]
    asked = ["explain", lines, "--line", row["line_id"], "--no-carry", "--format", "json", "--all"]
    everything = run(*asked, "--lang", "zh")
    assert core.explain(_values.line(row), True, True) + "\n" == everything
    assert weir.explain(row, all=True, lang="zh") == json.loads(everything, parse_float=Decimal)


def test_values_of_python_are_values_of_facts() -> None:
    plain = weir.check(LINE)
    noon = datetime(2026, 2, 1, 12)
    for given in [
        {"date": date(2026, 2, 1)},
        {"date": noon},
        {"date": pandas.Timestamp(noon)},
        # The first of February in UTC.
        {"date": datetime(2026, 2, 2, 3, tzinfo=timezone(timedelta(hours=8)))},
        {"date": numpy.datetime64("2026-02-01")},
        {"quantity": numpy.int64(1000)},
        {"quantity": 1000.0},
        {"quantity": Decimal("1000.0")},
        {"quantity": "1000"},
        {"end_user.hq": None},
        {"end_user.hq": float("nan")},
        {"end_user.hq": pandas.NA},
        {"end_user": {"hq": None}},
    ]:
        assert weir.check({**LINE, **given}) == plain, given
    nested = {key: value for key, value in LINE.items() if "." not in key}
    nested |= {"item": {"sku": LINE["item.sku"]}, "exporter": {"informed": "none"}}
    assert weir.check(nested) == plain


def test_floats_are_what_they_are_in_a_table() -> None:
    share = {**LINE, "end_user.listed_share": 0.3}
    assert weir.check({**share, "end_user.listed_share": numpy.float32(0.3)}) == weir.check(share)
    assert weir.check({**LINE, "quantity": numpy.float32(1000)}) == weir.check(LINE)
    for given in (1.0, numpy.float32(1), numpy.float64(1)):
        with pytest.raises(weir.RowError, match="bad_bool"):
            weir.check({**LINE, "permanent_employee": given})
    assert weir.check({**LINE, "permanent_employee": 1}) == weir.check({**LINE, "permanent_employee": True})


def test_numbers_stay_exact() -> None:
    row = {"kind": "chip", "datacenter": True, "die_area_mm2": 814}
    below = weir.classify({**row, "tpp": Decimal("4799.999999999999")}, date="2026-01-01")
    at = weir.classify({**row, "tpp": 4800}, date="2026-01-01")
    assert below["tpp"] == Decimal("4799.999999999999") and at["tpp"] == 4800
    assert isinstance(at["tpp"], int)
    assert "3A090.a" in at["classification"]
    assert "3A090.a" not in weir.classify({**row, "tpp": 1000.5}, date="2026-01-01")["classification"]
    assert at["performance_density"] == Decimal("5.896805")


def test_lines_that_cannot_be_decided_say_why(run: Run, tmp_path: Path) -> None:
    bad = {**LINE, "date": "2026-13-01", "destination": "UK"}
    with pytest.raises(weir.RowError) as caught:
        weir.check(bad)
    error = caught.value
    assert (error.code, error.column) == ("bad_date", "date")
    assert "bad_country" in str(error) and "GB" in str(error)
    with pytest.raises(weir.RowError) as explained:
        weir.explain(bad)
    assert str(explained.value) == str(error)
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(bad) + "\n", encoding="utf-8")
    core = _law.of(None)._core
    written = run("check", path, "--format", "jsonl")
    assert core.check(_values.line(bad), False) + "\n" == written
    with pytest.raises(weir.RowError, match="missing_date"):
        weir.check({"destination": "CN"})
    with pytest.raises(weir.WeirError, match="nvidia-h200"):
        weir.check({**LINE, "item.sku": "nvidia-h2000"})


def test_what_is_no_row_is_refused() -> None:
    with pytest.raises(TypeError, match="weir.decide takes whole tables"):
        weir.check([LINE])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"`to_dict\(\)` makes one"):
        weir.check(pandas.Series(LINE))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a law is a weir.Law"):
        weir.check(LINE, law=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`item.sku` has a value of type bytes"):
        weir.check({**LINE, "item.sku": b"nvidia-h20"})
    with pytest.raises(ValueError, match="`quantity` is infinite"):
        weir.check({**LINE, "quantity": float("inf")})
    with pytest.raises(ValueError, match="`lang`"):
        weir.check(LINE, lang="fr")  # type: ignore[arg-type]


def test_what_is_missing_is_named() -> None:
    answer = weir.check({"date": "2024-06-01", "destination": "DE", "item.sku": "nvidia-h100-sxm"})
    assert answer["written"]["outcome"] == "unresolved"
    assert "end_user.parent_hq" in answer["written"]["missing"]


def test_chips_fall_where_the_program_says(run: Run) -> None:
    listed = [json.loads(line) for line in run("chips", "list", "--format", "jsonl").splitlines()]
    assert len(listed) > 50
    through = weir.Law().verified_through
    for chip in listed:
        answer = weir.classify(chip["sku"], date=through)
        named = ", ".join(answer["classification"])
        assert named or chip["class"] == ("not known" if answer["open"] else "none"), chip
        assert not named or named == chip["class"], chip
        assert (answer["tpp"] is None) == (chip["tpp"] == ""), chip
        assert answer["tpp"] is None or answer["tpp"] == Decimal(chip["tpp"].replace(",", "")), chip
        assert bool(answer["unknown"]) or not answer["open"], chip


def test_a_chip_is_classified_as_the_program_does(run: Run) -> None:
    for sku in ["nvidia-h20", "nvidia-h100-sxm"]:
        asked = ["chips", "classify", sku, "--date", "2026-01-01", "--format", "jsonl"]
        written = [json.loads(line) for line in run(*asked).splitlines()]
        answer = weir.classify(sku, date="2026-01-01")
        assert answer["versions"] == [line for line in written if "from" in line]
        limbs = [line for line in written if "code" in line]
        assert [limb["holds"] for limb in answer["thresholds"]] == [limb["holds"] for limb in limbs]
        for ours, theirs in zip(answer["thresholds"], limbs):
            for one, other in zip(ours["thresholds"], theirs["thresholds"]):
                assert one["limit"] == Decimal(other["limit"]) and one["fact"] == other["fact"]
        assert answer["as_of"] == "2026-01-01"


def test_a_specification_is_classified() -> None:
    row = {"kind": "chip", "tpp": 2300, "datacenter": True}
    open_ = weir.classify(row, date=date(2026, 1, 1))
    assert open_["open"] and "item.performance_density" in open_["unknown"]
    full = {**row, "tpp": 2500, "die_area_mm2": 800}
    closed = weir.classify(full, date=date(2026, 1, 1))
    assert closed["classification"] == ["3A090.b"] and not closed["open"]
    nested = weir.classify({"item": full}, date="2026-01-01")
    assert nested == closed
    with pytest.raises(weir.WeirError, match="no fact `tpps`; is `item.tpp` meant"):
        weir.classify({"tpps": 1})
    with pytest.raises(weir.RowError, match="did you mean nvidia-h200-sxm"):
        weir.classify("nvidia-h200-sxn")
    with pytest.raises(weir.RowError, match="bad_number.*item.tpp"):
        weir.classify({**row, "tpp": "much"})
    assert weir.classify("nvidia-h20")["as_of"] == str(datetime.now(timezone.utc).date())


def test_a_law_with_packs_of_ones_own(root: Path) -> None:
    path = root / "examples" / "scenarios" / "threshold-2400.md"
    by_path, by_text = weir.Law(path), weir.Law(path.read_text(encoding="utf-8"))
    assert by_path.hash == by_text.hash != weir.Law().hash
    assert by_path == by_text and len({by_path, by_text}) == 1
    chip = {"kind": "chip", "tpp": 3000, "die_area_mm2": 5000, "datacenter": True}
    day = "2027-06-01"
    assert "3A090.a" not in weir.classify(chip, date=day)["classification"]
    assert "3A090.a" in weir.classify(chip, date=day, law=path)["classification"]
    assert weir.check(LINE, law=[path])["law"]["packs"][-1] == "scenario.threshold-2400"
    with pytest.raises(weir.LawError, match="nowhere.md"):
        weir.Law("nowhere.md")
    with pytest.raises(weir.LawError, match="no law pack"):
        weir.Law("a text\nwithout a pack")
    with pytest.raises(weir.LawError, match="cannot read `nowhere.csv`"):
        weir.Law(parts=["nowhere.csv"])


def test_what_is_taken_for_granted() -> None:
    plain = weir.check({"date": "2024-06-01", "destination": "DE", "item.sku": "nvidia-h100-sxm"})
    assume = {"end_user.parent_hq": "DE", "end_user.listed": "none"}
    law = weir.Law(assume=assume)
    granted = weir.check(
        {"date": "2024-06-01", "destination": "DE", "item.sku": "nvidia-h100-sxm"}, law=law
    )
    assert "end_user.parent_hq" in plain["written"]["missing"]
    assert "end_user.parent_hq" not in granted["written"]["missing"]
    with pytest.raises(weir.LawError, match="`assume quantity=many`: `many` is not a number"):
        weir.Law(assume={"quantity": "many"})
    with pytest.raises(weir.LawError, match="end_user.parent"):
        weir.Law(assume={"end_user.parents_hq": "DE"})


def test_a_law_travels_with_what_it_holds(root: Path) -> None:
    law = weir.Law(root / "examples" / "scenarios" / "threshold-2400.md", assume={"end_use": "civil"})
    sent = pickle.dumps(law)
    _law._KEPT.clear()
    arrived = pickle.loads(sent)
    assert arrived == law and arrived is not law
    assert arrived.packs == law.packs and "hash" not in vars(arrived)
    assert weir.check(LINE, law=arrived) == weir.check(LINE, law=law)
    assert pickle.loads(sent) is arrived, "a process reads a law once"


def test_another_law_than_was_sent_is_refused() -> None:
    law = weir.Law()
    restored, (state, hash, version) = law.__reduce__()
    _law._KEPT.clear()
    vocabulary, packs, assume, parts = state
    with pytest.raises(weir.LawError, match="hash"):
        restored((vocabulary, packs, ["end_use=civil"], parts), hash, version)
    with pytest.raises(weir.LawError, match=r"pickled by weir 0\.0\.1"):
        restored(state, hash, "0.0.1")
