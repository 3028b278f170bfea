"""CSV: one source a line. The columns are known by their names, the delimiter by the header."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from auditor.errors import InputError, Place
from auditor.inventory.importers import labels as cells
from auditor.inventory.importers.entry import ORIGIN, Entry, Imported, imported, short
from auditor.inventory.model import SourceForm

COLUMNS = ("name", "kind", "address", "port", "credential", "labels")
_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_CELL = 10_000
_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r")  # what a spreadsheet would take for more than text


def read_csv(text: str, file: str, origin: str, kind: str = "linux") -> Imported:
    """The sources of a CSV; `kind` is for lines that name none. Raises InputError or InputErrors with file and line."""
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise InputError("there is a NUL character in it", where=file, mend="Save it as CSV, UTF-8.")
    head, _, _ = text.replace("\r", "\n").partition("\n")
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    entries: list[Entry] = []
    managed: dict[str, None] = {}
    try:
        columns = _columns(next(reader, []), file)
        before = reader.line_num
        for row in reader:
            place, before = Place(file, before + 1), reader.line_num
            if any(cell.strip() for cell in row):
                entry = _entry(row, columns, place, kind)
                managed.update(dict.fromkeys(entry.labels))
                entries.append(entry)
    except csv.Error as problem:
        mend = 'Put a cell with quotes or line breaks into quotes, and write " as "".'
        raise InputError(f"not valid CSV: {problem}", where=Place(file, reader.line_num), mend=mend) from None
    return imported(origin, entries, managed=managed)


def _columns(head: Sequence[str], file: str) -> list[str]:
    columns = [cell.strip().lower() for cell in head]
    place = Place(file, 1)
    for column in columns:
        if column not in COLUMNS:
            mend = f"The first line names the columns; known are {', '.join(COLUMNS)}."
            raise InputError(f"unknown column {short(column)}", where=place, mend=mend)
        if columns.count(column) > 1:
            raise InputError(f"the column {column!r} stands twice", where=place, mend="Keep one of them.")
    if missing := {"name", "address"} - set(columns):
        what = f"there is no column {sorted(missing)[0]!r}"
        raise InputError(what, where=place, mend="The first line names the columns; name and address are needed.")
    return columns


def _entry(row: Sequence[str], columns: Sequence[str], place: Place, kind: str) -> Entry:
    if len(row) != len(columns):
        what = f"{len(row)} cells where the first line has {len(columns)}"
        raise InputError(what, where=place, mend="Put a cell that holds the delimiter into quotes.")
    if any(len(cell) > _LONGEST_CELL for cell in row):
        raise InputError(f"a cell of more than {_LONGEST_CELL:,} characters", where=place, mend="Shorten it.")
    value = {column: _plain(cell.strip()) for column, cell in zip(columns, row, strict=True)}
    port = value.get("port", "")
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5):
        raise InputError(f"{short(port)} is no port", where=place, mend="Ports are 1 to 65535.")
    return Entry(
        value["name"],
        value.get("kind") or kind,
        value["address"],
        int(port) if port else None,
        value.get("credential") or None,
        cells.parsed(value.get("labels", ""), place),
        place=place,
        assumed=not value.get("kind"),
    )


def written(sources: Iterable[SourceForm]) -> str:
    """The sources as CSV that `read_csv` reads; what opens a formula in a spreadsheet has a `'` before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in sources:
        port = "" if one.port is None else str(one.port)
        row = (one.name, one.kind, one.address, port, one.credential or "", cells.written(_own(one.labels)))
        writer.writerow(["'" + cell if cell.startswith(_FORMULA) else cell for cell in row])
    return out.getvalue()


def _own(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key != ORIGIN}


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
