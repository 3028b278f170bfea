"""A file, by the kind of list that it is, becomes an import."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import InputError
from auditor.inventory.importers.ansible import read_ansible
from auditor.inventory.importers.csvfile import read_csv
from auditor.inventory.importers.entry import Imported
from auditor.inventory.importers.mapping import Mapping
from auditor.inventory.importers.netbox import read_netbox

LONGEST_ORIGIN = 100
LARGEST = 64 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What an import is told: the label that its entries carry, and the kind of those that name none."""

    origin: str
    kind: str
    mapping: Mapping


Reader = Callable[[str, str, Asked], Imported]
READERS: dict[str, Reader] = {
    "csv": lambda text, file, asked: read_csv(text, file, asked.origin, asked.kind),
    "ansible": lambda text, file, asked: read_ansible(text, file, asked.origin, asked.kind, asked.mapping),
    "netbox": lambda text, file, asked: read_netbox(text, file, asked.origin, asked.mapping),
}


def origin_of(form: str, what: str, given: str | None = None) -> str:
    """The label of the entries of an import: what was given, else `csv:hosts.csv`, `netbox:netbox.example.org`.

    Raises InputError for one that cannot be a label.
    """
    plain = what.partition("://")[2].partition("/")[0] if "://" in what else Path(what).name
    origin = f"{form}:{plain.rpartition('@')[2]}" if given is None else given
    if not origin or len(origin) > LONGEST_ORIGIN or not origin.isprintable() or origin != origin.strip():
        mend = f"Give one with --origin: 1 to {LONGEST_ORIGIN} printable characters."
        raise InputError("this import needs another name", mend=mend)
    return origin


def read_import(form: str, path: Path, asked: Asked) -> Imported:
    """The import in a file. Raises InputError or InputErrors with file and line; nothing of a faulty one is used."""
    return READERS[form](file_text(path), str(path), asked)


def file_text(path: Path) -> str:
    """The text of a file. Raises InputError when it cannot be read, is too large or no text."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise InputError(f"the file is larger than {LARGEST >> 20} MiB", where=str(path), mend="Split it.")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        what = f"not UTF-8 at byte {problem.start}"
        raise InputError(what, where=str(path), mend="Save the file as UTF-8.") from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        why = getattr(problem, "strerror", None) or "this is no name of a file"
        raise InputError(f"cannot be read: {why}", where=str(path)[:200], mend="Check the path.") from None
