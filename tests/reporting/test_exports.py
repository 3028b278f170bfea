"""audit.json is canonical, audit.csv is safe to open, and both hold everything."""

import csv
import io
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from auditor.reporting.exports.csv import CELL, COLUMNS, harmless, render
from auditor.reporting.exports.json import canonical
from tests.reporting.synthetic import make

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_any_audit_becomes_valid_json_and_the_same_bytes_again(audit: dict[str, Any]) -> None:
    """Broken text, huge integers and NaN included; what was read back gives the same bytes."""
    _, data = canonical(audit)
    again = orjson.loads(data)
    assert canonical(again)[1] == data


def test_the_order_of_keys_does_not_change_the_bytes() -> None:
    """Two audits that are equal are byte-identical."""
    audit = make(3)
    turned = {k: audit[k] for k in reversed(list(audit))}
    turned["run"] = {k: audit["run"][k] for k in reversed(list(audit["run"]))}
    assert canonical(audit)[1] == canonical(turned)[1]


def test_a_clean_audit_is_what_comes_back() -> None:
    """Nothing is lost or changed between the audit and its file, or copied; every finding has a line of its own."""
    audit = make(5)
    kept, data = canonical(audit)
    assert {id(one) for one in kept["findings"]} == {id(one) for one in audit["findings"]}
    assert all(kept[name] is audit[name] for name in audit if name not in ("findings", "drift"))
    assert orjson.loads(data) == kept
    lines = len(audit["findings"]) + len(audit["waivers"])
    assert sum(b'"rule":' in line for line in data.splitlines()) == lines


def test_the_order_of_findings_does_not_change_the_bytes() -> None:
    """Findings and drift in another order are the same audit: so it is with one that was read out of the database."""
    audit = make(5)
    turned = audit | {name: list(reversed(audit[name])) for name in ("findings", "drift")}
    assert canonical(audit)[1] == canonical(turned)[1]
    assert canonical(audit)[1] != canonical(audit | {"findings": audit["findings"][1:]})[1]


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_csv_has_one_row_per_finding_and_observation() -> None:
    """A finding without observations still has its row; absent and gap stand in a column of their own."""
    audit = make(160)
    rows = _rows(render(canonical(audit)[0]))
    assert len(rows) == sum(max(1, len(f["observations"])) for f in audit["findings"])
    assert {r["answer"] for r in rows} == {"", "value", "absent", "gap"}
    assert all(r["actual"].startswith("not read: ") for r in rows if r["answer"] == "gap")
    keys = {(r["target"], r["rule"], r["subject"]) for r in rows}
    assert len({r["finding_key"] for r in rows}) == len(keys)


def test_csv_is_rfc_4180_with_a_byte_order_mark() -> None:
    """CRLF ends each record, the first bytes are the mark, the header is stable."""
    data = render(make(2))
    assert data.startswith(b"\xef\xbb\xbfrun,target,")
    assert data.endswith(b"\r\n")
    assert tuple(_rows(data)[0]) == COLUMNS


@given(st.text(st.characters(exclude_categories=[])))
def test_no_cell_is_a_formula_and_none_is_too_long_for_a_spreadsheet(text: str) -> None:
    """What a spreadsheet would run has an apostrophe in front, whatever stands before or after it."""
    cell = harmless(text)
    assert len(cell) <= 32_767
    first = cell.lstrip(" \n")[:1]
    assert first not in ("@", "=", "\t", "\r")
    if first in ("+", "-"):
        float(cell)  # a plain number may keep its sign


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_a_neutralised_cell_can_be_undone(text: str) -> None:
    """Removing one apostrophe from a cell that begins with one gives the text back."""
    cell = harmless(text)
    assert (cell[1:] if cell.startswith("'") else cell) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=5))
def test_hostile_cells_survive_a_round_trip_through_csv(texts: list[str]) -> None:
    """Quotes, commas and line ends in values never make another cell or row."""
    audit = make(1)
    finding = next(f for f in audit["findings"] if f["observations"])
    finding["observations"] = [finding["observations"][0] | {"source": t} for t in texts]
    audit["findings"] = [finding]
    rows = _rows(render(audit))
    assert [r["source"] for r in rows] == [harmless(t) for t in texts]


def test_a_very_long_value_is_cut_in_a_cell() -> None:
    """A cell stays below what a spreadsheet can hold."""
    assert len(harmless("x" * 100_000)) == CELL + 1


def test_text_that_reorders_is_spelled_out() -> None:
    """A bidi override cannot make a value look like another in a spreadsheet."""
    assert harmless("admin\u202etxt.exe\u2066") == "admin⟨U+202E⟩txt.exe⟨U+2066⟩"
