"""A spreadsheet that is written row by row: text stays text, times are times, and what does not fit is said.

Office Open XML as Excel reads it: at most 1,048,576 rows a sheet and 32,767 UTF-16 units a cell; times have no zone, so
all are UTC. Nothing is ever a formula, a link or a number that was a text: `=1+1` and `00123` stay what they are.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from auditor.reporting.words import count, visible

CELL = 32_767  # UTF-16 units
SHEET = 1_048_576  # rows, the head too
LOOKED_AT = 200  # rows of which the widths of columns are taken
_EARLIEST = datetime(1900, 3, 1, tzinfo=UTC)  # before it Excel counts a day that never was

Cell = str | int | float | datetime | None


class Column(NamedTuple):
    """A column: its head, and its width in characters."""

    head: str
    width: int = 16


class Book:
    """The file. `written` tells after each sheet how many rows it took, and on how many sheets."""

    def __init__(self, path: Path, made_at: datetime, about: dict[str, str], scratch: Path) -> None:
        import xlsxwriter

        never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        options = {**never, "constant_memory": True, "tmpdir": str(scratch), "default_date_format": "yyyy-mm-dd hh:mm"}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.book.set_properties({**about, "created": made_at.astimezone(UTC).replace(tzinfo=None)})
        self._head = self.book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._text = self.book.add_format({"valign": "top"})
        self._wrapped = self.book.add_format({"valign": "top", "text_wrap": True})
        self._strong = self.book.add_format({"valign": "top", "bold": True})
        self._number = self.book.add_format({"valign": "top", "num_format": "0"})
        self._share = self.book.add_format({"valign": "top", "num_format": "0.0"})
        self._time = self.book.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self.written: dict[str, tuple[int, int]] = {}

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], most: int = SHEET) -> None:
        """A sheet with a head that stays in view and filters; what is more than `most` rows goes on in `NAME 2`."""
        sheet, place, number, total = self._sheet(name, columns), 0, 1, 0
        for row in rows:
            if place + 1 >= most:
                sheet.autofilter(0, 0, place, len(columns) - 1)
                number, place = number + 1, 0
                sheet = self._sheet(f"{name} {number}", columns)
            place, total = place + 1, total + 1
            for column, value in enumerate(row):
                self._put(sheet, place, column, value)
        sheet.autofilter(0, 0, max(place, 1), len(columns) - 1)
        self.written[name] = (total, number)

    def page(self, name: str, rows: Iterable[tuple[str, Cell] | tuple[str]]) -> None:
        """A sheet of names and values; a name alone is a heading."""
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 90)
        for place, row in enumerate(rows):
            sheet.write_string(place, 0, cell_text(row[0]), self._strong if len(row) == 1 else self._text)
            if len(row) == 2:
                self._put(sheet, place, 1, row[1], wrapped=True)

    def close(self) -> None:
        """Write the file. Raises OSError."""
        from xlsxwriter.exceptions import FileCreateError

        try:
            self.book.close()
        except FileCreateError as problem:
            raise OSError(str(problem)) from problem

    def _sheet(self, name: str, columns: Sequence[Column]) -> Any:
        sheet = self.book.add_worksheet(name)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.head, self._head)
        return sheet

    def _put(self, sheet: Any, row: int, column: int, value: Cell, *, wrapped: bool = False) -> None:
        if value is None or value == "":
            return
        if isinstance(value, datetime) and value >= _EARLIEST:
            sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), self._time)
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self._share)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self._number)
        else:
            sheet.write_string(row, column, cell_text(str(value)), self._wrapped if wrapped else self._text)


@lru_cache(20_000)  # most cells repeat from row to row
def cell_text(text: str) -> str:
    """Text as a cell can hold it: control characters and what no XML may hold are spelled out, what is too long is cut.

    What looks like XlsxWriter's own form of rich text, which it would write unescaped, gets a blank behind it.
    """
    text = visible(text.replace("\r\n", "\n")).replace("\r", "⟨U+000D⟩")
    text = text.replace("\ufffe", "⟨U+FFFE⟩").replace("\uffff", "⟨U+FFFF⟩")
    if len(text) * 2 > CELL and (units := len(text.encode("utf-16-le")) // 2) > CELL:
        note = f" …[cut: {count(units)} characters, of which a cell holds {count(CELL)}; all of it is in audit.json]"
        kept = text.encode("utf-16-le")[: (CELL - len(note)) * 2].decode("utf-16-le", "ignore")
        text = kept + note
    return text + " " if text.startswith("<r>") and text.endswith("</r>") else text
