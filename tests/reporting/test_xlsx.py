"""audit.xlsx opens in a real reader and holds what the audit holds: text as text, times as times, nothing run."""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from auditor.reporting import write
from auditor.reporting.exports.book import CELL, Book, Column, cell_text
from auditor.reporting.exports.csv import COLUMNS, rows_of
from auditor.reporting.exports.json import canonical
from auditor.reporting.exports.xlsx import render
from auditor.reporting.summary import summarise
from tests.reporting.synthetic import make

HOSTILE = ("=cmd|' /C calc'!A1", "+1", "@x", "<r><t>raw</t></r>", "<r></is></c></r>", "_x0041_", "00123", "http://x")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """An audit full of hostile text, and its workbook."""
    folder = tmp_path_factory.mktemp("xlsx")
    audit = make(5, hostile=True)
    for place, text in enumerate(HOSTILE):
        audit["findings"][place] |= {"subject": text, "reason": text + "\r\nnext"}
    (made,) = write(audit, ["xlsx"], folder)
    assert made.path is not None
    return canonical(audit)[0], made.path


def test_every_sheet_is_there_and_nothing_is_a_formula(hostile: tuple[dict[str, Any], Path]) -> None:
    """Heads stay in view and have filters; every hostile text is a text, in full; times are times."""
    audit, path = hostile
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Summary", "Findings", "Coverage", "Drift", "Waivers", "Rules"]
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
    kinds = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d", "inlineStr"}
    found = list(book["Findings"].iter_rows(min_row=2, values_only=True))
    expected = list(rows_of(audit))
    assert len(found) == len(expected)
    at = {name: place for place, name in enumerate(COLUMNS)}
    seen = {plain(row[at["subject"]]).strip() for row in found}
    assert set(HOSTILE) <= seen
    assert all(isinstance(row[at["observed_at"]], datetime | None) for row in found)
    names = [row[0] for row in book["Coverage"].iter_rows(min_row=2, values_only=True)]
    assert len(names) == len(audit["targets"]) + len(audit["coverage"]["excluded"])
    assert book["Rules"].max_row == len(audit["rules"]) + 1


def test_each_part_is_xml_and_the_same_bytes_come_again(hostile: tuple[dict[str, Any], Path], tmp_path: Path) -> None:
    """Strictly read; no link, macro or reference to outside; the same audit gives the same file."""
    audit, path = hostile
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            tree = etree.fromstring(packed.read(name), etree.XMLParser(resolve_entities=False, no_network=True))
            assert not tree.findall(".//{*}f"), name
            assert not tree.findall(".//{*}hyperlink"), name
            assert "External" not in etree.tostring(tree, encoding="unicode"), name
    render(audit, summarise(audit), "", tmp_path / "a.xlsx")
    render(audit, summarise(audit), "", tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_what_does_not_fit_on_a_sheet_goes_on_in_the_next(tmp_path: Path) -> None:
    """No row is lost, each sheet has its head, and the note says so."""
    audit = canonical(make(4))[0]
    note = render(audit, summarise(audit), "", tmp_path / "a.xlsx", most=40)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    sheets = [one for one in book.worksheets if one.title.startswith("Findings")]
    assert f"Findings on {len(sheets)} sheets" in note
    assert len(sheets) > 2
    rows = [list(one.iter_rows(values_only=True)) for one in sheets]
    assert all(one[0] == rows[0][0] and len(one) <= 40 for one in rows)
    assert sum(len(one) - 1 for one in rows) == len(list(rows_of(audit)))


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
@example("<r>" + "x" * 10 + "</r>")
@example("\U0001f600" * 20_000)
def test_any_text_is_a_cell(text: str) -> None:
    """Whatever it is, XML may hold it, and it is no longer than a cell holds; what is cut says so."""
    said = cell_text(text)
    etree.Element("t").text = said
    assert len(said.encode("utf-16-le")) // 2 <= CELL
    assert "[cut: 40" in said if len(text) == 20_000 else "[cut: " not in said
    assert not (said.startswith("<r>") and said.endswith("</r>"))


def test_text_comes_back_as_it_was_put(tmp_path: Path) -> None:
    """Through the file and a reader that is not ours."""
    texts = [*HOSTILE, "\U0001f600" * 20_000, "a\ud800b", "\ufffe\uffff", " blank ", "tab\tline\nend", "x" * 40_000]
    book = Book(tmp_path / "a.xlsx", datetime.fromisoformat("2026-11-21T00:00:00+00:00"), {}, tmp_path)
    book.table("Texts", [Column("text")], ([one] for one in texts))
    book.close()
    read = openpyxl.load_workbook(io.BytesIO((tmp_path / "a.xlsx").read_bytes()))["Texts"]
    assert [plain(cell.value) for (cell,) in read.iter_rows(min_row=2)] == [cell_text(one) for one in texts]


def plain(value: Any) -> str:
    """What Excel shows: this reader leaves an escaped underscore of inline text escaped (ECMA-376, ST_Xstring)."""
    return str(value).replace("_x005F_", "_")
